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
	Format           string
	Account          string
	DeviceCode       string
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
	out := model.Recipient{ID: r.ID, CommunityID: r.CommunityID, Kind: r.Kind, Format: r.Format, Account: r.Account,
		DeviceCode: r.DeviceCode, Name: r.Name, URL: r.URL, State: r.State,
		WantsSM2: r.WantsSM2, PreviousUntil: r.PreviousUntil, PolicyVersion: r.PolicyVersion, Purpose: r.Purpose,
		Agreement: r.Agreement, Sequence: r.Sequence, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt}
	if err := json.Unmarshal([]byte(r.EventTypes), &out.EventTypes); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(r.FieldPolicy), &out.FieldPolicy)
}

// secretContext binds a sealed secret to its recipient. Both columns share it,
// since a rotation moves the ciphertext from one to the other.
func secretContext(recipientID string) string { return "recipients.secret:" + recipientID }

// withSecrets is the recipient with the secrets that sign at an instant.
func (t *Tx) withSecrets(r recipientRow, now int64) (model.Recipient, error) {
	out, err := r.plain()
	if err != nil {
		return out, err
	}
	if out.Secret, err = t.openSecret(r.ID, r.SecretCt); err != nil {
		return model.Recipient{}, err
	}
	if len(r.PreviousSecretCt) > 0 && now < r.PreviousUntil {
		out.PreviousSecret, err = t.openSecret(r.ID, r.PreviousSecretCt)
	}
	return out, err
}

func (t *Tx) openSecret(recipientID string, ct []byte) (string, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return "", err
	}
	secret, err := ring.Open(secretContext(recipientID), ct)
	return string(secret), err
}

func (t *Tx) recipientRow(id string) (recipientRow, error) {
	var r recipientRow
	err := t.db.Where("id = ?", id).Take(&r).Error
	return r, translate(err)
}

// Recipient reads one recipient without its secrets, in whichever community: its
// path names none, so the caller checks the scope of what it gets.
func (t *Tx) Recipient(id string) (model.Recipient, error) {
	r, err := t.recipientRow(id)
	if err != nil {
		return model.Recipient{}, err
	}
	return r.plain()
}

// RecipientForSending reads a recipient with the secrets that sign now.
func (t *Tx) RecipientForSending(id string) (model.Recipient, error) {
	r, err := t.recipientRow(id)
	if err != nil {
		return model.Recipient{}, err
	}
	return t.withSecrets(r, t.now())
}

// RecipientsOf lists the recipients of communities without secrets, by id, after a cursor.
func (t *Tx) RecipientsOf(communityIDs []string, after string, limit int) ([]model.Recipient, error) {
	if len(communityIDs) == 0 {
		return nil, nil
	}
	var found []recipientRow
	err := t.db.Where("community_id IN ? AND id > ?", communityIDs, after).Order("id").Limit(limit).Find(&found).Error
	if err != nil {
		return nil, translate(err)
	}
	return plainRecipients(found)
}

// recipientsForMemory reads all recipients that are not disabled, without secrets.
func (t *Tx) recipientsForMemory() ([]model.Recipient, error) {
	var found []recipientRow
	if err := t.db.Where("state <> ?", model.StateDisabled).Order("id").Find(&found).Error; err != nil {
		return nil, translate(err)
	}
	return plainRecipients(found)
}

func plainRecipients(found []recipientRow) ([]model.Recipient, error) {
	out := make([]model.Recipient, len(found))
	for i, r := range found {
		var err error
		if out[i], err = r.plain(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RecipientsToKeepAlive lists the active recipients whose format has a sign of life.
func (t *Tx) RecipientsToKeepAlive() ([]string, error) {
	var out []string
	err := t.db.Model(&recipientRow{}).Where("format = ? AND state = ?", model.FormatVIID, model.StateActive).Order("id").Pluck("id", &out).Error
	return out, translate(err)
}
