package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// PlaceScope says which rows of a list a caller may see: all of them, or those
// with the given ids. The zero value sees nothing.
type PlaceScope struct {
	All bool
	IDs []string
}

// inScope narrows a list to a scope and to one page behind after, by id.
func (t *Tx) inScope(s PlaceScope, after string, limit int) *gorm.DB {
	q := t.db.Where("id > ?", after).Order("id").Limit(limit)
	if !s.All {
		q = q.Where("id IN ?", s.IDs)
	}
	return q
}

// Streets lists the streets of a scope by id, behind after.
func (t *Tx) Streets(s PlaceScope, after string, limit int) ([]model.Street, error) {
	var out []model.Street
	err := t.inScope(s, after, limit).Find(&out).Error
	return out, translate(err)
}

// Committees lists the committees of a scope by id, behind after.
func (t *Tx) Committees(s PlaceScope, after string, limit int) ([]model.Committee, error) {
	var out []model.Committee
	err := t.inScope(s, after, limit).Find(&out).Error
	return out, translate(err)
}

// Communities lists the communities of a scope by id, behind after.
func (t *Tx) Communities(s PlaceScope, after string, limit int) ([]model.Community, error) {
	var out []model.Community
	err := t.inScope(s, after, limit).Find(&out).Error
	return out, translate(err)
}

// Street reads one street.
func (t *Tx) Street(id string) (model.Street, error) {
	var s model.Street
	err := t.db.Where("id = ?", id).Take(&s).Error
	return s, translate(err)
}

// Committee reads one committee.
func (t *Tx) Committee(id string) (model.Committee, error) {
	var c model.Committee
	err := t.db.Where("id = ?", id).Take(&c).Error
	return c, translate(err)
}

// Gates lists a community's gates by id, behind after.
func (t *Tx) Gates(communityID, after string, limit int) ([]model.Gate, error) {
	var out []model.Gate
	err := t.along("gates", "gates_community").Where("community_id = ? AND id > ?", communityID, after).Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// Gate reads one gate of a community.
func (t *Tx) Gate(communityID, id string) (model.Gate, error) {
	var g model.Gate
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&g).Error
	return g, translate(err)
}

// EntryCodes lists a community's living poster codes by code, behind after.
func (t *Tx) EntryCodes(communityID, after string, limit int) ([]model.EntryCode, error) {
	var out []model.EntryCode
	err := t.along("entry_codes", "entry_codes_community").Where("community_id = ? AND code > ? AND revoked_at = 0", communityID, after).Order("code").Limit(limit).Find(&out).Error
	return out, translate(err)
}
