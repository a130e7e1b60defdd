package service

import (
	"context"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// endPassword is why a session ended whose account has a new password.
const endPassword = "password_changed"

// ownLimit is how many wrong passwords or codes somebody who is signed in may give
// within failureWindow: a phone that was left lying about must not be a way to guess.
const ownLimit = 5

// ChangePassword gives the caller a new password and ends the other sign-ins. A
// wrong present one is credentials_invalid, and account_locked after five; the new
// one may be password_weak or password_reused.
func (s *Sessions) ChangePassword(ctx context.Context, caller *model.Caller, current, next string) error {
	account, held, done, err := s.prove(ctx, caller, current)
	if err != nil {
		return err
	}
	defer done()
	if err := s.release(ctx, held); err != nil {
		return err
	}
	hash, err := s.nextPassword(ctx, &account, next)
	if err != nil {
		return err
	}
	var ended []string
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		ended, err = s.replacePassword(tx, caller, &account, hash)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ended {
		s.Directory.SessionEnded(id, s.now())
	}
	return nil
}

// replacePassword stores a new password and ends all sign-ins but the caller's.
func (s *Sessions) replacePassword(tx *store.Tx, caller *model.Caller, a *model.StaffAccount, hash string) ([]string, error) {
	ok, err := tx.SetStaffPassword(a.ID, a.PasswordHash, hash, false)
	if err != nil {
		return nil, err
	}
	if !ok { // changed or reset meanwhile: the proof was of another password
		return nil, model.Fail(model.CodeCredentialsInvalid)
	}
	ended, err := tx.EndSessionsBut(a.ID, caller.SessionID, endPassword)
	if err != nil {
		return nil, err
	}
	return ended, tx.Audit(caller, "", "staff.password", "staff", a.ID, nil)
}

// nextPassword judges a new password and derives what is stored. A slot is held.
func (s *Sessions) nextPassword(ctx context.Context, a *model.StaffAccount, next string) (string, error) {
	if weakPassword(s.Profile, a.Username, next) {
		return "", model.Fail(model.CodePasswordWeak)
	}
	used := []string{a.PasswordHash}
	if n := s.Profile.PasswordHistory; n > 1 {
		earlier, err := s.Store.View(ctx).StaffPasswords(a.ID, n-1)
		if err != nil {
			return "", err
		}
		used = append(used, earlier...)
	}
	for _, hash := range used {
		if gm.CheckPassword(hash, next) {
			return "", model.Fail(model.CodePasswordReused)
		}
	}
	return gm.HashPassword(next)
}

// prove checks the password of somebody who is signed in. The try is held until it
// is released; done gives the slot back.
func (s *Sessions) prove(ctx context.Context, caller *model.Caller, password string) (a model.StaffAccount, held []string, done func(), err error) {
	if a, err = s.own(ctx, caller); err != nil {
		return a, nil, nil, err
	}
	if held, err = s.holdOwn(ctx, a); err != nil {
		return a, nil, nil, err
	}
	if done, err = s.passwords.wait(ctx); err != nil {
		return a, nil, nil, err
	}
	if !gm.CheckPassword(a.PasswordHash, password) {
		done()
		return a, nil, nil, s.wrongProof(ctx, caller, a.ID, "password")
	}
	return a, held, done, nil
}

// own is the caller's account.
func (s *Sessions) own(ctx context.Context, caller *model.Caller) (model.StaffAccount, error) {
	if caller == nil || caller.Kind != model.CallerStaff {
		return model.StaffAccount{}, model.Fail(model.CodeForbidden)
	}
	a, err := s.Store.View(ctx).Staff(caller.AccountID)
	if err == nil && a.State != model.StateActive {
		err = model.Fail(model.CodeUnauthenticated, errNoCredential)
	}
	return a, orUnauthenticated(err)
}

func (s *Sessions) holdOwn(ctx context.Context, a model.StaffAccount) ([]string, error) {
	bucket := accountBucket(s.Directory.Ring(), a.Username) + "own"
	return s.hold(ctx, []string{bucket}, failureLimit{bucket, ownLimit})
}

func (s *Sessions) wrongProof(ctx context.Context, caller *model.Caller, id, what string) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, "", "staff.refuse", "staff", id, map[string]string{"wrong": what})
	})
	if err != nil {
		return err
	}
	return model.Fail(model.CodeCredentialsInvalid)
}

// TOTPBegun is a secret for an authenticator, shown this once.
type TOTPBegun struct{ Secret, URI string }

// BeginTOTP makes a new secret, which takes the place of the old one when ConfirmTOTP
// is given its first code. Errors are those of a wrong password in ChangePassword.
func (s *Sessions) BeginTOTP(ctx context.Context, caller *model.Caller, password string) (TOTPBegun, error) {
	account, held, done, err := s.prove(ctx, caller, password)
	if err != nil {
		return TOTPBegun{}, err
	}
	done()
	if err := s.release(ctx, held); err != nil {
		return TOTPBegun{}, err
	}
	secret := gm.NewTOTPSecret()
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.BeginTOTP(account.ID, secret); err != nil {
			return err
		}
		return tx.Audit(caller, "", "staff.totp_begin", "staff", account.ID, nil)
	})
	if err != nil {
		return TOTPBegun{}, err
	}
	return TOTPBegun{Secret: secret, URI: gm.TOTPURI(totpIssuer, account.Username, secret)}, nil
}

// ConfirmTOTP puts the secret that was begun into force. Without one it is
// state_changed; a wrong code is credentials_invalid, and account_locked after five.
func (s *Sessions) ConfirmTOTP(ctx context.Context, caller *model.Caller, code string) error {
	account, err := s.own(ctx, caller)
	if err != nil {
		return err
	}
	if account.TOTPNext == "" {
		return model.Fail(model.CodeStateChanged)
	}
	held, err := s.holdOwn(ctx, account)
	if err != nil {
		return err
	}
	step, ok := gm.CheckTOTP(account.TOTPNext, code, s.Clock.Now())
	if !ok {
		return s.wrongProof(ctx, caller, account.ID, "totp")
	}
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.RemoveSignInFailures(held); err != nil {
			return err
		}
		ok, err := tx.ConfirmTOTP(account.ID, account.TOTPNext, step)
		if err != nil {
			return err
		}
		if !ok {
			return model.Fail(model.CodeStateChanged)
		}
		return tx.Audit(caller, "", "staff.totp", "staff", account.ID, nil)
	})
}

// Own lists the caller's sign-ins that are alive, newest first, at most 200.
func (s *Sessions) Own(ctx context.Context, caller *model.Caller) ([]model.Session, error) {
	if caller == nil || caller.SessionID == "" {
		return nil, model.Fail(model.CodeUnauthenticated)
	}
	return s.Store.View(ctx).SessionsOf(string(caller.Kind), caller.AccountID, 200)
}

// EndOwn ends one of the caller's sign-ins: here at once, elsewhere within a second.
// One of somebody else, or one that has ended, is not_found.
func (s *Sessions) EndOwn(ctx context.Context, caller *model.Caller, id string) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		session, err := tx.Session(id)
		if err != nil {
			return err
		}
		if session.Kind != string(caller.Kind) || session.AccountID != caller.AccountID {
			return model.NotFound()
		}
		ended, err := tx.EndSession(id, endSignedOut)
		if err != nil {
			return err
		}
		if !ended {
			return model.NotFound()
		}
		return tx.Audit(caller, "", "session.end", "session", id, nil)
	})
	if err == nil {
		s.Directory.SessionEnded(id, s.now())
	}
	return err
}
