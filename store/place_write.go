package store

import (
	"communitypass.cn/communitypass/model"
)

// CreateStreet stores a street.
func (t *Tx) CreateStreet(s model.Street) error { return translate(t.db.Create(&s).Error) }

// CreateCommittee stores a committee.
func (t *Tx) CreateCommittee(c model.Committee) error { return translate(t.db.Create(&c).Error) }

// CreateCommunity stores a community; conflict when its number is taken.
func (t *Tx) CreateCommunity(c model.Community) error { return translate(t.db.Create(&c).Error) }

// CreateGate stores a gate.
func (t *Tx) CreateGate(g model.Gate) error { return translate(t.db.Create(&g).Error) }

// CreateHousehold stores a household; conflict when its address is taken.
func (t *Tx) CreateHousehold(h model.Household) error { return translate(t.db.Create(&h).Error) }

// CreateEntryCode stores a poster code.
func (t *Tx) CreateEntryCode(e model.EntryCode) error { return translate(t.db.Create(&e).Error) }

// LastCommunityNumber is the highest number given out, or 0.
func (t *Tx) LastCommunityNumber() (uint32, error) {
	var n *uint32
	err := t.db.Model(&model.Community{}).Select("MAX(number)").Scan(&n).Error
	if err != nil || n == nil {
		return 0, translate(err)
	}
	return *n, nil
}
