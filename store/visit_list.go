package store

import (
	"strings"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// VisitHome is a household whose visits somebody may see, from an instant (Unix
// milliseconds) on: those of who lived there before are not theirs.
type VisitHome struct {
	HouseholdID string
	Since       int64
}

// VisitScope says whose visits a list holds: those of communities, or those of
// homes. The zero value sees nothing.
type VisitScope struct {
	Communities []string
	Homes       []VisitHome
}

// VisitFilter narrows a list; empty fields do not.
type VisitFilter struct {
	State model.VisitState
	Kind  model.VisitKind
}

// Visits lists the visits of a scope, newest first, with an id below before (all
// when empty).
func (t *Tx) Visits(s VisitScope, f VisitFilter, before string, limit int) ([]model.Visit, error) {
	byID := keyset[visitRow]{column: "id", of: func(r *visitRow) string { return r.ID }, limit: limit}
	var rows []visitRow
	var err error
	if len(s.Communities) > 0 {
		index := "visits_all"
		if f.State != "" {
			index = "visits_community"
		}
		rows, err = merged(t, byID, s.Communities, func(community string) *gorm.DB {
			return f.narrow(t.along("visits", index).Where("community_id = ?", community), before)
		})
	} else {
		rows, err = merged(t, byID, s.Homes, func(h VisitHome) *gorm.DB {
			return f.narrow(t.along("visits", "visits_household").Where("household_id = ? AND id >= ?", h.HouseholdID, model.IDFloor(h.Since)), before)
		})
	}
	if err != nil {
		return nil, err
	}
	return t.openVisits(rows)
}

func (f VisitFilter) narrow(q *gorm.DB, before string) *gorm.DB {
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	return below(q, "id", before)
}

// WaitingAt narrows which of the visits that were asked for at gates are counted; the
// zero value counts all.
type WaitingAt struct {
	// Address is the blind index of a home that was asked for.
	Address []byte
	// Nowhere counts those for homes that are not there.
	Nowhere bool
	// TakenBackSince, unless 0, counts as well those that were taken back and asked
	// for since an instant (Unix milliseconds): somebody was rung for them.
	TakenBackSince int64
}

// VisitsWaiting counts a community's visits that were asked for at its gates and wait
// for an answer.
func (t *Tx) VisitsWaiting(communityID string, at WaitingAt) (int64, error) {
	q := t.db.Model(&visitRow{}).Where("community_id = ? AND origin = ?", communityID, model.VisitAsked)
	if at.TakenBackSince == 0 {
		q = q.Where("state = ?", model.VisitRequested)
	} else {
		q = q.Where("(state = ? OR state = ? AND id >= ?)", model.VisitRequested, model.VisitCancelled, model.IDFloor(at.TakenBackSince))
	}
	if at.Address != nil {
		q = q.Where("address_ix = ?", at.Address)
	}
	if at.Nowhere {
		q = q.Where("household_id = ''")
	}
	var n int64
	err := q.Count(&n).Error
	return n, translate(err)
}

// AddressIndex is the blind index of an address in a community, in normal form.
func (t *Tx) AddressIndex(communityID string, h model.Household) ([]byte, error) {
	return t.index("visits.address_ix", strings.Join([]string{communityID, h.Building, h.Unit, h.Room}, "\x00"))
}

// EntryCode reads a living poster code.
func (t *Tx) EntryCode(code string) (model.EntryCode, error) {
	var e model.EntryCode
	err := t.db.Where("code = ? AND revoked_at = 0", code).Take(&e).Error
	return e, translate(err)
}

// VisitsInvitedBy lists the visits that a person invited to a household and that
// are not over.
func (t *Tx) VisitsInvitedBy(communityID, householdID, personID string) ([]model.Visit, error) {
	var rows []visitRow
	err := t.db.Where("community_id = ? AND household_id = ? AND author_id = ? AND origin = ? AND state IN ?", communityID, householdID, personID,
		model.VisitInvited, append([]model.VisitState{model.VisitRequested}, model.VisitLive...)).Find(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	return t.openVisits(rows)
}

// VisitsHostedBy lists the visits to a household that are not over and that a person
// invited or let in.
func (t *Tx) VisitsHostedBy(communityID, householdID, personID string) ([]model.Visit, error) {
	var rows []visitRow
	err := t.db.Where("community_id = ? AND household_id = ? AND (author_id = ? OR host_id = ?) AND state IN ?", communityID, householdID, personID, personID,
		append([]model.VisitState{model.VisitRequested}, model.VisitLive...)).Find(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	return t.openVisits(rows)
}

// VisitsOver lists the ids of visits in a state whose time was over at an instant
// (Unix milliseconds), those that have waited longest first.
func (t *Tx) VisitsOver(state model.VisitState, at int64, limit int) ([]model.Visit, error) {
	var rows []visitRow
	err := t.db.Where("state = ? AND ends_at <= ?", state, at).Order("ends_at, id").Limit(limit).Find(&rows).Error
	out := make([]model.Visit, len(rows))
	for i, r := range rows {
		out[i] = r.Visit
	}
	return out, translate(err)
}

// admitted are the passages of a visit's pass that stand as somebody passing.
const admitted = "p.community_id = v.community_id AND p.pass_number = s.number AND p.decision = 'admit' AND p.outcome NOT IN ('annulled', 'timed_out')"

// Arrival is a visit whose visitor has come.
type Arrival struct {
	ID, CommunityID string
	At              int64
}

// VisitsArrived finds approved visits whose pass was let in at a gate.
func (t *Tx) VisitsArrived(limit int) ([]Arrival, error) {
	var out []Arrival
	err := t.db.Raw("SELECT v.id AS id, v.community_id AS community_id, MIN(p.scanned_at) AS at FROM visits AS v JOIN passes AS s ON s.id = v.pass_id "+
		"JOIN passages AS p ON "+admitted+" WHERE v.state = ? AND p.direction = 'in' GROUP BY v.id, v.community_id LIMIT ?",
		model.VisitApproved, limit).Scan(&out).Error
	return out, translate(err)
}

// VisitInside reports whether the last passage of a visit's pass was inwards.
func (t *Tx) VisitInside(visitID string) (bool, error) {
	var last []string
	err := t.db.Raw("SELECT p.direction FROM visits AS v JOIN passes AS s ON s.id = v.pass_id JOIN passages AS p ON "+admitted+
		" WHERE v.id = ? ORDER BY p.scanned_at DESC, p.id DESC LIMIT 1", visitID).Scan(&last).Error
	return len(last) == 1 && last[0] == "in", translate(err)
}

// VisitsGone finds visits that have overstayed and whose pass was last seen going
// out.
func (t *Tx) VisitsGone(limit int) ([]model.Visit, error) {
	var rows []visitRow
	err := t.db.Raw("SELECT v.* FROM visits AS v JOIN passes AS s ON s.id = v.pass_id WHERE v.state = ? AND 'out' = (SELECT p.direction FROM passages AS p WHERE "+
		admitted+" ORDER BY p.scanned_at DESC, p.id DESC LIMIT 1) ORDER BY v.id LIMIT ?", model.VisitOverstayed, limit).Scan(&rows).Error
	out := make([]model.Visit, len(rows))
	for i, r := range rows {
		out[i] = r.Visit
	}
	return out, translate(err)
}
