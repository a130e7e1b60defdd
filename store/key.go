package store

import (
	"communitypass.cn/communitypass/model"
)

const tableKeys = "ring_keys"

// Keys reads the whole ring, wrapped as it is stored.
func (t *Tx) Keys() ([]model.Key, error) {
	var out []model.Key
	err := t.db.Table(tableKeys).Order("purpose, community_id, number").Find(&out).Error
	return out, translate(err)
}

// KeysOf reads one line of keys, retired ones too, in rising number.
func (t *Tx) KeysOf(purpose model.KeyPurpose, communityID string) ([]model.Key, error) {
	var out []model.Key
	err := t.db.Table(tableKeys).Where("purpose = ? AND community_id = ?", purpose, communityID).Order("number").Find(&out).Error
	return out, translate(err)
}

// Key reads one key, wrapped as it is stored.
func (t *Tx) Key(id string) (model.Key, error) {
	var k model.Key
	err := t.db.Table(tableKeys).Where("id = ?", id).Take(&k).Error
	return k, translate(err)
}

// CreateKey stores a new key; conflict when its number is taken.
func (t *Tx) CreateKey(k model.Key) error {
	return translate(t.db.Table(tableKeys).Create(&k).Error)
}

// MoveKey moves a key from one state to another, once, and says whether it did.
func (t *Tx) MoveKey(id string, from, to model.KeyState) (bool, error) {
	set := map[string]any{"state": to}
	switch to {
	case model.KeyActive:
		set["activated_at"] = t.now()
	case model.KeyRetiring:
		set["retiring_at"] = t.now()
	case model.KeyRetired:
		set["retired_at"] = t.now()
		set["wrapped"] = []byte{}
	}
	return changed(t.db.Table(tableKeys).Where("id = ? AND state = ?", id, from).Updates(set))
}
