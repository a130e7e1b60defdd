package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"
)

// SetStripPhone names the one phone whose strips count for a pass, and tells the feed
// when another one stood there. Errors: state_changed when the pass is no longer
// active.
func (t *Tx) SetStripPhone(p *model.Pass, phone string) error {
	if p.StripPhone == phone {
		return nil
	}
	values := map[string]any{"strip_phone": phone}
	if p.StripPhone != "" {
		values["strip_moved_at"] = t.now()
	}
	// The phone that was read is part of the condition, so that of two phones at the
	// same time the second sees the first and is listed as having taken its place.
	ok, err := changed(t.db.Model(&model.Pass{}).Where("community_id = ? AND id = ? AND state = ? AND strip_phone = ?",
		p.CommunityID, p.ID, model.PassActive, p.StripPhone).Updates(values))
	if err != nil {
		return err
	}
	if !ok {
		return model.Fail(model.CodeStateChanged)
	}
	return t.Changed(model.ChangePass, p.CommunityID, strconv.FormatUint(p.Number, 10))
}

// StripPhone is a pass and the one phone whose strips count for it.
type StripPhone struct {
	Number     uint64
	StripPhone string
}

// StripsMovedSince lists the passes of a community for whose strips another phone has
// come at or after an instant (Unix milliseconds): exceptions of the bundle.
func (t *Tx) StripsMovedSince(communityID string, since int64) ([]StripPhone, error) {
	var out []StripPhone
	err := t.db.Model(&model.Pass{}).Where("community_id = ? AND strip_moved_at >= ? AND state = ?", communityID, max(since, 1), model.PassActive).
		Order("number").Find(&out).Error
	return out, translate(err)
}
