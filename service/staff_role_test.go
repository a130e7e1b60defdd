package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

var onPlatform = func(r model.Role) model.Grant { return model.Grant{Role: r, ScopeKind: model.ScopePlatform} }

// replica is a second memory over the same database, with its feed.
func (d *desk) replica(t testing.TB) (*service.Sessions, *service.Feed) {
	t.Helper()
	deps := d.Deps
	deps.Directory = service.NewDirectory(d.Store, d.Master)
	feed, err := service.NewFeed(t.Context(), deps)
	if err != nil {
		t.Fatal(err)
	}
	if err := deps.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return service.NewSessions(deps, wechatBy{}, appID, service.NewPasswords()), feed
}

func TestAdministratorsExcludeEachOther(t *testing.T) {
	d := newDesk(t)
	chief := d.officer(t, "chief", model.RoleSystemAdmin, model.ScopePlatform, "")
	for range 5 {
		someone := d.officer(t, "someone."+d.ID()[20:], model.RoleStreetOfficer, model.ScopeStreet, d.Street.ID)
		roles := []model.Role{model.RoleAuditor, model.RoleSecurityAdmin}
		codes := together(6, func(i int) error {
			_, err := d.Staff.AddGrant(t.Context(), chief.caller(), someone.ID, onPlatform(roles[i%2]))
			return err
		})
		if codes[""] != 1 || codes[model.CodeRolesExclude] != 3 {
			t.Errorf("answers %v", codes)
		}
	}
	auditor := d.officer(t, "auditor", model.RoleAuditor, model.ScopePlatform, "")
	_, err := d.Staff.AddGrant(t.Context(), chief.caller(), auditor.ID, onPlatform(model.RoleSecurityAdmin))
	wantCode(t, err, model.CodeRolesExclude)
	// A second place of the same role is no second role; freed, another may come.
	second, err := d.Staff.AddGrant(t.Context(), chief.caller(), auditor.ID, model.Grant{Role: model.RoleAuditor, ScopeKind: model.ScopeStreet, ScopeID: d.Street.ID})
	if err != nil {
		t.Fatal(err)
	}
	held := mustDo[[]service.GrantView](t)(d.Staff.Grants(t.Context(), chief.caller(), auditor.ID))
	for _, g := range held {
		if g.ID != second.Grant.ID {
			if err := d.Staff.RemoveGrant(t.Context(), chief.caller(), auditor.ID, g.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err = d.Staff.AddGrant(t.Context(), chief.caller(), auditor.ID, onPlatform(model.RoleSecurityAdmin))
	wantCode(t, err, model.CodeRolesExclude)
	wantCode(t, d.Staff.RemoveGrant(t.Context(), chief.caller(), auditor.ID, second.Grant.ID), model.CodeStateChanged)
}

func TestChangedRolesHoldOnAllReplicas(t *testing.T) {
	d := newDesk(t)
	chief := d.officer(t, "chief", model.RoleSystemAdmin, model.ScopePlatform, "")
	guard := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	in := d.enter(t, guard)
	other, feed := d.replica(t)
	for _, s := range []*service.Sessions{d.Sessions, other} {
		if _, err := s.Authenticate(t.Context(), in.AccessToken); err != nil {
			t.Fatal(err)
		}
	}
	made, err := d.Staff.AddGrant(t.Context(), chief.caller(), guard.ID, model.Grant{Role: model.RolePropertyManager, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID})
	if err != nil || made.TOTPSecret == "" {
		t.Fatalf("made %v, %v", made.Grant.ID, err)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*service.Sessions{d.Sessions, other} {
		_, err := s.Authenticate(t.Context(), in.AccessToken)
		wantCode(t, err, model.CodeUnauthenticated)
	}
	in, err = other.Refresh(t.Context(), in.RefreshToken)
	if err != nil || len(in.Grants) != 2 {
		t.Fatalf("refreshed to %v, %v", in.Grants, err)
	}
	if _, err := d.who(in); err != nil {
		t.Error(err)
	}
	// A replica that starts now knows as well.
	if err := d.Staff.RemoveGrant(t.Context(), chief.caller(), guard.ID, made.Grant.ID); err != nil {
		t.Fatal(err)
	}
	late, _ := d.replica(t)
	_, err = late.Authenticate(t.Context(), in.AccessToken)
	wantCode(t, err, model.CodeUnauthenticated)
}

func TestWhoMayGiveAndTake(t *testing.T) {
	d := newDesk(t)
	guard := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	manager := d.officer(t, "manager", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	inGarden := func(r model.Role) model.Grant {
		return model.Grant{Role: r, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID}
	}
	for name, c := range map[string]struct {
		by     *model.Caller
		id     string
		target model.Grant
		code   model.Code
	}{
		"one's own account":           {manager.caller(), manager.ID, inGarden(model.RoleGuard), model.CodeRoleNotGrantable},
		"a role above":                {manager.caller(), guard.ID, inGarden(model.RolePropertyManager), model.CodeRoleNotGrantable},
		"another community's guard":   {d.Manager(d.Harbour), guard.ID, inGarden(model.RoleGuard), model.CodeNotFound},
		"in another community":        {manager.caller(), guard.ID, model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Harbour.ID}, model.CodeNotFound},
		"a role that is there":        {manager.caller(), guard.ID, inGarden(model.RoleGuard), model.CodeConflict},
		"a guard of the platform":     {manager.caller(), guard.ID, onPlatform(model.RoleGuard), model.CodeRoleNotGrantable},
		"somebody who does not exist": {manager.caller(), d.ID(), inGarden(model.RoleGuard), model.CodeNotFound},
		"by a guard":                  {guard.caller(), guard.ID, inGarden(model.RoleGuard), model.CodeForbidden},
		"without a place":             {manager.caller(), guard.ID, model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity}, model.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.Staff.AddGrant(t.Context(), c.by, c.id, c.target)
			wantCode(t, err, c.code)
		})
	}
}

// A role that is written into the table by hand, or changed there, gives nothing and
// is reported.
func TestARoleWithoutSealGivesNothing(t *testing.T) {
	d := newDesk(t)
	guard := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	db := d.Probe(t)
	for name, statement := range map[string]string{
		"slipped in":  "INSERT INTO staff_grants (staff_id, role, scope_kind, scope_id, granted_by, granted_at) VALUES ('" + guard.ID + "', 'system_admin', 'platform', '', 'x', 1)",
		"with a seal": "INSERT INTO staff_grants (staff_id, role, scope_kind, scope_id, granted_by, granted_at, mac) SELECT staff_id, 'street_officer', 'street', '" + d.Street.ID + "', granted_by, granted_at, mac FROM staff_grants WHERE role = 'guard'",
		"changed":     "UPDATE staff_grants SET scope_id = '" + d.Harbour.ID + "' WHERE role = 'guard'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if held := mustDo[map[string][]model.Grant](t)(d.Store.View(t.Context()).StaffGrants(guard.ID)); len(held[guard.ID]) != 0 {
		t.Errorf("holds %v", held)
	}
	if found := mustDo[[]model.StaffGrant](t)(d.Store.View(t.Context()).FalseGrants(10)); len(found) != 3 {
		t.Errorf("%d false roles are reported", len(found))
	}
	// Adopting does not let them in: some roles of this database were sealed.
	if _, err := db.Exec("DELETE FROM meta"); err != nil {
		t.Fatal(err)
	}
	if err := d.Staff.AdoptGrants(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := mustDo[[]model.StaffGrant](t)(d.Store.View(t.Context()).FalseGrants(10)); len(found) != 3 {
		t.Errorf("%d false roles after adopting", len(found))
	}
}

func TestRolesOfEarlierReleasesAreAdoptedOnce(t *testing.T) {
	d := newDesk(t)
	guard := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	db := d.Probe(t)
	for range 2 {
		if _, err := db.Exec("UPDATE staff_grants SET mac = NULL"); err != nil {
			t.Fatal(err)
		}
		if err := d.Staff.AdoptGrants(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if held := mustDo[map[string][]model.Grant](t)(d.Store.View(t.Context()).StaffGrants(guard.ID)); len(held) != 0 {
		t.Errorf("adopted twice: %v", held)
	}
}
