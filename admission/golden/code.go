package golden

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"communitypass.cn/communitypass/passcode"
	"github.com/emmansun/gmsm/sm2"
)

// Code is what is shown to the gate: either any text, or the fields of a code
// that is to be signed.
type Code struct {
	Text      *string `json:"text"`
	Kind      string  `json:"kind"`
	Key       uint16  `json:"key"`
	Community uint32  `json:"community"`
	Pass      uint64  `json:"pass"`
	Group     uint16  `json:"group"`
	// WindowOf is an instant in the window of a rotating code.
	WindowOf *time.Time `json:"window_of"`
	// CardUntil, "2026-12-31", is the last day of a card and makes the code one.
	CardUntil string `json:"card_until"`
	// SignedBy names another key than the code's own, as a forger would use.
	SignedBy string `json:"signed_by"`
	// Altered changes the pass number after signing.
	Altered bool `json:"altered"`
	// StripOf is an instant in the first window of a phone's strip and makes the code
	// one that a phone signs.
	StripOf *time.Time `json:"strip_of"`
	// PhoneSignedBy names another key than "phone", for which the strip is.
	PhoneSignedBy string `json:"phone_signed_by"`
}

// Identified is a pass that was established without a code.
type Identified struct {
	Kind  string `json:"kind"`
	Pass  uint64 `json:"pass"`
	Group uint16 `json:"group"`
}

// keyPair is one of the file's keys, ready for use.
type keyPair struct {
	private  *sm2.PrivateKey
	signer   *passcode.Signer
	verifier *passcode.Verifier
}

func newKeyPair(scalar string) (keyPair, error) {
	raw, err := hex.DecodeString(scalar)
	if err != nil {
		return keyPair{}, err
	}
	private, err := sm2.NewPrivateKey(raw)
	if err != nil {
		return keyPair{}, err
	}
	signer, err := passcode.NewSigner(private)
	if err != nil {
		return keyPair{}, err
	}
	verifier, err := passcode.NewVerifier(&private.PublicKey)
	return keyPair{private: private, signer: signer, verifier: verifier}, err
}

// Key is the file's key of a number, to be put where the server or a gate looks
// for the keys of the community. It is nil for a number that the file has not.
func (f *File) Key(number uint16) *sm2.PrivateKey { return f.keys[keyName(number)].private }

func keyName(number uint16) string { return strconv.Itoa(int(number)) }

// Text writes the code as the gate reads it.
func (f *File) Text(c *Code) (string, error) {
	if c == nil {
		return "", errors.New("golden: the scene shows no code")
	}
	if c.Text != nil {
		return *c.Text, nil
	}
	header, err := c.Header()
	if err != nil {
		return "", err
	}
	name := c.SignedBy
	if name == "" {
		name = keyName(c.Key)
	}
	pair, found := f.keys[name]
	if !found {
		return "", fmt.Errorf("golden: no key %s to sign with", name)
	}
	if c.StripOf != nil {
		return f.phoneText(c, header, pair.signer)
	}
	text, err := pair.signer.Sign(header)
	if err != nil || !c.Altered {
		return text, err
	}
	other := header
	other.Pass++
	signed, err := pair.signer.Sign(other)
	// The first 24 characters are the header but for its last byte, which both share.
	const pastPass = 24
	return text[:pastPass] + signed[pastPass:], err
}

// Header is the signed content of the code.
func (c *Code) Header() (passcode.Header, error) {
	h := passcode.Header{Format: passcode.Rotating, Key: c.Key, Community: c.Community, Pass: c.Pass, Group: c.Group}
	var err error
	if h.Kind, err = kindOf(c.Kind); err != nil {
		return h, err
	}
	switch {
	case c.CardUntil != "":
		h.Format = passcode.Card
		h.Window, err = dayOf(c.CardUntil)
	case c.WindowOf != nil:
		h.Window = passcode.WindowAt(*c.WindowOf)
	default:
		err = errors.New("golden: a code needs window_of or card_until")
	}
	return h, err
}

func kindOf(name string) (passcode.Kind, error) {
	for kind := passcode.Resident; kind <= passcode.Vehicle; kind++ {
		if kind.String() == name {
			return kind, nil
		}
	}
	return 0, fmt.Errorf("golden: no kind %q", name)
}

// dayOf numbers a calendar date as Rules.DayAt does.
func dayOf(date string) (uint32, error) {
	t, err := time.Parse(time.DateOnly, date)
	return passcode.DayAt(t), err
}
