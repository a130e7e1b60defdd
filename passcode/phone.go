package passcode

import (
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// phoneMessageSize is what the phone signs: the whole strip, the community's
// signature included, and the window. It begins as no header of a code does that
// a community signs, and is longer.
const phoneMessageSize = StripSize + windowSize

// SignStrip puts the community's signature on a strip. What the format cannot hold
// is ErrHeader, a phone key that is no point of the curve ErrKey.
func (s *Signer) SignStrip(strip Strip) (Strip, error) {
	if err := strip.check(); err != nil {
		return Strip{}, err
	}
	if _, err := strip.Phone.public(); err != nil {
		return Strip{}, err
	}
	signed := strip.signed()
	var err error
	strip.Signature, err = sign(s.key, s.id.digestOf(signed[:]))
	return strip, err
}

// Phone makes codes of format 3 with a phone's own key and a strip. It is safe for
// concurrent use.
type Phone struct {
	key   *sm2.PrivateKey
	id    identity
	strip Strip
}

// NewPhone takes a strip that was made for the key; another's is ErrKey.
func NewPhone(key *sm2.PrivateKey, strip Strip) (*Phone, error) {
	if key == nil {
		return nil, ErrKey
	}
	if own, err := phoneKeyOf(&key.PublicKey); err != nil || own != strip.Phone {
		return nil, ErrKey
	}
	if err := strip.check(); err != nil {
		return nil, err
	}
	id, err := identityOf(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Phone{key: key, id: id, strip: strip}, nil
}

// Sign makes the text of a code: 276 characters. A window that the strip does not
// cover is ErrHeader.
func (p *Phone) Sign(window uint32) (string, error) {
	if !p.strip.Covers(window) {
		return "", fmt.Errorf("%w: window", ErrHeader)
	}
	message := phoneMessage(&p.strip, window)
	signature, err := sign(p.key, p.id.digestOf(message[:]))
	if err != nil {
		return "", err
	}
	return phoneText(&message, &signature), nil
}

func phoneMessage(s *Strip, window uint32) (b [phoneMessageSize]byte) {
	raw := s.raw()
	copy(b[:], raw[:])
	putWindow(b[StripSize:], window)
	return b
}

func phoneText(message *[phoneMessageSize]byte, signature *[signatureSize]byte) string {
	var raw [PhoneSize]byte
	copy(raw[:], message[:])
	copy(raw[phoneMessageSize:], signature[:])
	return string(appendBase45(make([]byte, 0, PhoneTextLength), raw[:]))
}

// parsePhone reads the text of a code of format 3. The window need not be one that
// the strip covers: that the strip has run out is for the caller to say.
func parsePhone(text string) (Code, error) {
	var raw [PhoneSize]byte
	if !decodeBase45(raw[:], text) {
		return Code{}, ErrNotACode
	}
	strip := stripOf((*[StripSize]byte)(raw[:StripSize]))
	if strip.check() != nil {
		return Code{}, ErrNotACode
	}
	c := Code{Header: strip.Header, Strip: &strip, Signature: [signatureSize]byte(raw[phoneMessageSize:])}
	c.Window = windowOf(raw[StripSize:])
	return c, nil
}

// VerifyStrip says whether the key signed exactly this strip.
func (v *Verifier) VerifyStrip(s *Strip) bool {
	if s.check() != nil {
		return false
	}
	signed := s.signed()
	digest := v.id.digestOf(signed[:])
	return sm2.VerifyASN1(v.key, digest[:], derOf(&s.Signature))
}

// verifyPhone is Verify for format 3: the community signed the strip, and the phone
// that the strip names signed the strip and the window.
func (v *Verifier) verifyPhone(c *Code) bool {
	if c.Strip == nil || c.Window > maxUint24 {
		return false
	}
	claimed := c.Strip.Header
	claimed.Window = c.Window
	if c.Header != claimed || !v.VerifyStrip(c.Strip) {
		return false
	}
	pub, err := c.Strip.Phone.public()
	if err != nil {
		return false
	}
	id, err := identityOf(pub)
	if err != nil {
		return false
	}
	message := phoneMessage(c.Strip, c.Window)
	digest := id.digestOf(message[:])
	return sm2.VerifyASN1(pub, digest[:], derOf(&c.Signature))
}

func sign(key *sm2.PrivateKey, digest [digestSize]byte) ([signatureSize]byte, error) {
	der, err := sm2.SignASN1(rand.Reader, key, digest[:], nil)
	if err != nil {
		return [signatureSize]byte{}, err
	}
	raw, ok := rawOf(der)
	if !ok {
		return raw, errNoPair
	}
	return raw, nil
}
