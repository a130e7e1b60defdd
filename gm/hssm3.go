package gm

import (
	"crypto/hmac"

	"github.com/golang-jwt/jwt/v5"
)

// AlgHSSM3 is the "alg" of our access tokens: HMAC-SM3. The name is private; no
// registered algorithm uses SM3.
const AlgHSSM3 = "HS-SM3"

// HSSM3 signs and verifies tokens with HMAC-SM3. Its key is a *MAC and nothing
// else, so that bytes meant for another algorithm do not fit.
type HSSM3 struct{}

var _ jwt.SigningMethod = HSSM3{}

// RegisterJWT makes HS-SM3 known to golang-jwt's own parser, for a program that
// reads our tokens with it. SignToken and ParseToken do not need it. It may be
// called more than once.
func RegisterJWT() {
	jwt.RegisterSigningMethod(AlgHSSM3, func() jwt.SigningMethod { return HSSM3{} })
}

// Alg is "HS-SM3".
func (HSSM3) Alg() string { return AlgHSSM3 }

// Sign is the HMAC-SM3 of the text under a *MAC, else jwt.ErrInvalidKeyType.
func (HSSM3) Sign(text string, key any) ([]byte, error) {
	mac, ok := key.(*MAC)
	if !ok || mac == nil {
		return nil, jwt.ErrInvalidKeyType
	}
	return mac.Sum([]byte(text)), nil
}

// Verify is nil for a right signature and jwt.ErrSignatureInvalid for a wrong
// one, in the same time.
func (m HSSM3) Verify(text string, sig []byte, key any) error {
	want, err := m.Sign(text, key)
	if err != nil {
		return err
	}
	if !hmac.Equal(sig, want) {
		return jwt.ErrSignatureInvalid
	}
	return nil
}
