package store

import "communitypass.cn/communitypass/model"

// Dependant reads one that the carer carries now.
func (t *Tx) Dependant(carerID, id string) (model.Dependant, error) {
	var d model.Dependant
	err := t.db.Model(&dependantRow{}).Where("carer_id = ? AND id = ? AND active = 1", carerID, id).Take(&d).Error
	return d, translate(err)
}

// DependantsOfHousehold lists who is carried by whom in a household now, oldest
// first.
func (t *Tx) DependantsOfHousehold(communityID, householdID string) ([]model.Dependant, error) {
	var out []model.Dependant
	err := t.db.Model(&dependantRow{}).Where("community_id = ? AND household_id = ? AND active = 1", communityID, householdID).
		Order("id").Find(&out).Error
	return out, translate(err)
}

// CarersOf lists who carries a person in a household now, the first one first.
func (t *Tx) CarersOf(householdID, personID string) ([]model.Dependant, error) {
	var out []model.Dependant
	err := t.db.Model(&dependantRow{}).Where("person_id = ? AND household_id = ? AND active = 1", personID, householdID).
		Order("id").Find(&out).Error
	return out, translate(err)
}

// PutDown ends that a carer carries a person, once, and says whether it did.
func (t *Tx) PutDown(carerID, id string) (bool, error) {
	return changed(t.db.Model(&dependantRow{}).Where("carer_id = ? AND id = ? AND active = 1", carerID, id).
		Updates(map[string]any{"active": nil, "ended_at": t.now()}))
}

// PutDownAll ends that anybody carries a person in a household.
func (t *Tx) PutDownAll(householdID, personID string) error {
	return translate(t.db.Model(&dependantRow{}).Where("person_id = ? AND household_id = ? AND active = 1", personID, householdID).
		Updates(map[string]any{"active": nil, "ended_at": t.now()}).Error)
}
