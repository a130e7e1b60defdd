package service

import (
	"context"
	"fmt"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

// Codes issues pass codes. A code is signed once per pass and window and kept, so
// that the symbol on the phone stands still and asking twice answers the same.
// Replicas sign each for itself; all their codes are genuine.
type Codes struct{ Deps }

// NewCodes makes the issuer; it has signed nothing yet.
func NewCodes(d Deps) *Codes { return &Codes{Deps: d} }

// passIsCard stands where the standing of a pass stands that has no rotating codes.
const passIsCard = "card"

// MaxCodes is how many codes may be fetched at once: ten minutes.
const MaxCodes = 20

// IssuedCode is one code. Instants are Unix milliseconds.
type IssuedCode struct {
	// Text has 122 characters of Base45.
	Text string
	// NotBefore is the start of its window.
	NotBefore int64
	// ExpiresAt is when gates begin to refuse it.
	ExpiresAt int64
}

// Issued is what one fetch gives.
type Issued struct {
	// Codes begin with that of the window at Now; those of windows after the end of
	// the pass are left out.
	Codes []IssuedCode
	Now   int64
}

// Issue gives the codes of a pass that the caller holds for count consecutive
// windows (1 to MaxCodes) from now. When the pass is in memory no database is
// asked. Errors: not_found for a missing pass and another person's alike,
// pass_invalid with how the pass stands, key_missing when the community has no
// active signing key.
func (c *Codes) Issue(ctx context.Context, caller *model.Caller, passID string, count int) (Issued, error) {
	pass, err := c.Directory.PassOfPerson(ctx, caller.PersonID, passID)
	if err != nil {
		return Issued{}, err
	}
	if pass.Format == model.FormatCard { // its one code is on paper
		return Issued{}, &model.Error{Code: model.CodePassInvalid, State: passIsCard}
	}
	at := c.Clock.Now()
	now := model.Millis(at)
	if standing := passStanding(&pass.Pass, now); standing != PassValid {
		return Issued{}, &model.Error{Code: model.CodePassInvalid, State: standing}
	}
	header, signer, err := c.headerOf(&pass.Pass)
	if err != nil {
		return Issued{}, err
	}
	count = min(max(count, 1), MaxCodes)
	out := Issued{Codes: make([]IssuedCode, 0, count), Now: now}
	for header.Window = passcode.WindowAt(at); len(out.Codes) < count; header.Window++ {
		starts := model.Millis(passcode.WindowStart(header.Window))
		if pass.ValidUntil != 0 && starts >= pass.ValidUntil {
			break
		}
		text, err := c.sign(header, signer)
		if err != nil {
			return Issued{}, err
		}
		expires := model.Millis(header.ExpiresAt())
		if pass.ValidUntil != 0 {
			expires = min(expires, pass.ValidUntil)
		}
		out.Codes = append(out.Codes, IssuedCode{Text: text, NotBefore: starts, ExpiresAt: expires})
	}
	return out, nil
}

// headerOf is the header of the pass's codes without a window, and who signs it.
func (c *Codes) headerOf(p *model.Pass) (passcode.Header, *passcode.Signer, error) {
	community, known := c.Directory.Community(p.CommunityID)
	signer, ok := c.Directory.passSigner(p.CommunityID)
	if !known || !ok {
		return passcode.Header{}, nil, model.Fail(model.CodeKeyMissing, fmt.Errorf("community %s has no signer of pass codes", p.CommunityID))
	}
	kind, ok := passKind(p.Kind)
	if !ok {
		return passcode.Header{}, nil, model.Fail(model.CodeInternal, fmt.Errorf("pass %s is of no kind that a code can say", p.ID))
	}
	return passcode.Header{Format: passcode.Rotating, Kind: kind, Key: signer.number, Community: community.Number,
		Pass: p.Number, Group: p.AccessGroup}, signer.Signer, nil
}

func (c *Codes) sign(h passcode.Header, signer *passcode.Signer) (string, error) {
	k := codeKey{pass: h.Pass, window: h.Window, key: h.Key, group: h.Group}
	if text, ok := c.Directory.codes.get(k); ok {
		return text, nil
	}
	text, err := signer.Sign(h)
	if err != nil {
		return "", model.Fail(model.CodeInternal, err)
	}
	return c.Directory.codes.keep(k, text), nil
}

// passKind is the number of a stored kind.
func passKind(name string) (passcode.Kind, bool) {
	for k := passcode.Resident; k <= passcode.Vehicle; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}
