package gm

import (
	"crypto/rand"
	"time"

	"github.com/emmansun/gmsm/sm2"

	"communitypass.cn/communitypass/model"
)

// Sizes of secrets in bytes: an SM4 key, a key of HMAC-SM3 as long as its digest.
const (
	dataKeySize = 16
	macKeySize  = 32
)

// Generate draws a key for a purpose in state next, wrapped under m. Pass keys
// belong to a community and only they do; number is 1..65535 and the caller
// keeps it unique. Wrong arguments are model.CodeInvalid.
func Generate(m Master, p model.KeyPurpose, communityID string, number uint16, now time.Time) (model.Key, error) {
	k := model.Key{
		ID: model.NewID(now), Purpose: p, CommunityID: communityID, Number: number,
		State: model.KeyNext, CreatedAt: model.Millis(now),
	}
	if field := badField(k); field != nil {
		return model.Key{}, model.Invalid(*field)
	}
	secret, public, err := newSecret(p)
	if err != nil {
		return model.Key{}, err
	}
	k.Public = public
	if k.Wrapped, err = m.wrap(k, secret); err != nil {
		return model.Key{}, err
	}
	return k, nil
}

// badField finds the first thing about k that no key may have.
func badField(k model.Key) *model.FieldError {
	switch {
	case !isKnown(k.Purpose):
		return &model.FieldError{Field: "purpose", Code: "enum"}
	case k.Number == 0:
		return &model.FieldError{Field: "number", Code: "range", Limit: "1"}
	case k.Purpose == model.KeyPass && k.CommunityID == "":
		return &model.FieldError{Field: "community_id", Code: "required"}
	case k.Purpose != model.KeyPass && k.CommunityID != "":
		return &model.FieldError{Field: "community_id", Code: "unknown"}
	}
	return nil
}

func isKnown(p model.KeyPurpose) bool {
	switch p {
	case model.KeyPass, model.KeyData, model.KeySession, model.KeyIndex, model.KeyPlatform:
		return true
	}
	return false
}

// newSecret draws the secret for a purpose, and for SM2 gives its public point.
func newSecret(p model.KeyPurpose) (secret, public []byte, err error) {
	switch p {
	case model.KeyPass, model.KeyPlatform:
		return newSM2Secret()
	case model.KeyData:
		return random(dataKeySize), nil, nil
	default:
		return random(macKeySize), nil, nil
	}
}

// newSM2Secret gives the scalar (32 bytes) and the uncompressed point (65 bytes).
func newSM2Secret() (secret, public []byte, err error) {
	private, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	// By way of ECDH: ecdsa's own Bytes refuses the SM2 curve.
	key, err := private.ECDH()
	if err != nil {
		return nil, nil, err
	}
	return key.Bytes(), key.PublicKey().Bytes(), nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}
