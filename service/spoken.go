package service

import (
	"context"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Spoken is the short numbers that residents say to a guard in place of a code.
type Spoken struct{ Deps }

// NewSpoken makes the use cases of spoken codes.
func NewSpoken(d Deps) *Spoken { return &Spoken{Deps: d} }

const (
	// spokenLife is how long a spoken code may be redeemed.
	spokenLife   = 5 * time.Minute
	spokenDigits = 6
	// spokenDraws bounds how often digits are drawn that nobody else's code has.
	spokenDraws = 8
)

// IssuedSpoken is a code to be said; it is shown this once.
type IssuedSpoken struct {
	Code      string
	Perimeter string
	ExpiresAt int64
}

// Issue makes the one live code of a pass that the caller holds, or that somebody
// holds whom the caller carries, for the perimeter of a gate or one that is named.
// The code before it ends. Errors: not_found for a stranger's pass, pass_invalid
// with how the pass stands, invalid for a gate or perimeter of elsewhere.
func (s *Spoken) Issue(ctx context.Context, caller *model.Caller, passID, gateID, perimeter string) (IssuedSpoken, error) {
	out := IssuedSpoken{ExpiresAt: s.now() + spokenLife.Milliseconds()}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		pass, err := carriedPass(tx, caller.PersonID, passID)
		if err != nil {
			return err
		}
		if standing := passStanding(&pass, s.now()); standing != PassValid {
			return &model.Error{Code: model.CodePassInvalid, State: standing}
		}
		if pass.Format == model.FormatCard { // its bounds are judged by the paper
			return &model.Error{Code: model.CodePassInvalid, State: passIsCard}
		}
		if out.Perimeter, err = s.Directory.perimeterOf(pass.CommunityID, gateID, perimeter); err != nil {
			return err
		}
		if pass.ValidUntil != 0 {
			out.ExpiresAt = min(out.ExpiresAt, pass.ValidUntil)
		}
		if out.Code, err = s.draw(tx, &pass, out); err != nil {
			return err
		}
		return tx.Audit(caller, pass.CommunityID, "spoken_code.issue", "pass", pass.ID, map[string]string{"perimeter": out.Perimeter})
	})
	if err != nil {
		return IssuedSpoken{}, err
	}
	return out, nil
}

// draw stores digits that are not live in the perimeter.
func (s *Spoken) draw(tx *store.Tx, pass *model.Pass, in IssuedSpoken) (string, error) {
	var err error
	for range spokenDraws {
		now := s.Clock.Now()
		code := model.NewDigits(spokenDigits)
		err = tx.ReplaceSpokenCode(model.SpokenCode{ID: model.NewID(now), CommunityID: pass.CommunityID, Perimeter: in.Perimeter,
			PassID: pass.ID, PassNumber: pass.Number, CreatedAt: model.Millis(now), ExpiresAt: in.ExpiresAt}, code)
		if model.CodeOf(err) != model.CodeConflict {
			return code, err
		}
	}
	return "", err
}

// carriedPass reads a pass of the person or of somebody whom the person carries.
func carriedPass(tx *store.Tx, personID, passID string) (model.Pass, error) {
	people, err := carriedBy(tx, personID)
	if err != nil {
		return model.Pass{}, err
	}
	pass, err := tx.PassByID(passID)
	if err == nil && !slices.Contains(people, pass.PersonID) {
		err = model.NotFound()
	}
	return pass, err
}

// perimeterOf is the perimeter of a gate, or one that is named, of a community.
func (d *Directory) perimeterOf(communityID, gateID, perimeter string) (string, error) {
	community, ok := d.Community(communityID)
	if !ok {
		return "", model.NotFound()
	}
	if (gateID == "") == (perimeter == "") {
		return "", model.Invalid(model.FieldError{Field: "/gate_id", Code: "required"})
	}
	i := slices.IndexFunc(community.Gates, func(g *GateView) bool { return g.ID == gateID || g.Perimeter == perimeter })
	switch {
	case i >= 0:
		return community.Gates[i].Perimeter, nil
	case gateID != "":
		return "", model.Invalid(model.FieldError{Field: "/gate_id", Code: "unknown"})
	}
	return "", model.Invalid(model.FieldError{Field: "/perimeter", Code: "unknown"})
}
