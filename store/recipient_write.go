package store

import (
	"cmp"
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// CreateRecipient stores a recipient; its secret is sealed, its sequence starts at 0.
func (t *Tx) CreateRecipient(r model.Recipient) error {
	types, err := json.Marshal(r.EventTypes)
	if err != nil {
		return err
	}
	policy, err := json.Marshal(r.FieldPolicy)
	if err != nil {
		return err
	}
	ct, err := t.sealSecret(r.ID, r.Secret)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&recipientRow{ID: r.ID, CommunityID: r.CommunityID, Kind: r.Kind, Format: cmp.Or(r.Format, model.FormatCloudEvents),
		Account: r.Account, DeviceCode: r.DeviceCode, Name: r.Name, URL: r.URL,
		State: r.State, WantsSM2: r.WantsSM2, SecretCt: ct, EventTypes: string(types), FieldPolicy: string(policy),
		PolicyVersion: r.PolicyVersion, Purpose: r.Purpose, Agreement: r.Agreement, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt}).Error)
}

func (t *Tx) sealSecret(recipientID, secret string) ([]byte, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	return ring.Seal(secretContext(recipientID), []byte(secret))
}

// RotateSecret gives a recipient a new secret; the one it replaces signs beside
// it until an instant (Unix milliseconds). One statement moves both, so that of
// two rotations at once each shown secret is the current or the previous one.
func (t *Tx) RotateSecret(communityID, id, secret string, previousUntil int64) (bool, error) {
	ct, err := t.sealSecret(id, secret)
	if err != nil {
		return false, err
	}
	// MySQL assigns from left to right, so the move comes before the overwrite.
	return changed(t.db.Exec("UPDATE recipients SET previous_secret_ct = secret_ct, previous_until = ?, secret_ct = ? WHERE community_id = ? AND id = ?",
		previousUntil, ct, communityID, id))
}

// MoveRecipient moves a recipient from one of some states to another, once, and
// says whether it did.
func (t *Tx) MoveRecipient(communityID, id string, from []string, to string) (bool, error) {
	return changed(t.db.Model(&recipientRow{}).Where("community_id = ? AND id = ? AND state IN ?", communityID, id, from).
		Update("state", to))
}

// SetFieldPolicy replaces the field policy when its version is one of versions,
// or whatever it is when versions is nil, and says whether it did. The version
// counts up.
func (t *Tx) SetFieldPolicy(communityID, id string, versions []int64, policy map[string][]string) (bool, error) {
	text, err := json.Marshal(policy)
	if err != nil {
		return false, err
	}
	where, args := "community_id = ? AND id = ?", []any{string(text), communityID, id}
	if versions != nil {
		where += " AND policy_version IN ?"
		args = append(args, versions)
	}
	return changed(t.db.Exec("UPDATE recipients SET field_policy = ?, policy_version = policy_version + 1 WHERE "+where, args...))
}
