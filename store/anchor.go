package store

import (
	"communitypass.cn/communitypass/model"
)

const tableAnchors = "audit_anchors"

// CreateAnchor stores the anchor of a day; conflict when the day has one.
func (t *Tx) CreateAnchor(a model.Anchor) error {
	return translate(t.db.Table(tableAnchors).Create(&a).Error)
}

// LastAnchor is the newest anchor; its day is empty before the first.
func (t *Tx) LastAnchor() (model.Anchor, error) {
	var last []model.Anchor
	err := t.db.Table(tableAnchors).Order("day DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 {
		return model.Anchor{}, translate(err)
	}
	return last[0], nil
}

// AnchorsAfter reads at most limit anchors of later days, in order.
func (t *Tx) AnchorsAfter(day string, limit int) ([]model.Anchor, error) {
	var out []model.Anchor
	err := t.db.Table(tableAnchors).Where("day > ?", day).Order("day").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// AnchorsBefore reads at most limit anchors of earlier days, newest first; of all
// days when day is empty.
func (t *Tx) AnchorsBefore(day string, limit int) ([]model.Anchor, error) {
	q := t.db.Table(tableAnchors)
	if day != "" {
		q = q.Where("day < ?", day)
	}
	var out []model.Anchor
	err := q.Order("day DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// AnchorOf is the first anchor that binds a link; not_found while there is none.
func (t *Tx) AnchorOf(seq int64) (model.Anchor, error) {
	var a model.Anchor
	err := t.db.Table(tableAnchors).Where("seq >= ?", seq).Order("day").Take(&a).Error
	return a, translate(err)
}

// ChainCount is what links bind, by kind.
type ChainCount struct{ Entries, Batches, Passages int64 }

// CountLinks counts what the links after one number, up to another, bind.
func (t *Tx) CountLinks(after, upTo int64) (ChainCount, error) {
	var c ChainCount
	links := func(kind string) error {
		into := map[string]*int64{EntryAudit: &c.Entries, EntryBatch: &c.Batches}[kind]
		return translate(t.db.Table(tableChain).Where("seq > ? AND seq <= ? AND entry_kind = ?", after, upTo, kind).Count(into).Error)
	}
	if err := links(EntryAudit); err != nil {
		return c, err
	}
	if err := links(EntryBatch); err != nil {
		return c, err
	}
	err := t.db.Table(tableChain+" AS l").Joins("JOIN passage_batches AS b ON b.id = l.entry_id").
		Where("l.seq > ? AND l.seq <= ? AND l.entry_kind = ?", after, upTo, EntryBatch).
		Select("COALESCE(SUM(b.rows_count), 0)").Scan(&c.Passages).Error
	return c, translate(err)
}

// Link reads one link by its number.
func (t *Tx) Link(seq int64) (model.ChainLink, error) {
	var l model.ChainLink
	err := t.db.Table(tableChain).Where("seq = ?", seq).Take(&l).Error
	return l, translate(err)
}

// LinkOf finds the link of an entry; not_found while it is not in the chain.
func (t *Tx) LinkOf(kind, id string) (model.ChainLink, error) {
	var l model.ChainLink
	err := t.db.Table(tableChain).Where("entry_kind = ? AND entry_id = ?", kind, id).Take(&l).Error
	return l, translate(err)
}
