package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm/clause"
)

// CreateLiftGrant stores a grant.
func (t *Tx) CreateLiftGrant(g model.LiftGrant) error { return translate(t.db.Create(&g).Error) }

// LiftGrantsBy lists the grants of households that are not over, newest first.
func (t *Tx) LiftGrantsBy(householdIDs []string, limit int) ([]model.LiftGrant, error) {
	var out []model.LiftGrant
	err := t.db.Where("household_id IN ? AND ended_at = 0 AND valid_until > ?", append(householdIDs, "-"), t.now()).
		Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// LiftGrantsTo lists the grants that hold now for households or for a visit.
func (t *Tx) LiftGrantsTo(householdIDs []string, visitID string) ([]model.LiftGrant, error) {
	q := t.db.Where("ended_at = 0 AND valid_from <= ? AND valid_until > ?", t.now(), t.now())
	if visitID != "" {
		q = q.Where("visit_id = ?", visitID)
	} else {
		q = q.Where("to_household_id IN ?", append(householdIDs, "-"))
	}
	var out []model.LiftGrant
	err := q.Order("id").Limit(200).Find(&out).Error
	return out, translate(err)
}

// EndLiftGrant ends a grant of one of some households, once, and says whether it did.
func (t *Tx) EndLiftGrant(householdIDs []string, id string) (bool, error) {
	return changed(t.db.Model(&model.LiftGrant{}).Where("id = ? AND household_id IN ? AND ended_at = 0", id, append(householdIDs, "-")).
		Update("ended_at", t.now()))
}

// LiftGrantOf reads a grant of one of some households.
func (t *Tx) LiftGrantOf(householdIDs []string, id string) (model.LiftGrant, error) {
	var g model.LiftGrant
	err := t.db.Where("id = ? AND household_id IN ?", id, append(householdIDs, "-")).Take(&g).Error
	return g, translate(err)
}

// SetLiftPreference turns a preference on or off.
func (t *Tx) SetLiftPreference(p model.LiftPreference, on bool) error {
	if !on {
		return translate(t.db.Where("person_id = ? AND household_id = ?", p.PersonID, p.HouseholdID).Delete(&model.LiftPreference{}).Error)
	}
	return translate(t.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&p).Error)
}

// LiftPreferences are the households of a person whose floor a passage calls a lift to.
func (t *Tx) LiftPreferences(personID string) (map[string]bool, error) {
	var found []model.LiftPreference
	err := t.db.Where("person_id = ?", personID).Limit(100).Find(&found).Error
	out := map[string]bool{}
	for _, p := range found {
		out[p.HouseholdID] = true
	}
	return out, translate(err)
}
