package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Disable ends an account and all its sign-ins: here at once, on the other replicas
// within a second. An account out of reach is not_found, one with a role that the
// caller could not have given is role_not_grantable; nobody can disable
// themselves, since no role grants itself. Disabling twice is no error.
func (s *Staff) Disable(ctx context.Context, caller *model.Caller, id string) (StaffView, error) {
	var view StaffView
	var ended []string
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		account, roles, err := manageable(tx, caller, id)
		if err != nil {
			return err
		}
		disabled, err := tx.DisableStaff(account.ID)
		if err != nil {
			return err
		}
		if ended, err = tx.EndSessionsOf(account.ID, endDisabled); err != nil {
			return err
		}
		if disabled {
			if err := tx.Audit(caller, communityOf(roles[0]), "staff.disable", "staff", account.ID, nil); err != nil {
				return err
			}
		}
		view, err = staffView(tx, account.ID)
		return err
	})
	if err != nil {
		return StaffView{}, err
	}
	for _, session := range ended {
		s.Directory.SessionEnded(session, s.now())
	}
	return view, nil
}

// Unlock forgets the failed sign-ins of an account, from all networks. The lock of
// a network stays: it guards others as well. Its errors are those of Disable.
func (s *Staff) Unlock(ctx context.Context, caller *model.Caller, id string) (StaffView, error) {
	var view StaffView
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		account, roles, err := manageable(tx, caller, id)
		if err != nil {
			return err
		}
		if err := tx.ClearSignInFailures(accountBucket(s.Directory.Ring(), account.Username)); err != nil {
			return err
		}
		if err := tx.WakeStaff(account.ID); err != nil {
			return err
		}
		if err := tx.Audit(caller, communityOf(roles[0]), "staff.unlock", "staff", account.ID, nil); err != nil {
			return err
		}
		view, err = staffView(tx, account.ID)
		return err
	})
	if err != nil {
		return StaffView{}, err
	}
	return view, nil
}

// manageable reads an account all of whose roles the caller could have given, and
// those roles, of which there is at least one.
func manageable(tx *store.Tx, caller *model.Caller, id string) (model.StaffAccount, []model.Grant, error) {
	if caller == nil || !caller.Holds(permStaffManage) {
		return model.StaffAccount{}, nil, model.Fail(model.CodeForbidden)
	}
	account, err := tx.Staff(id)
	if err != nil {
		return account, nil, err
	}
	roles, err := grantsOf(tx, id)
	if err != nil {
		return account, nil, err
	}
	if len(roles) == 0 {
		return account, nil, model.NotFound()
	}
	// All places before any role: what lies out of reach looks missing.
	var refused error
	for _, role := range roles {
		if err := mayTake(tx, caller, role); model.IsNotFound(err) {
			return account, nil, err
		} else if err != nil {
			refused = err
		}
	}
	return account, roles, refused
}
