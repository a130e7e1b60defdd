package service

import (
	"context"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Why a session ended, as stored.
const (
	endSignedOut = "signed_out"
	endReused    = "refresh_token_reused"
	endDisabled  = "account_disabled"
)

// End signs the caller out: the session's tokens are dead here at once and on the
// other replicas within a second. cookieToken, which may be empty, is the refresh
// token that the browser still holds. When it is of another session of the same
// account, as after two sign-ins in one browser, that one ends too: signing out
// leaves nothing alive behind. Ending twice is no error.
func (s *Sessions) End(ctx context.Context, caller *model.Caller, cookieToken string) error {
	if caller == nil || caller.SessionID == "" {
		return model.Fail(model.CodeUnauthenticated)
	}
	var ids []string
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		ids = []string{caller.SessionID}
		other, err := s.sessionOf(tx, caller, cookieToken)
		if err != nil {
			return err
		}
		if other != "" && other != caller.SessionID {
			ids = append(ids, other)
		}
		for _, id := range ids {
			ended, err := tx.EndSession(id, endSignedOut)
			if err != nil {
				return err
			}
			if !ended {
				continue
			}
			if err := tx.Audit(caller, "", "session.end", "session", id, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		s.Directory.SessionEnded(id, s.now())
	}
	return nil
}

// sessionOf finds the session of a refresh token, if it is of the caller's account.
func (s *Sessions) sessionOf(tx *store.Tx, caller *model.Caller, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	row, err := tx.RefreshToken(gm.HashToken(token))
	if err == nil {
		var session model.Session
		if session, err = tx.Session(row.SessionID); err == nil && session.AccountID == caller.AccountID {
			return session.ID, nil
		}
	}
	if model.IsNotFound(err) {
		return "", nil
	}
	return "", err
}
