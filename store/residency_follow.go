package store

import "communitypass.cn/communitypass/model"

// OpenResidencies lists the pending and active residencies of a household, oldest
// first.
func (t *Tx) OpenResidencies(communityID, householdID string) ([]model.Residency, error) {
	var out []model.Residency
	err := t.db.Where("community_id = ? AND household_id = ? AND open = 1", communityID, householdID).Order("id").Find(&out).Error
	return out, translate(err)
}

// PendingOf counts the claims of a person that wait for staff.
func (t *Tx) PendingOf(personID string) (int64, error) {
	var n int64
	err := t.db.Model(&residencyRow{}).Where("person_id = ? AND status = ?", personID, model.ResidencyPending).Count(&n).Error
	return n, translate(err)
}

// HandOver says that somebody else now stands for a residency.
func (t *Tx) HandOver(communityID, id, to string) error {
	return translate(t.db.Model(&residencyRow{}).Where("community_id = ? AND id = ? AND open = 1", communityID, id).
		Update("added_by", to).Error)
}
