package store

import (
	"communitypass.cn/communitypass/model"
)

// Changed writes a line of the feed that makes every replica forget what it
// remembers of ref. It belongs into the transaction that makes the change.
func (t *Tx) Changed(kind model.ChangeKind, communityID, ref string) error {
	c := model.Change{Kind: kind, Ref: ref, CommunityID: communityID, At: t.now()}
	return translate(t.db.Create(&c).Error)
}

// ChangesAfter reads at most limit lines after seq, in order.
func (t *Tx) ChangesAfter(seq int64, limit int) ([]model.Change, error) {
	var out []model.Change
	err := t.db.Where("seq > ?", seq).Order("seq").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// LastChange is the highest seq written before an instant (Unix milliseconds), or 0.
func (t *Tx) LastChange(before int64) (int64, error) {
	var seq *int64
	err := t.db.Model(&model.Change{}).Where("at < ?", before).Select("MAX(seq)").Scan(&seq).Error
	if err != nil || seq == nil {
		return 0, translate(err)
	}
	return *seq, nil
}
