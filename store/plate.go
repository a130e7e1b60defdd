package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm/clause"
)

const indexPlate = "plate"

// plateRow is a household's plate at rest: sealed under the ring, since it is the
// home's and nobody's own.
type plateRow struct {
	ID          string
	CommunityID string
	HouseholdID string
	PlateCt     []byte
	PlateIx     []byte
	ImportID    string
	CreatedAt   int64
}

func (plateRow) TableName() string { return "household_plates" }

func householdPlateContext(id string) string { return "household_plates.plate:" + id }

// PlateIndex is the blind index of a plate in normal form.
func (t *Tx) PlateIndex(plate string) (string, error) {
	ix, err := t.index(indexPlate, plate)
	return string(ix), err
}

// PlateHomes gives, by blind index, the household of each plate of a community.
func (t *Tx) PlateHomes(communityID string) (map[string]string, error) {
	var found []plateRow
	err := t.db.Select("household_id", "plate_ix").Where("community_id = ?", communityID).Find(&found).Error
	out := make(map[string]string, len(found))
	for _, p := range found {
		out[string(p.PlateIx)] = p.HouseholdID
	}
	return out, translate(err)
}

// AddPlates stores plates. One that the community has already stays with the home that
// it is in: of two imports at once the first counts.
func (t *Tx) AddPlates(plates []model.HouseholdPlate) error {
	if len(plates) == 0 {
		return nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return err
	}
	rows := make([]plateRow, len(plates))
	for i, p := range plates {
		rows[i] = plateRow{ID: p.ID, CommunityID: p.CommunityID, HouseholdID: p.HouseholdID, ImportID: p.ImportID, CreatedAt: p.CreatedAt,
			PlateIx: ring.Index(indexPlate, p.Plate)}
		if rows[i].PlateCt, err = ring.Seal(householdPlateContext(p.ID), []byte(p.Plate)); err != nil {
			return err
		}
	}
	return translate(t.db.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsAtOnce).Error)
}

// Plates reads the plates of some households, by household, in the order of entry.
func (t *Tx) Plates(communityID string, householdIDs []string) (map[string][]string, error) {
	var found []plateRow
	err := t.db.Where("community_id = ? AND household_id IN ?", communityID, householdIDs).Order("id").Find(&found).Error
	if err != nil || len(found) == 0 {
		return nil, translate(err)
	}
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, p := range found {
		plate, err := ring.Open(householdPlateContext(p.ID), p.PlateCt)
		if err != nil {
			return nil, err
		}
		out[p.HouseholdID] = append(out[p.HouseholdID], string(plate))
	}
	return out, nil
}

// DropPlatesOfImport drops the plates that an import brought, and those of homes that
// are not there any more.
func (t *Tx) DropPlatesOfImport(communityID, importID string) error {
	return translate(t.db.Exec("DELETE FROM household_plates WHERE community_id = ? AND (import_id = ? OR NOT EXISTS "+
		"(SELECT 1 FROM households AS h WHERE h.id = household_plates.household_id))", communityID, importID).Error)
}
