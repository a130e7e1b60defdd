package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm/clause"
)

// KeepTombstone stores that a person was deleted, once.
func (t *Tx) KeepTombstone(stone model.Tombstone) error {
	return translate(t.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "subject_id"}}, DoUpdates: clause.Assignments(
		map[string]any{"subject_id": stone.SubjectID})}).Create(&stone).Error)
}

// Tombstones lists those laid at or after an instant (Unix milliseconds), oldest
// first.
func (t *Tx) Tombstones(since int64) ([]model.Tombstone, error) {
	var out []model.Tombstone
	err := t.db.Where("at >= ?", since).Order("at, subject_id").Find(&out).Error
	return out, translate(err)
}

// Alive lists those of some persons that are not closed.
func (t *Tx) Alive(ids []string) ([]string, error) {
	var out []string
	if len(ids) == 0 {
		return nil, nil
	}
	err := t.db.Model(&personRow{}).Where("id IN ? AND closed_at = 0", ids).Order("id").Pluck("id", &out).Error
	return out, translate(err)
}
