package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// SetLease moves the end of an active residency's lease, 0 for none, and says
// whether it did: one whose lease has run out is over, whether or not the job has
// come by.
func (t *Tx) SetLease(communityID, id string, until int64) (bool, error) {
	return changed(t.db.Model(&residencyRow{}).
		Where("community_id = ? AND id = ? AND status = ? AND (lease_until = 0 OR lease_until > ?)", communityID, id, model.ResidencyActive, t.now()).
		Updates(map[string]any{"lease_until": until, "lease_told": 0}))
}

// SetPassesEnd moves the end of a residency's active passes, and tells the feed.
func (t *Tx) SetPassesEnd(communityID, residencyID string, until int64) error {
	live := t.db.Where("community_id = ? AND residency_id = ? AND state = ?", communityID, residencyID, model.PassActive)
	var numbers []uint64
	if err := live.Session(&gorm.Session{}).Model(&model.Pass{}).Pluck("number", &numbers).Error; err != nil {
		return translate(err)
	}
	if err := live.Session(&gorm.Session{}).Model(&model.Pass{}).Update("valid_until", until).Error; err != nil {
		return translate(err)
	}
	for _, n := range numbers {
		if err := t.Changed(model.ChangePass, communityID, strconv.FormatUint(n, 10)); err != nil {
			return err
		}
	}
	return nil
}

// LapsedResidencies lists active residencies of all communities whose lease has run
// out, the longest over first. It is for the job that ends them.
func (t *Tx) LapsedResidencies(at int64, limit int) ([]model.Residency, error) {
	var out []model.Residency
	err := t.db.Where("status = ? AND lease_until > 0 AND lease_until <= ?", model.ResidencyActive, at).
		Order("lease_until, id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// LapsingResidencies lists active residencies of all communities whose lease runs
// out between two instants and whose person was not told so with at most days left.
func (t *Tx) LapsingResidencies(after, until int64, days, limit int) ([]model.Residency, error) {
	var out []model.Residency
	err := t.db.Where("status = ? AND lease_until > ? AND lease_until <= ? AND (lease_told = 0 OR lease_told > ?)", model.ResidencyActive, after, until, days).
		Order("lease_until, id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// TellLease notes that the person was told with so many days left, and says
// whether this was the first time and the lease still is the same.
func (t *Tx) TellLease(r model.Residency, days int) (bool, error) {
	return changed(t.db.Model(&residencyRow{}).
		Where("id = ? AND status = ? AND lease_until = ? AND (lease_told = 0 OR lease_told > ?)", r.ID, model.ResidencyActive, r.LeaseUntil, days).
		Update("lease_told", days))
}

// SetAddedLease moves the end of what comes of the family entries that a tenant
// added and nobody has claimed yet.
func (t *Tx) SetAddedLease(communityID, householdID, addedBy string, until int64) error {
	return translate(t.db.Model(&rosterRow{}).
		Where("community_id = ? AND household_id = ? AND added_by = ? AND relation = ? AND claimed_at = 0", communityID, householdID, addedBy, "family").
		Update("lease_until", until).Error)
}
