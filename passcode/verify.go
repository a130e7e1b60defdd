package passcode

import (
	"crypto/ecdsa"

	"github.com/emmansun/gmsm/sm2"
)

// Verifier checks codes against one community's public key. It is safe for
// concurrent use; keep it as long as the key, since it holds what the key costs.
type Verifier struct {
	key *ecdsa.PublicKey
	id  identity
}

// NewVerifier prepares a public key, which must not be changed afterwards. A key
// that is not a point of the SM2 curve is ErrKey.
func NewVerifier(pub *ecdsa.PublicKey) (*Verifier, error) {
	id, err := identityOf(pub)
	if err != nil {
		return nil, err
	}
	return &Verifier{key: pub, id: id}, nil
}

// Verify says whether the key signed exactly this header, or, of format 3, the strip
// whose phone signed exactly this window; whether the strip covers the window it
// does not say. A code whose r or s
// lies outside 1…n−1, or that was signed under another user id, is not genuine.
// The caller chooses the verifier by the header's Community and Key.
func (v *Verifier) Verify(c *Code) bool {
	if c.Format == DoubleOffline {
		return v.verifyPhone(c)
	}
	// A code built by hand may hold more bits than travel; the rest is unsigned.
	if c.check() != nil || c.Strip != nil {
		return false
	}
	var header [headerSize]byte
	c.put(&header)
	digest := v.id.digest(&header)
	return sm2.VerifyASN1(v.key, digest[:], derOf(&c.Signature))
}
