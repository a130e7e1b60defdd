package store

import "communitypass.cn/communitypass/model"

// dependantRow is a dependant with the column that keeps a carer from carrying the
// same person twice: 1 while carried, NULL afterwards.
type dependantRow struct {
	model.Dependant `gorm:"embedded"`
	Active          *int
}

func (dependantRow) TableName() string { return "dependants" }

// CreateDependant stores that a carer carries a person; conflict when so already.
func (t *Tx) CreateDependant(d model.Dependant) error {
	active := 1
	return translate(t.db.Create(&dependantRow{Dependant: d, Active: &active}).Error)
}

// Dependants lists whom a carer carries now, oldest first.
func (t *Tx) Dependants(carerID string) ([]model.Dependant, error) {
	var out []model.Dependant
	err := t.db.Model(&dependantRow{}).Where("carer_id = ? AND active = 1", carerID).Order("id").Find(&out).Error
	return out, translate(err)
}

// Carries reports whether the carer carries the person now.
func (t *Tx) Carries(carerID, personID string) (bool, error) {
	var n int64
	err := t.db.Model(&dependantRow{}).Where("carer_id = ? AND person_id = ? AND active = 1", carerID, personID).Count(&n).Error
	return n > 0, translate(err)
}
