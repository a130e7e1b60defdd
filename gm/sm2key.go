package gm

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"slices"

	"github.com/emmansun/gmsm/sm2"

	"communitypass.cn/communitypass/model"
)

// SM2Key is a signing key of a ring. Its fields are for reading only.
type SM2Key struct {
	ID string
	// CommunityID is empty for the platform's keys.
	CommunityID string
	Number      uint16
	State       model.KeyState

	// A function because fmt prints the inside of everything else.
	private func() *sm2.PrivateKey
	point   *ecdsa.PublicKey
	public  []byte
	// za is the digest of user id, curve and public key that starts every
	// message (GB/T 32918.2, 5.5); it never changes for a key.
	za []byte
}

// newSM2Key checks that the stored public point belongs to the secret: gates are
// given the stored one.
func newSM2Key(k opened) (*SM2Key, error) {
	private, err := sm2.NewPrivateKey(k.secret)
	if err != nil {
		return nil, badKey(k.ID, "its secret is not an SM2 key")
	}
	point, err := sm2.PublicKeyToECDH(&private.PublicKey)
	if err != nil || !bytes.Equal(point.Bytes(), k.Public) {
		return nil, badKey(k.ID, "its public key is not that of its secret")
	}
	za, err := sm2.CalculateZA(&private.PublicKey, nil)
	if err != nil {
		return nil, badKey(k.ID, "its public key is refused")
	}
	return &SM2Key{
		ID: k.ID, CommunityID: k.CommunityID, Number: k.Number, State: k.State,
		private: func() *sm2.PrivateKey { return private },
		point:   &private.PublicKey, public: point.Bytes(), za: za,
	}, nil
}

// Private is the key for a library that signs by itself.
func (k *SM2Key) Private() *sm2.PrivateKey { return k.private() }

// Public is the key for a library that verifies by itself.
func (k *SM2Key) Public() *ecdsa.PublicKey { return k.point }

// PublicBytes is the uncompressed point: 4 ‖ x ‖ y, 65 bytes.
func (k *SM2Key) PublicBytes() []byte { return slices.Clone(k.public) }

// Sign signs a message with SM3 and the default user id of GM/T 0009
// (1234567812345678): r ‖ s, 64 bytes.
func (k *SM2Key) Sign(message []byte) ([]byte, error) {
	der, err := k.private().Sign(rand.Reader, SM3(k.za, message), nil)
	if err != nil {
		return nil, model.Fail(model.CodeInternal, err)
	}
	return rawSignature(der)
}

// String names the key and shows nothing else of it.
func (k *SM2Key) String() string { return k.ID }

func bySM2Place(a, b *SM2Key) int {
	return cmp.Or(cmp.Compare(a.CommunityID, b.CommunityID), cmp.Compare(a.Number, b.Number))
}
