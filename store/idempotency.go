package store

import (
	"bytes"
	"errors"

	"communitypass.cn/communitypass/model"
)

// idempotencyRow is a key as stored; the answer sealed, since some answers show
// a secret that is never shown again.
type idempotencyRow struct {
	Caller        string
	KeyHash       string
	RequestDigest string
	State         string
	Status        int
	AnswerCt      []byte
	CreatedAt     int64
	ExpiresAt     int64
}

func (idempotencyRow) TableName() string { return "idempotency_keys" }

// InsertKeyUse claims a key that was never used; conflict when it is there.
func (t *Tx) InsertKeyUse(k model.IdempotencyKey) error {
	row := idempotencyRow{Caller: k.Caller, KeyHash: k.KeyHash, RequestDigest: k.RequestDigest, State: model.IdempotencyRunning,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt}
	return translate(t.db.Create(&row).Error)
}

// KeyUse reads a caller's key with its answer; not_found when it is not there.
func (t *Tx) KeyUse(caller, keyHash string) (model.IdempotencyKey, error) {
	var row idempotencyRow
	if err := t.db.Where("caller = ? AND key_hash = ?", caller, keyHash).Take(&row).Error; err != nil {
		return model.IdempotencyKey{}, translate(err)
	}
	k := model.IdempotencyKey{Caller: row.Caller, KeyHash: row.KeyHash, RequestDigest: row.RequestDigest, State: row.State,
		CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt}
	if row.State != model.IdempotencyAnswered {
		return k, nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return model.IdempotencyKey{}, err
	}
	plain, err := ring.Open(answerContext(k), row.AnswerCt)
	if err != nil {
		return model.IdempotencyKey{}, err
	}
	contentType, body, ok := bytes.Cut(plain, []byte("\n"))
	if !ok {
		return model.IdempotencyKey{}, errors.New("store: a sealed answer has no content type")
	}
	k.Answer = model.Answer{Status: row.Status, ContentType: string(contentType), Body: body}
	return k, nil
}

// TakeKeyUse claims a key anew, if its claim is still the one of old, and says
// whether it did: of two that saw the same stale claim, one gets it.
func (t *Tx) TakeKeyUse(old, claim model.IdempotencyKey) (bool, error) {
	return changed(t.db.Model(&idempotencyRow{}).
		Where("caller = ? AND key_hash = ? AND state = ? AND created_at = ?", old.Caller, old.KeyHash, old.State, old.CreatedAt).
		Updates(map[string]any{"request_digest": claim.RequestDigest, "state": model.IdempotencyRunning, "status": 0, "answer_ct": nil,
			"created_at": claim.CreatedAt, "expires_at": claim.ExpiresAt}))
}

// KeepAnswer stores the answer of a claim, unless another has taken it over.
func (t *Tx) KeepAnswer(k model.IdempotencyKey) (bool, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return false, err
	}
	sealed, err := ring.Seal(answerContext(k), joined(k.Answer))
	if err != nil {
		return false, err
	}
	return changed(t.db.Model(&idempotencyRow{}).
		Where("caller = ? AND key_hash = ? AND state = ? AND created_at = ?", k.Caller, k.KeyHash, model.IdempotencyRunning, k.CreatedAt).
		Updates(map[string]any{"state": model.IdempotencyAnswered, "status": k.Answer.Status, "answer_ct": sealed}))
}

// ReleaseKeyUse gives a claim back, unless another has taken it over.
func (t *Tx) ReleaseKeyUse(k model.IdempotencyKey) error {
	return translate(t.db.Where("caller = ? AND key_hash = ? AND state = ? AND created_at = ?",
		k.Caller, k.KeyHash, model.IdempotencyRunning, k.CreatedAt).Delete(&idempotencyRow{}).Error)
}

// answerContext binds a sealed answer to its row.
func answerContext(k model.IdempotencyKey) string {
	return "idempotency_keys.answer:" + k.Caller + ":" + k.KeyHash
}

// joined is what is sealed: the content type, a line feed, the body.
func joined(a model.Answer) []byte {
	return append(append([]byte(a.ContentType), '\n'), a.Body...)
}
