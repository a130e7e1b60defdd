package service

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// StaffCredentials is what staff sign in with. TOTP is empty when none was given.
type StaffCredentials struct {
	Username string
	Password string
	TOTP     string
	// NewPassword, when given, takes the place of Password.
	NewPassword string
}

// SignInStaff signs a member of staff in. A wrong name, password or one-time code,
// and a disabled account, are all credentials_invalid after the same work; a
// missing one-time code is totp_required, and only after the right password. Too
// many failures are account_locked, for the right password as well. from is the
// client's address as the server itself saw it. After all of that, an account that
// was not used for long is account_dormant, and a password that must be changed is
// password_expired unless a new one comes with it.
func (s *Sessions) SignInStaff(ctx context.Context, in StaffCredentials, from netip.Addr) (SignedIn, error) {
	in.Username = strings.ToLower(strings.TrimSpace(in.Username)) // phones write capitals; no name has one
	b := bucketsOf(s.Directory.Ring(), in.Username, from)
	// Asked first since it is cheap: a locked name costs no password check.
	if err := s.notLocked(ctx, 0, b.limits()...); err != nil {
		return SignedIn{}, err
	}
	done, err := s.passwords.wait(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	defer done()
	held, err := s.hold(ctx, []string{b.pair, b.network}, b.limits()...)
	if err != nil {
		return SignedIn{}, err
	}
	account, err := s.Store.View(ctx).StaffByUsername(in.Username)
	if err != nil && !model.IsNotFound(err) {
		return SignedIn{}, err
	}
	// An unknown name has no encoded password, and checking that takes as long.
	if !gm.CheckPassword(account.PasswordHash, in.Password) || account.State != model.StateActive {
		return SignedIn{}, s.refused(ctx, b, account.ID, "password")
	}
	return s.secondFactor(ctx, in, b, account, held)
}

// secondFactor goes on after the right password.
func (s *Sessions) secondFactor(ctx context.Context, in StaffCredentials, b failureBuckets, account model.StaffAccount, held []string) (SignedIn, error) {
	grants, err := grantsOf(s.Store.View(ctx), account.ID)
	if err != nil {
		return SignedIn{}, err
	}
	if !needsTOTP(grants) {
		return s.enter(ctx, in, b, account, held, 0)
	}
	if in.TOTP == "" {
		if err := s.release(ctx, held); err != nil {
			return SignedIn{}, err
		}
		return SignedIn{}, model.Fail(model.CodeTOTPRequired)
	}
	more, err := s.hold(ctx, []string{b.totp}, failureLimit{b.totp, totpLimit})
	if err != nil {
		return SignedIn{}, errors.Join(err, s.release(ctx, held))
	}
	step, ok := gm.CheckTOTP(account.TOTPSecret, in.TOTP, s.Clock.Now())
	if !ok || step <= account.TOTPStep {
		return SignedIn{}, s.refused(ctx, b, account.ID, "totp")
	}
	return s.enter(ctx, in, b, account, append(held, more...), step)
}

func needsTOTP(grants []model.Grant) bool {
	return slices.ContainsFunc(grants, func(g model.Grant) bool {
		row, known := g.Role.Row()
		return row.NeedsTOTP || !known // a role of a newer release may need one
	})
}

// errSpent says that the account was disabled, or its one-time code used, between
// the check and the write.
var errSpent = errors.New("the account is not active or the one-time code was used")

// refused writes a failed try into the audit log. The try itself was counted
// before it was made. Unknown names are written alike, under their keyed digest.
func (s *Sessions) refused(ctx context.Context, b failureBuckets, accountID, what string) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(nil, "", "session.refuse", "sign_in", b.account, map[string]string{"account": accountID, "wrong": what})
	})
	if err != nil {
		return err
	}
	return model.Fail(model.CodeCredentialsInvalid)
}
