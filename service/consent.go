package service

import (
	"context"
	"encoding/hex"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Privacy is what people know of and decide about their own data.
type Privacy struct{ Deps }

// NewPrivacy makes the use cases of one's own data.
func NewPrivacy(d Deps) *Privacy { return &Privacy{Deps: d} }

// ConsentView is how a person stands to one purpose.
type ConsentView struct {
	Purpose model.ConsentPurpose
	// Text is the current one; TextHash is its SM3 in hex.
	Text     model.ConsentText
	TextHash string
	// State is none, given or withdrawn.
	State string
	// GivenVersion is the version that the person agreed to; another than that of
	// Text may be asked for anew.
	GivenVersion string
	Channel      string
	GivenAt      int64
	WithdrawnAt  int64
}

// States of a consent as a person sees it.
const (
	ConsentNone      = "none"
	ConsentGiven     = "given"
	ConsentWithdrawn = "withdrawn"
)

// whose is the person that the caller acts for: himself, or somebody whom he
// carries. Anybody else is not_found.
func whose(tx *store.Tx, caller *model.Caller, personID string) (string, error) {
	if personID == "" || personID == caller.PersonID {
		return caller.PersonID, nil
	}
	carries, err := tx.Carries(caller.PersonID, personID)
	if err == nil && !carries {
		err = model.NotFound()
	}
	return personID, err
}

// Consents shows each purpose with the current text and how the person, the caller
// unless another is named, stands to it. Errors: not_found for somebody whom the
// caller does not carry.
func (p *Privacy) Consents(ctx context.Context, caller *model.Caller, personID string) ([]ConsentView, error) {
	tx := p.Store.View(ctx)
	person, err := whose(tx, caller, personID)
	if err != nil {
		return nil, err
	}
	found, err := tx.ConsentsOf(person)
	if err != nil {
		return nil, err
	}
	var out []ConsentView
	for _, purpose := range model.ConsentPurposes() {
		out = append(out, consentView(purpose, found))
	}
	return out, nil
}

// consentView looks for the newest consent to a purpose among all of a person.
func consentView(purpose model.ConsentPurpose, newestFirst []model.Consent) ConsentView {
	text, _ := model.CurrentConsentText(purpose)
	v := ConsentView{Purpose: purpose, Text: text, TextHash: hex.EncodeToString(consentHash(text)), State: ConsentNone}
	for _, c := range newestFirst {
		if c.Purpose != purpose {
			continue
		}
		v.State, v.GivenVersion, v.Channel, v.GivenAt, v.WithdrawnAt = ConsentGiven, c.TextVersion, c.Channel, c.GivenAt, c.WithdrawnAt
		if c.WithdrawnAt != 0 {
			v.State = ConsentWithdrawn
		}
		break
	}
	return v
}

func consentHash(t model.ConsentText) []byte { return gm.SM3([]byte(t.Canonical())) }

// ConsentGift is what a person agrees to.
type ConsentGift struct {
	Purpose     model.ConsentPurpose
	TextVersion string
	Channel     string
	// PersonID is a dependant; empty for the caller.
	PersonID string
}

// Consent stores that the person agrees to the current text. To agree again to the
// same text changes nothing. Errors: consent_text_outdated for another version than
// the current one, with it as the state; not_found for somebody whom the caller
// does not carry; invalid for an unknown purpose.
func (p *Privacy) Consent(ctx context.Context, caller *model.Caller, in ConsentGift) (ConsentView, error) {
	text, ok := model.CurrentConsentText(in.Purpose)
	if !ok {
		return ConsentView{}, model.Invalid(model.FieldError{Field: "/purpose", Code: "enum"})
	}
	if in.TextVersion != text.Version {
		return ConsentView{}, &model.Error{Code: model.CodeConsentTextOld, State: text.Version}
	}
	var out ConsentView
	err := p.Store.Update(ctx, func(tx *store.Tx) error {
		person, err := whose(tx, caller, in.PersonID)
		if err != nil {
			return err
		}
		// The person's lock makes one consent of two that come at the same time.
		if err := tx.LockPerson(person); err != nil {
			return err
		}
		found, err := tx.ConsentsOf(person)
		if err != nil {
			return err
		}
		if out = consentView(in.Purpose, found); out.State == ConsentGiven && out.GivenVersion == text.Version {
			return nil
		}
		if _, err := tx.WithdrawConsent(person, in.Purpose); err != nil {
			return err
		}
		now := p.Clock.Now()
		c := model.Consent{ID: model.NewID(now), PersonID: person, Purpose: in.Purpose, TextVersion: text.Version,
			TextHash: consentHash(text), Channel: in.Channel, GivenAt: model.Millis(now)}
		if err := tx.CreateConsent(c); err != nil {
			return err
		}
		out = consentView(in.Purpose, []model.Consent{c})
		return tx.Audit(caller, "", "consent.give", "person", person, map[string]string{"purpose": string(in.Purpose), "version": text.Version})
	})
	return out, err
}

// Withdraw ends a consent with one call; one that does not stand stays as it is.
// What the consent was for refuses from now on, all else goes on. Errors: not_found
// for somebody whom the caller does not carry, and for an unknown purpose.
func (p *Privacy) Withdraw(ctx context.Context, caller *model.Caller, purpose model.ConsentPurpose, personID string) error {
	if _, ok := model.CurrentConsentText(purpose); !ok {
		return model.NotFound()
	}
	return p.Store.Update(ctx, func(tx *store.Tx) error {
		person, err := whose(tx, caller, personID)
		if err != nil {
			return err
		}
		ended, err := tx.WithdrawConsent(person, purpose)
		if err != nil || !ended {
			return err
		}
		return tx.Audit(caller, "", "consent.withdraw", "person", person, map[string]string{"purpose": string(purpose)})
	})
}

// consentsOf names the purposes that a person has agreed to.
func consentsOf(tx *store.Tx, personID string) ([]string, error) {
	found, err := tx.ConsentsOf(personID)
	out := []string{}
	for _, purpose := range model.ConsentPurposes() {
		if consentView(purpose, found).State == ConsentGiven {
			out = append(out, string(purpose))
		}
	}
	return out, err
}
