package service

import (
	"context"
	"errors"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

var errRefreshDead = errors.New("the refresh token is unknown, expired or of an ended session")

// Refresh spends a refresh token and gives a new pair. When a token comes a second
// time, either the first or the second who showed it is a thief, and nobody can
// tell which: the session ends for both and the code is refresh_token_reused.
// That holds for two who come in the same instant as well: one of them is given a
// pair, and the other's coming ends it. A token that is unknown, has expired or is
// of an ended session is unauthenticated.
func (s *Sessions) Refresh(ctx context.Context, token string) (SignedIn, error) {
	if !strings.HasPrefix(token, refreshPrefix+"_") {
		return SignedIn{}, model.Fail(model.CodeUnauthenticated, errRefreshDead)
	}
	var out SignedIn
	var stolen string // the session that a reuse ended
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		stolen = ""
		row, spent, err := tx.UseRefreshToken(gm.HashToken(token))
		if err != nil {
			return orUnauthenticated(err)
		}
		if spent {
			out, err = s.renew(tx, row.SessionID)
			return err
		}
		if row.UsedAt == 0 {
			return model.Fail(model.CodeUnauthenticated, errRefreshDead)
		}
		stolen = row.SessionID
		return s.endStolen(tx, stolen)
	})
	if err != nil {
		return SignedIn{}, err
	}
	if stolen != "" {
		s.Directory.SessionEnded(stolen, s.now())
		return SignedIn{}, model.Fail(model.CodeRefreshReused)
	}
	return out, nil
}

// renew issues the next pair of a session that is alive, with the roles that the
// account has by now.
func (s *Sessions) renew(tx *store.Tx, sessionID string) (SignedIn, error) {
	session, err := tx.Session(sessionID)
	if err != nil {
		return SignedIn{}, orUnauthenticated(err)
	}
	var held rights
	if session.Kind == string(model.CallerStaff) {
		if held, err = rightsOf(tx, session.AccountID); err != nil {
			return SignedIn{}, orUnauthenticated(err)
		}
	}
	session.ExpiresAt = s.Profile.ends(session, held.grants, s.now())
	alive, err := tx.KeepSession(session.ID, session.ExpiresAt)
	if err != nil {
		return SignedIn{}, err
	}
	if !alive {
		return SignedIn{}, model.Fail(model.CodeUnauthenticated, errRefreshDead)
	}
	return s.issue(tx, session, held)
}

// endStolen ends the session of a token that came twice; unauthenticated when it
// had ended before.
func (s *Sessions) endStolen(tx *store.Tx, sessionID string) error {
	ended, err := tx.EndSession(sessionID, endReused)
	if err != nil {
		return err
	}
	if !ended {
		return model.Fail(model.CodeUnauthenticated, errRefreshDead)
	}
	return tx.Audit(nil, "", "session.reuse", "session", sessionID, nil)
}

// grantsOf reads the present roles of one account.
func grantsOf(tx *store.Tx, staffID string) ([]model.Grant, error) {
	all, err := tx.StaffGrants(staffID)
	return all[staffID], err
}

// rightsOf reads the present roles with the count of their changes, the count
// first: should they change in between, the token is dead rather than wrong.
func rightsOf(tx *store.Tx, staffID string) (rights, error) {
	account, err := tx.Staff(staffID)
	if err != nil && !model.IsNotFound(err) {
		return rights{}, err
	}
	grants, err := grantsOf(tx, staffID)
	return rights{grants, account.GrantsVersion}, err
}

// orUnauthenticated hides that a row is missing from somebody who is not known yet.
func orUnauthenticated(err error) error {
	if model.IsNotFound(err) {
		return model.Fail(model.CodeUnauthenticated, errRefreshDead)
	}
	return err
}
