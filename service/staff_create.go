package service

import (
	"context"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// totpIssuer is what an authenticator app shows beside the username.
const totpIssuer = "CommunityPass"

// NewStaffMember is an account to be made, with one role in one place.
type NewStaffMember struct {
	Username string
	Password string
	Name     string
	Phone    string
	Grant    model.Grant
}

// StaffMade is a new account. The TOTP secret is shown this once, and empty for
// roles that need none.
type StaffMade struct {
	Staff      StaffView
	TOTPSecret string
	TOTPURI    string
}

// Create makes an account with a role that the caller may give. Its errors are
// role_not_grantable, not_found for a place out of reach, password_weak, and
// conflict for a username that is taken.
func (s *Staff) Create(ctx context.Context, caller *model.Caller, in NewStaffMember) (StaffMade, error) {
	if caller == nil || !caller.Holds(permStaffManage) {
		return StaffMade{}, model.Fail(model.CodeForbidden)
	}
	if err := checkScope(in.Grant); err != nil {
		return StaffMade{}, err
	}
	// Asked before the password costs anything, and again in the transaction.
	if err := mayGive(s.Store.View(ctx), caller, in.Grant); err != nil {
		return StaffMade{}, err
	}
	hash, err := s.passwords.hash(ctx, s.Profile, in.Username, in.Password)
	if err != nil {
		return StaffMade{}, err
	}
	var made StaffMade
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := mayGive(tx, caller, in.Grant); err != nil {
			return err
		}
		made, err = s.add(tx, caller, in, hash)
		return err
	})
	if err != nil {
		return StaffMade{}, err
	}
	return made, nil
}

// checkScope wants an id with every scope but the platform.
func checkScope(g model.Grant) error {
	switch {
	case g.ScopeKind == model.ScopePlatform && g.ScopeID != "":
		return model.Invalid(model.FieldError{Field: "/scope_id", Code: "unknown"})
	case g.ScopeKind != model.ScopePlatform && g.ScopeID == "":
		return model.Invalid(model.FieldError{Field: "/scope_id", Code: "required"})
	}
	return nil
}

// add stores a person, the account and its role. caller is nil for the first of all.
func (s *Staff) add(tx *store.Tx, caller *model.Caller, in NewStaffMember, hash string) (StaffMade, error) {
	now := s.Clock.Now()
	by := "bootstrap"
	if caller != nil {
		by = caller.AccountID
	}
	person := model.Person{ID: model.NewID(now), Name: in.Name, Phone: in.Phone, CreatedAt: model.Millis(now)}
	account := model.StaffAccount{ID: model.NewID(now), PersonID: person.ID, Username: in.Username, PasswordHash: hash,
		State: model.StateActive, CreatedBy: by, CreatedAt: model.Millis(now)}
	var made StaffMade
	if needsTOTP([]model.Grant{in.Grant}) {
		account.TOTPSecret = gm.NewTOTPSecret()
		made.TOTPSecret, made.TOTPURI = account.TOTPSecret, gm.TOTPURI(totpIssuer, account.Username, account.TOTPSecret)
	}
	if err := tx.CreatePerson(person); err != nil {
		return made, err
	}
	grant := model.StaffGrant{StaffID: account.ID, Role: in.Grant.Role, ScopeKind: in.Grant.ScopeKind, ScopeID: in.Grant.ScopeID,
		GrantedBy: by, GrantedAt: model.Millis(now)}
	if err := tx.CreateStaff(account, []model.StaffGrant{grant}); err != nil {
		return made, err
	}
	err := tx.Audit(caller, communityOf(in.Grant), "staff.create", "staff", account.ID, map[string]string{
		"role": string(grant.Role), "scope_kind": string(grant.ScopeKind), "scope_id": grant.ScopeID})
	if err != nil {
		return made, err
	}
	made.Staff, err = staffView(tx, account.ID)
	return made, err
}

// communityOf is the community that an act upon a role is logged under, or none.
func communityOf(g model.Grant) string {
	if g.ScopeKind == model.ScopeCommunity {
		return g.ScopeID
	}
	return ""
}
