package store

import (
	"communitypass.cn/communitypass/model"
)

// PlateOwner is whose right a vehicle passes by: that of a home, or of a visit.
type PlateOwner struct {
	// PassNumber is 0 for a plate that nobody has told.
	PassNumber  uint64
	HouseholdID string
	VisitID     string
}

// visitsOfPlate is more than anybody visits with one vehicle at a time.
const visitsOfPlate = 16

// PlateOwner finds, by a plate in the form of model.SeenPlate, the pass of whoever has
// lived longest in the home that it belongs to, helpers aside; else the pass of the
// visit that was told it, the one going on at an instant (Unix milliseconds) first.
func (t *Tx) PlateOwner(communityID, plate string, at int64) (PlateOwner, error) {
	ix, err := t.index(indexPlate, plate)
	if err != nil {
		return PlateOwner{}, err
	}
	var homes []PlateOwner
	err = t.db.Raw("SELECT s.number AS pass_number, p.household_id AS household_id FROM household_plates AS p "+
		"JOIN residencies AS r ON r.community_id = p.community_id AND r.household_id = p.household_id "+
		"JOIN passes AS s ON s.residency_id = r.id AND s.community_id = r.community_id "+
		"WHERE p.community_id = ? AND p.plate_ix = ? AND r.status = ? AND r.relation <> 'helper' AND (r.lease_until = 0 OR r.lease_until > ?) "+
		"AND s.state = ? AND s.format = ? ORDER BY r.created_at, r.id, s.id LIMIT 1",
		communityID, ix, model.ResidencyActive, at, model.PassActive, model.FormatRotating).Scan(&homes).Error
	if err != nil || len(homes) > 0 {
		return first(homes), translate(err)
	}
	return t.visitOfPlate(communityID, ix, at)
}

func (t *Tx) visitOfPlate(communityID string, ix []byte, at int64) (PlateOwner, error) {
	var found []struct {
		PlateOwner `gorm:"embedded"`
		State      model.VisitState
		ValidFrom  int64
		ValidUntil int64
	}
	err := t.db.Raw("SELECT s.number AS pass_number, v.household_id AS household_id, v.id AS visit_id, v.state AS state, v.valid_from AS valid_from, "+
		"v.valid_until AS valid_until FROM visits AS v JOIN passes AS s ON s.id = v.pass_id WHERE v.community_id = ? AND v.plate_ix = ? AND v.state IN ? "+
		"ORDER BY v.id DESC LIMIT ?", communityID, ix, append([]model.VisitState{model.VisitRequested}, model.VisitLive...), visitsOfPlate).Scan(&found).Error
	var best PlateOwner
	rank := 0
	for _, v := range found {
		r := 1 // waits for an answer
		if v.State != model.VisitRequested {
			r = 2
			if v.ValidFrom <= at && at < v.ValidUntil {
				r = 3
			}
			if v.State != model.VisitApproved { // the vehicle that is inside
				r += 2
			}
		}
		if r > rank {
			best, rank = v.PlateOwner, r
		}
	}
	return best, translate(err)
}

func first(found []PlateOwner) PlateOwner {
	if len(found) == 0 {
		return PlateOwner{}
	}
	return found[0]
}

// VisitsDrivenOff finds visits that go on and whose pass was last seen in a vehicle
// going out. One at hours of the week goes on until its end.
func (t *Tx) VisitsDrivenOff(limit int) ([]model.Visit, error) {
	var rows []visitRow
	err := t.db.Raw("SELECT v.* FROM visits AS v JOIN passes AS s ON s.id = v.pass_id WHERE v.state IN ? AND v.kind <> ? AND v.plate_ix IS NOT NULL AND 1 = "+
		"(SELECT CASE WHEN p.direction = 'out' AND p.way = ? THEN 1 ELSE 0 END FROM passages AS p WHERE "+admitted+
		" ORDER BY p.scanned_at DESC, p.id DESC LIMIT 1) ORDER BY v.id LIMIT ?",
		[]model.VisitState{model.VisitArrived, model.VisitOverstayed}, model.VisitRecurring, model.WayPlate, limit).Scan(&rows).Error
	out := make([]model.Visit, len(rows))
	for i, r := range rows {
		out[i] = r.Visit
	}
	return out, translate(err)
}
