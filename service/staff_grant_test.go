package service_test

import (
	"fmt"
	"testing"

	"communitypass.cn/communitypass/model"
)

// granting is who may give which role, written down a second time: a change of the
// table has to be made here as well, by somebody who means it.
var granting = map[model.Role]map[model.Role]bool{
	model.RolePropertyManager:  {model.RoleGuard: true},
	model.RoleCommitteeOfficer: {model.RoleGuard: true, model.RolePropertyManager: true},
	model.RoleStreetOfficer:    {model.RoleCommitteeOfficer: true},
	model.RoleSecurityAdmin: {model.RoleAuditor: true, model.RoleStreetOfficer: true, model.RoleCommitteeOfficer: true,
		model.RolePropertyManager: true, model.RoleGuard: true},
	model.RoleSystemAdmin: {model.RoleSecurityAdmin: true, model.RoleAuditor: true, model.RoleStreetOfficer: true,
		model.RoleCommitteeOfficer: true, model.RolePropertyManager: true, model.RoleGuard: true},
}

// width orders scopes: what is wider covers what is narrower and belongs to it.
var width = map[model.ScopeKind]int{model.ScopePlatform: 4, model.ScopeStreet: 3, model.ScopeCommittee: 2, model.ScopeCommunity: 1}

// held lists where each role can be held, as granting does.
var held = map[model.Role][]model.ScopeKind{
	model.RoleGuard: {model.ScopeCommunity}, model.RolePropertyManager: {model.ScopeCommunity},
	model.RoleCommitteeOfficer: {model.ScopeCommittee}, model.RoleStreetOfficer: {model.ScopeStreet},
	model.RoleAuditor: {model.ScopePlatform, model.ScopeStreet}, model.RoleSecurityAdmin: {model.ScopePlatform},
	model.RoleSystemAdmin: {model.ScopePlatform},
}

// TestNobodyGrantsMoreThanTheTable tries every role in every kind of place against
// every role in every kind of place, the own one and a stranger's.
func TestNobodyGrantsMoreThanTheTable(t *testing.T) {
	d := newDesk(t)
	own, strange := d.places(t)
	allowed, tried := 0, 0
	each := func(f func(model.Role, model.ScopeKind)) {
		for _, row := range model.RoleTable {
			for kind := range width {
				f(row.Role, kind)
			}
		}
	}
	each(func(giver model.Role, at model.ScopeKind) {
		caller := d.StaffCaller(giver, at, own[at])
		each(func(given model.Role, kind model.ScopeKind) {
			holds := false
			for _, k := range held[given] {
				holds = holds || k == kind
			}
			for _, place := range []struct {
				id      string
				covered bool
			}{{own[kind], width[at] >= width[kind]}, {strange[kind], at == model.ScopePlatform}} {
				if place.id == "" && kind != model.ScopePlatform {
					continue
				}
				may := granting[giver][given] && holds && place.covered
				tried++
				err := d.mayCreate(t, caller, model.Grant{Role: given, ScopeKind: kind, ScopeID: place.id})
				if (err == nil) != may {
					t.Errorf("%s of a %s gives %s of a %s: %v", giver, at, given, kind, err)
				}
				if may {
					allowed++
				}
			}
		})
	})
	t.Logf("%d tried, %d allowed", tried, allowed)
	if allowed == 0 || tried < 1000 {
		t.Errorf("%d tried, %d allowed: the test proves nothing", tried, allowed)
	}
}

// mayCreate asks for the account with a password that is always refused, which is
// judged after the role and its place and costs nothing.
func (d *desk) mayCreate(t testing.TB, caller *model.Caller, g model.Grant) error {
	t.Helper()
	_, err := d.createWith(t, caller, fmt.Sprint("n", d.ID()), "12345678", g)
	switch model.CodeOf(err) {
	case model.CodePasswordWeak:
		return nil
	case model.CodeRoleNotGrantable, model.CodeNotFound, model.CodeForbidden:
		return err
	}
	t.Fatalf("answer %v", err)
	return nil
}
