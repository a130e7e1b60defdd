package store

import "communitypass.cn/communitypass/model"

// RaiseFinding stores a finding, once a reader, kind and day, and says whether it
// was this time; a later one brings the count up to date while it is open.
func (t *Tx) RaiseFinding(f model.Finding) (bool, error) {
	err := t.db.Create(&f).Error
	if err = translate(err); err == nil || model.CodeOf(err) != model.CodeConflict {
		return err == nil, err
	}
	_, err = changed(t.db.Model(&model.Finding{}).Where("reader_id = ? AND kind = ? AND day = ? AND state = ? AND looks < ?",
		f.ReaderID, f.Kind, f.Day, model.FindingOpen, f.Looks).Update("looks", f.Looks))
	return false, err
}

// Finding reads one finding of a community.
func (t *Tx) Finding(communityID, id string) (model.Finding, error) {
	var f model.Finding
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&f).Error
	return f, translate(err)
}

// Findings lists a community's findings, newest first, of one state when it is
// given, with an id below before.
func (t *Tx) Findings(communityID, state, before string, limit int) ([]model.Finding, error) {
	q := t.along("privacy_findings", "privacy_findings_community").Where("community_id = ?", communityID)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Finding
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// CloseFinding closes an open finding, once, and says whether it did. The one whom
// it is about cannot.
func (t *Tx) CloseFinding(communityID, id, by string) (bool, error) {
	return changed(t.db.Model(&model.Finding{}).Where("community_id = ? AND id = ? AND state = ? AND reader_id <> ?", communityID, id, model.FindingOpen, by).
		Updates(map[string]any{"state": model.FindingClosed, "closed_by": by, "closed_at": t.now()}))
}
