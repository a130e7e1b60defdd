package service

import (
	"context"
	"errors"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// entry is somebody of staff who has proved who they are.
type entry struct {
	account model.StaffAccount
	buckets failureBuckets
	held    []string
	// step is the one-time code's; 0 when none was asked for.
	step int64
	// hash is of a new password, or empty.
	hash string
}

// enter judges the account after all proofs, and begins the session.
func (s *Sessions) enter(ctx context.Context, in StaffCredentials, b failureBuckets, account model.StaffAccount, held []string, step int64) (SignedIn, error) {
	e := entry{account: account, buckets: b, held: held, step: step}
	var refused error
	switch {
	case s.Profile.dormant(&account, s.now()):
		refused = model.Fail(model.CodeAccountDormant)
	case in.NewPassword != "":
		e.hash, refused = s.nextPassword(ctx, &account, in.NewPassword)
	case s.Profile.expired(&account, s.now()):
		refused = model.Fail(model.CodePasswordExpired)
	}
	if refused != nil { // the try did not fail: all that was proved was right
		return SignedIn{}, errors.Join(refused, s.release(ctx, held))
	}
	return s.openStaff(ctx, e)
}

// openStaff begins the session. The failures of this account from this network are
// forgotten; those from elsewhere are not its owner's, and those of this network
// with other accounts must not be washed away with one good sign-in.
func (s *Sessions) openStaff(ctx context.Context, e entry) (SignedIn, error) {
	var out SignedIn
	var ended []string
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		ok, err := tx.StaffSignedIn(e.account.ID, e.step)
		if err != nil {
			return err
		}
		if !ok {
			return model.Fail(model.CodeCredentialsInvalid, errSpent)
		}
		if ended, err = s.takeNewPassword(tx, e); err != nil {
			return err
		}
		if err := forgetFailures(tx, e); err != nil {
			return err
		}
		// Read after the account's row is held: roles cannot change until the commit.
		held, err := rightsOf(tx, e.account.ID)
		if err != nil {
			return err
		}
		if e.step == 0 && needsTOTP(held.grants) {
			return model.Fail(model.CodeTOTPRequired) // a role was given in this moment
		}
		out, err = s.open(tx, model.Session{ID: model.NewID(s.Clock.Now()), Kind: string(model.CallerStaff), AccountID: e.account.ID,
			PersonID: e.account.PersonID, CreatedAt: s.now()}, held)
		return err
	})
	if errors.Is(err, errSpent) {
		return SignedIn{}, s.refused(ctx, e.buckets, e.account.ID, "spent")
	}
	if err != nil {
		return SignedIn{}, err
	}
	for _, id := range ended {
		s.Directory.SessionEnded(id, s.now())
	}
	return out, nil
}

func forgetFailures(tx *store.Tx, e entry) error {
	if err := tx.RemoveSignInFailures(e.held); err != nil {
		return err
	}
	for _, name := range []string{e.buckets.pair, e.buckets.totp} {
		if err := tx.ClearSignInFailures(name); err != nil {
			return err
		}
	}
	return nil
}

// takeNewPassword stores the new password, if any, and ends the sign-ins before it.
func (s *Sessions) takeNewPassword(tx *store.Tx, e entry) ([]string, error) {
	if e.hash == "" {
		// A password that was changed while this one was checked opens nothing.
		now, err := tx.Staff(e.account.ID)
		if err == nil && now.PasswordHash != e.account.PasswordHash {
			err = model.Fail(model.CodeCredentialsInvalid, errSpent)
		}
		return nil, err
	}
	caller := &model.Caller{Kind: model.CallerStaff, AccountID: e.account.ID}
	ended, err := s.replacePassword(tx, caller, &e.account, e.hash)
	if model.CodeOf(err) == model.CodeCredentialsInvalid {
		err = model.Fail(model.CodeCredentialsInvalid, errSpent)
	}
	return ended, err
}
