package webhook_test

import (
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// sm2Key signs like the platform's key: r‖s of 32 bytes each.
type sm2Key struct{ private *sm2.PrivateKey }

func newSM2Key(t testing.TB) sm2Key {
	t.Helper()
	private, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sm2Key{private}
}

func (k sm2Key) SignWebhook(message []byte) ([]byte, error) {
	der, err := k.private.Sign(rand.Reader, message, sm2.NewSM2SignerOption(true, nil))
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	raw := make([]byte, 64)
	pair.R.FillBytes(raw[:32])
	pair.S.FillBytes(raw[32:])
	return raw, nil
}

func (k sm2Key) verify(message, raw []byte) bool {
	if len(raw) != 64 {
		return false
	}
	digest, err := sm2.CalculateSM2Hash(&k.private.PublicKey, message, nil)
	if err != nil {
		return false
	}
	r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	return sm2.Verify(&k.private.PublicKey, digest, r, s)
}

// lockedRing is a signer whose key cannot be used now.
type lockedRing struct{}

func (lockedRing) SignWebhook([]byte) ([]byte, error) { return nil, errors.New("locked") }
