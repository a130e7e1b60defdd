package store

import (
	"communitypass.cn/communitypass/model"
)

// Batches lists at most limit seals over passages by id, behind after.
func (t *Tx) Batches(after string, limit int) ([]model.PassageBatch, error) {
	var out []model.PassageBatch
	err := t.db.Where("id > ?", after).Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// BatchOf finds the batch that a passage's id lies in; not_found when no batch
// encloses it.
func (t *Tx) BatchOf(passageID string) (model.PassageBatch, error) {
	var b model.PassageBatch
	// Batches do not overlap, so only the nearest one that begins before can.
	err := t.db.Where("id <= ?", passageID).Order("id DESC").Take(&b).Error
	if err == nil && b.LastID < passageID {
		return model.PassageBatch{}, model.NotFound()
	}
	return b, translate(err)
}

// PassagesOf reads a batch's passages by id, and one more than it should have if
// there is one.
func (t *Tx) PassagesOf(b model.PassageBatch) ([]model.Passage, error) {
	var out []model.Passage
	err := t.db.Where("id >= ? AND id <= ?", b.ID, b.LastID).Order("id").Limit(b.RowsCount + 1).Find(&out).Error
	return out, translate(err)
}

// PassagesBetween lists at most limit passages of all communities by id, behind
// after and up to and including last (to the end when empty). It is for the
// verification of seals, which knows no community.
func (t *Tx) PassagesBetween(after, last string, limit int) ([]model.Passage, error) {
	q := t.db.Where("id > ?", after)
	if last != "" {
		q = q.Where("id <= ?", last)
	}
	var out []model.Passage
	err := q.Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}
