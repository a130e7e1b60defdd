package service

import (
	"context"
	"encoding/binary"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// GrantView is one role of an account. Its id follows from what it says.
type GrantView struct {
	ID string
	model.StaffGrant
}

// GrantMade is a role that was given. The TOTP secret is shown this once, when the
// account had none and the role needs one.
type GrantMade struct {
	Grant      GrantView
	TOTPSecret string
	TOTPURI    string
}

// grantID names a role of an account: the same role in the same place has the same
// id, so that none is stored.
func grantID(g model.StaffGrant) string {
	sum := gm.SM3([]byte(strings.Join([]string{g.StaffID, string(g.Role), string(g.ScopeKind), g.ScopeID}, "\x00")))
	high, low := binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])
	out := make([]byte, 26) // 128 bits as Crockford's base32, as ULIDs are written
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = model.Crockford[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return string(out)
}

func grantViews(rows []model.StaffGrant) []GrantView {
	out := make([]GrantView, len(rows))
	for i, g := range rows {
		out[i] = GrantView{ID: grantID(g), StaffGrant: g}
	}
	return out
}

// Grants lists the roles of an account all of whose roles lie within the caller's
// reach; another is not_found.
func (s *Staff) Grants(ctx context.Context, caller *model.Caller, id string) ([]GrantView, error) {
	if caller == nil || !caller.Holds(permStaffRead) {
		return nil, model.Fail(model.CodeForbidden)
	}
	tx := s.Store.View(ctx)
	seen, err := tx.StaffSeen(reachOf(caller.Grants, permStaffRead), id)
	if err != nil {
		return nil, err
	}
	if !seen {
		return nil, model.NotFound()
	}
	rows, err := tx.GrantRows(id)
	return grantViews(rows), err
}

// AddGrant gives an account one more role, at once here and on the other replicas
// within a second: tokens with the old roles are refused, and refreshing gives the
// new ones. Errors: not_found and role_not_grantable as for Disable and Create,
// conflict for a role that is there, roles_exclude for a second administrator's
// role, state_changed for a disabled account.
func (s *Staff) AddGrant(ctx context.Context, caller *model.Caller, id string, target model.Grant) (GrantMade, error) {
	if err := checkScope(target); err != nil {
		return GrantMade{}, err
	}
	var made GrantMade
	err := s.changeGrants(ctx, caller, id, func(tx *store.Tx, account model.StaffAccount) error {
		made = GrantMade{}
		if err := mayGive(tx, caller, target); err != nil {
			return err
		}
		row := model.StaffGrant{StaffID: id, Role: target.Role, ScopeKind: target.ScopeKind, ScopeID: target.ScopeID,
			GrantedBy: caller.AccountID, GrantedAt: s.now()}
		if err := tx.AddGrant(row); err != nil {
			return err
		}
		made.Grant = GrantView{ID: grantID(row), StaffGrant: row}
		if account.TOTPSecret == "" && needsTOTP([]model.Grant{target}) {
			made.TOTPSecret = gm.NewTOTPSecret()
			made.TOTPURI = gm.TOTPURI(totpIssuer, account.Username, made.TOTPSecret)
			if err := tx.SetTOTP(id, made.TOTPSecret); err != nil {
				return err
			}
		}
		return auditGrant(tx, caller, "staff.grant", id, target)
	})
	if err != nil {
		return GrantMade{}, err
	}
	return made, nil
}

func auditGrant(tx *store.Tx, caller *model.Caller, action, id string, g model.Grant) error {
	return tx.Audit(caller, communityOf(g), action, "staff", id, map[string]string{"role": string(g.Role),
		"scope_kind": string(g.ScopeKind), "scope_id": g.ScopeID})
}

// RemoveGrant takes a role from an account, as fast as AddGrant gives one. The last
// role is not taken: state_changed, disable the account instead.
func (s *Staff) RemoveGrant(ctx context.Context, caller *model.Caller, id, grantID string) error {
	return s.changeGrants(ctx, caller, id, func(tx *store.Tx, _ model.StaffAccount) error {
		rows, err := tx.GrantRows(id)
		if err != nil {
			return err
		}
		for _, g := range grantViews(rows) {
			if g.ID != grantID {
				continue
			}
			if len(rows) == 1 {
				return &model.Error{Code: model.CodeStateChanged, State: "last_role"}
			}
			target := model.Grant{Role: g.Role, ScopeKind: g.ScopeKind, ScopeID: g.ScopeID}
			if ok, err := tx.RemoveGrant(id, target); err != nil || !ok {
				return orNotFound(err)
			}
			return auditGrant(tx, caller, "staff.revoke", id, target)
		}
		return model.NotFound()
	})
}

func orNotFound(err error) error {
	if err == nil {
		return model.NotFound()
	}
	return err
}

// changeGrants runs a change of an account's roles. The account's row is taken
// first, so that changes come one after the other and sign-ins see one or none.
func (s *Staff) changeGrants(ctx context.Context, caller *model.Caller, id string, change func(*store.Tx, model.StaffAccount) error) error {
	var version int64
	err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if version, err = tx.GrantsChanged(id); err != nil {
			return err
		}
		account, _, err := manageable(tx, caller, id)
		if err != nil {
			return err
		}
		if account.State != model.StateActive {
			return &model.Error{Code: model.CodeStateChanged, State: account.State}
		}
		return change(tx, account)
	})
	if err == nil {
		s.Directory.GrantsChanged(id, version)
	}
	return err
}

// StaffReset is what an administrator hands over: a password for one sign-in.
type StaffReset struct {
	Password   string
	TOTPSecret string
	TOTPURI    string
}

// Reset gives an account a one-time password, which must be changed at the next
// sign-in, ends all its sign-ins and lifts its locks; with totp, it gets a new
// authenticator's secret as well. Errors are those of Disable, and state_changed
// for a disabled account.
func (s *Staff) Reset(ctx context.Context, caller *model.Caller, id string, totp bool) (StaffReset, error) {
	if _, _, err := manageable(s.Store.View(ctx), caller, id); err != nil {
		return StaffReset{}, err
	}
	out := StaffReset{Password: model.NewCode(20)}
	hash, err := s.passwords.derive(ctx, out.Password)
	if err != nil {
		return StaffReset{}, err
	}
	var ended []string
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		account, roles, err := manageable(tx, caller, id)
		if err != nil {
			return err
		}
		if totp && needsTOTP(roles) {
			out.TOTPSecret = gm.NewTOTPSecret()
			out.TOTPURI = gm.TOTPURI(totpIssuer, account.Username, out.TOTPSecret)
		}
		ended, err = s.reset(tx, caller, &account, roles, hash, out.TOTPSecret)
		return err
	})
	if err != nil {
		return StaffReset{}, err
	}
	for _, session := range ended {
		s.Directory.SessionEnded(session, s.now())
	}
	return out, nil
}

func (s *Staff) reset(tx *store.Tx, caller *model.Caller, a *model.StaffAccount, roles []model.Grant, hash, secret string) ([]string, error) {
	if a.State != model.StateActive {
		return nil, &model.Error{Code: model.CodeStateChanged, State: a.State}
	}
	ok, err := tx.SetStaffPassword(a.ID, a.PasswordHash, hash, true)
	if err == nil && !ok {
		err = model.Fail(model.CodeStateChanged)
	}
	if err == nil && secret != "" {
		err = tx.SetTOTP(a.ID, secret)
	}
	if err == nil {
		err = tx.WakeStaff(a.ID)
	}
	if err == nil {
		err = tx.ClearSignInFailures(accountBucket(s.Directory.Ring(), a.Username))
	}
	if err != nil {
		return nil, err
	}
	ended, err := tx.EndSessionsOf(a.ID, endPassword)
	if err != nil {
		return nil, err
	}
	return ended, tx.Audit(caller, communityOf(roles[0]), "staff.reset", "staff", a.ID, nil)
}

// AdoptGrants seals the roles that were given by releases that did not seal them,
// once in the life of a database.
func (s *Staff) AdoptGrants(ctx context.Context) error {
	if s.Directory.Ring() == nil || len(s.Directory.Ring().Missing()) > 0 {
		return nil // nobody can be given a role either
	}
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.AdoptGrants()
		if err != nil || n == 0 {
			return err
		}
		return tx.Audit(&model.Caller{Kind: model.CallerSystem, AccountID: "upgrade"}, "", "staff.adopt_grants", "staff", "", nil)
	})
}
