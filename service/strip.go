package service

import (
	"context"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// IssuedStrip is the community's word for a phone's key. Instants are Unix
// milliseconds.
type IssuedStrip struct {
	// Strip has 117 bytes: see docs/pass-code.md.
	Strip []byte
	// NotBefore is the start of its first window, ExpiresAt the end of its last.
	NotBefore int64
	ExpiresAt int64
	Now       int64
}

// Strip lets a phone sign the codes of a pass that the caller holds, or whose holder
// the caller carries, for a day or until the pass ends. publicKey is the phone's, as
// passcode.NewPhoneKey reads it. One phone at a time: the strips of another one are
// refused from then on, at gates without a network from their next bundle on. Errors:
// invalid for a key that is none, not_found for a stranger's pass, phone_strips_off
// where the rules do not allow it, pass_invalid with how the pass stands,
// state_changed when another phone came at the same moment, key_missing.
func (c *Codes) Strip(ctx context.Context, caller *model.Caller, passID string, publicKey []byte) (IssuedStrip, error) {
	phone, err := passcode.NewPhoneKey(publicKey)
	if err != nil {
		return IssuedStrip{}, model.Invalid(model.FieldError{Field: "/public_key", Code: "format"})
	}
	at := c.Clock.Now()
	out := IssuedStrip{Now: model.Millis(at)}
	var number uint64
	err = c.Store.Update(ctx, func(tx *store.Tx) error {
		pass, err := carriedPass(tx, caller.PersonID, passID)
		if err != nil {
			return err
		}
		number = pass.Number
		if err := c.mayHaveStrips(&pass, out.Now); err != nil {
			return err
		}
		strip, err := c.signStrip(&pass, phone, passcode.WindowAt(at))
		if err != nil {
			return err
		}
		if out.Strip, err = strip.Bytes(); err != nil {
			return err
		}
		out.NotBefore, out.ExpiresAt = model.Millis(passcode.WindowStart(strip.Window)), model.Millis(passcode.WindowStart(strip.Last+1))
		digest := admission.PhoneDigest(phone)
		if err := tx.SetStripPhone(&pass, digest); err != nil {
			return err
		}
		return tx.Audit(caller, pass.CommunityID, "strip.issue", "pass", pass.ID, map[string]string{"phone": phoneChange(pass.StripPhone, digest)})
	})
	if err != nil {
		return IssuedStrip{}, err
	}
	c.Directory.passes.forget(number)
	return out, nil
}

func (c *Codes) mayHaveStrips(pass *model.Pass, now int64) error {
	community, known := c.Directory.Community(pass.CommunityID)
	if !known || !community.Rules.PhoneStrips {
		return model.Fail(model.CodeStripsOff)
	}
	if pass.Format == model.FormatCard {
		return &model.Error{Code: model.CodePassInvalid, State: passIsCard}
	}
	if standing := passStanding(pass, now); standing != PassValid {
		return &model.Error{Code: model.CodePassInvalid, State: standing}
	}
	return nil
}

// signStrip makes the strip from a window on.
func (c *Codes) signStrip(pass *model.Pass, phone passcode.PhoneKey, from uint32) (passcode.Strip, error) {
	header, signer, err := c.headerOf(pass)
	if err != nil {
		return passcode.Strip{}, err
	}
	header.Format, header.Window = passcode.DoubleOffline, from
	strip := passcode.Strip{Header: header, Last: from + passcode.MaxStripWindows - 1, Phone: phone}
	if pass.ValidUntil != 0 {
		strip.Last = min(strip.Last, passcode.WindowAt(model.FromMillis(pass.ValidUntil-1)))
	}
	strip, err = signer.SignStrip(strip)
	if err != nil {
		return strip, model.Fail(model.CodeInternal, err)
	}
	return strip, nil
}

// phoneChange is what the audit log says of the phone, without naming it.
func phoneChange(before, after string) string {
	switch before {
	case "":
		return "first"
	case after:
		return "same"
	}
	return "another"
}
