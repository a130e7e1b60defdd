package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// recipientRow is a recipient at rest: secrets sealed by the ring, lists as JSON.
type recipientRow struct {
	ID               string
	CommunityID      string
	Kind             string
	Name             string
	URL              string
	State            string
	WantsSM2         bool `gorm:"column:wants_sm2"`
	SecretCt         []byte
	PreviousSecretCt []byte
	PreviousUntil    int64
	EventTypes       string
	FieldPolicy      string
	PolicyVersion    int64
	Purpose          string
	Agreement        string
	Sequence         int64
	CreatedBy        string
	CreatedAt        int64
}

func (recipientRow) TableName() string { return "recipients" }

// plain is the recipient without its secrets.
func (r recipientRow) plain() (model.Recipient, error) {
	out := model.Recipient{ID: r.ID, CommunityID: r.CommunityID, Kind: r.Kind, Name: r.Name, URL: r.URL, State: r.State,
		WantsSM2: r.WantsSM2, PreviousUntil: r.PreviousUntil, PolicyVersion: r.PolicyVersion, Purpose: r.Purpose,
		Agreement: r.Agreement, Sequence: r.Sequence, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt}
	if err := json.Unmarshal([]byte(r.EventTypes), &out.EventTypes); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(r.FieldPolicy), &out.FieldPolicy)
}

// recipientsForMemory reads all recipients that are not disabled, without secrets.
func (t *Tx) recipientsForMemory() ([]model.Recipient, error) {
	var found []recipientRow
	if err := t.db.Where("state <> ?", model.StateDisabled).Order("id").Find(&found).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.Recipient, len(found))
	for i, r := range found {
		var err error
		if out[i], err = r.plain(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
