package store

import "communitypass.cn/communitypass/model"

// CreateExport stores a request for an export.
func (t *Tx) CreateExport(e model.Export) error { return translate(t.db.Create(&e).Error) }

// Export reads one export of a community.
func (t *Tx) Export(communityID, id string) (model.Export, error) {
	var e model.Export
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&e).Error
	return e, translate(err)
}

// Exports lists a community's exports, newest first, with an id below before.
func (t *Tx) Exports(communityID, before string, limit int) ([]model.Export, error) {
	q := t.along("exports", "exports_community").Where("community_id = ?", communityID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Export
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// DecideExport moves a pending export to approved or declined, once.
func (t *Tx) DecideExport(communityID, id, to, by string) (bool, error) {
	return changed(t.db.Model(&model.Export{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.ExportPending).
		Updates(map[string]any{"state": to, "decided_by": by, "decided_at": t.now()}))
}

// TakeExport marks an export as fetched, once: by its author, approved after the
// instant since (Unix milliseconds).
func (t *Tx) TakeExport(communityID, id, author string, since int64, rows int) (bool, error) {
	return changed(t.db.Model(&model.Export{}).
		Where("community_id = ? AND id = ? AND author_id = ? AND state = ? AND decided_at > ?", communityID, id, author, model.ExportApproved, since).
		Updates(map[string]any{"state": model.ExportDownloaded, "downloaded_at": t.now(), "rows_count": rows}))
}
