package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// appealRow is an appeal at rest, its words under the key of its restriction. Open
// is 1 while it waits: one at a time.
type appealRow struct {
	model.Appeal `gorm:"embedded"`
	TextCt       []byte
	Open         *int
}

func (appealRow) TableName() string { return "appeals" }

// appealWords is what is sealed of an appeal.
type appealWords struct {
	Text   string `json:"text"`
	Answer string `json:"answer,omitempty"`
}

func (t *Tx) sealWords(r *model.Restriction, a *model.Appeal) ([]byte, error) {
	key, err := t.dataKey(r.KeySubject())
	if err != nil {
		return nil, err
	}
	words, err := json.Marshal(appealWords{a.Text, a.Answer})
	if err != nil {
		return nil, err
	}
	return key.Seal(fieldAppeal, string(words))
}

// CreateAppeal stores an appeal and sets when the restriction lifts by itself, if
// that still stands; conflict when an appeal is open already.
func (t *Tx) CreateAppeal(r *model.Restriction, a model.Appeal) (bool, error) {
	did, err := changed(t.db.Model(&restrictionRow{}).Where("community_id = ? AND id = ? AND state = ? AND expires_at > ? AND lifts_at = 0",
		r.CommunityID, r.ID, model.RestrictionActive, t.now()).Update("lifts_at", a.DueAt))
	if err != nil || !did {
		return did, err
	}
	ct, err := t.sealWords(r, &a)
	if err != nil {
		return false, err
	}
	open := 1
	return true, translate(t.db.Create(&appealRow{Appeal: a, TextCt: ct, Open: &open}).Error)
}

// Appeal reads one appeal; the caller checks its community.
func (t *Tx) Appeal(id string) (model.Appeal, error) {
	all, err := t.appeals(t.db.Where("id = ?", id))
	if err == nil && len(all) == 0 {
		err = model.NotFound()
	}
	if err != nil {
		return model.Appeal{}, err
	}
	return all[0], nil
}

// AppealsOf lists the appeals against some restrictions, oldest first.
func (t *Tx) AppealsOf(restrictionIDs []string) ([]model.Appeal, error) {
	if len(restrictionIDs) == 0 {
		return nil, nil
	}
	return t.appeals(t.db.Where("restriction_id IN ?", restrictionIDs).Order("id"))
}

func (t *Tx) appeals(q *gorm.DB) ([]model.Appeal, error) {
	var rows []appealRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	var subjects []string
	for _, a := range rows {
		subjects = append(subjects, appealKey(&a.Appeal))
	}
	keys, err := t.emergencyKeys(subjects)
	if err != nil {
		return nil, err
	}
	var out []model.Appeal
	for _, a := range rows {
		key, ok := keys[appealKey(&a.Appeal)]
		if !ok {
			continue
		}
		var words appealWords
		if err := openJSON(key, fieldAppeal, a.TextCt, &words); err != nil {
			return nil, err
		}
		a.Text, a.Answer = words.Text, words.Answer
		out = append(out, a.Appeal)
	}
	return out, nil
}

func appealKey(a *model.Appeal) string {
	if a.EmergencyID != "" {
		return a.EmergencyID
	}
	return a.RestrictionID
}

// DecideAppeal ends an open appeal, once, and says whether it did: by somebody
// before its time is over, or, as auto_lifted, not before.
func (t *Tx) DecideAppeal(r *model.Restriction, a model.Appeal, to model.AppealState, by string) (bool, error) {
	ct, err := t.sealWords(r, &a)
	if err != nil {
		return false, err
	}
	q := t.db.Model(&appealRow{}).Where("community_id = ? AND id = ? AND open = 1", a.CommunityID, a.ID)
	switch to {
	case model.AppealAutoLifted:
		q = q.Where("due_at <= ?", t.now())
	case model.AppealUpheld, model.AppealLifted:
		q = q.Where("due_at > ?", t.now())
	}
	did, err := changed(q.Updates(map[string]any{"state": to, "open": nil, "decided_at": t.now(), "decided_by": by, "text_ct": ct}))
	if err != nil || !did || to != model.AppealUpheld {
		return did, err
	}
	return true, translate(t.db.Model(&restrictionRow{}).Where("community_id = ? AND id = ?", r.CommunityID, r.ID).Update("lifts_at", 0).Error)
}

// CloseAppeals ends what is open against a restriction that ended otherwise.
func (t *Tx) CloseAppeals(restrictionID, by string) error {
	return translate(t.db.Model(&appealRow{}).Where("restriction_id = ? AND open = 1", restrictionID).
		Updates(map[string]any{"state": model.AppealClosed, "open": nil, "decided_at": t.now(), "decided_by": by}).Error)
}

// DueAppeals lists open appeals whose time is over, oldest first.
func (t *Tx) DueAppeals(at int64, limit int) ([]model.Appeal, error) {
	return t.appeals(t.db.Where("state = ? AND due_at <= ?", model.AppealOpen, at).Order("due_at").Limit(limit))
}
