package service_test

import (
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// places are one of each kind, by kind, and a strange one of each kind.
func (d *desk) places(t testing.TB) (own, strange map[model.ScopeKind]string) {
	t.Helper()
	street := model.Street{ID: d.ID(), Name: "另一街道"}
	committee := model.Committee{ID: d.ID(), StreetID: street.ID, Name: "另一居委会"}
	community := model.Community{ID: d.ID(), CommitteeID: committee.ID, Number: 77, Name: "另一小区", Mode: model.ModeOrdinary, RuleVersion: 1}
	d.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateStreet(street); err != nil {
			return err
		}
		if err := tx.CreateCommittee(committee); err != nil {
			return err
		}
		return tx.CreateCommunity(community)
	})
	return map[model.ScopeKind]string{model.ScopePlatform: "", model.ScopeStreet: d.Street.ID, model.ScopeCommittee: d.Committee.ID, model.ScopeCommunity: d.Garden.ID},
		map[model.ScopeKind]string{model.ScopeStreet: street.ID, model.ScopeCommittee: committee.ID, model.ScopeCommunity: community.ID}
}

func (d *desk) create(t testing.TB, caller *model.Caller, username string, g model.Grant) (service.StaffMade, error) {
	t.Helper()
	return d.createWith(t, caller, username, goodWords, g)
}

func (d *desk) createWith(t testing.TB, caller *model.Caller, username, password string, g model.Grant) (service.StaffMade, error) {
	t.Helper()
	return d.Staff.Create(t.Context(), caller, service.NewStaffMember{Username: username, Password: password, Name: "孙七", Phone: "13611112222", Grant: g})
}

func TestCreateStaff(t *testing.T) {
	d := newDesk(t)
	manager := d.Manager(d.Garden)
	made, err := d.create(t, manager, "guard.sun", model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID})
	if err != nil {
		t.Fatal(err)
	}
	if made.TOTPSecret != "" || made.TOTPURI != "" || made.Staff.NameMasked != "孙*" || made.Staff.LastSignInAt != 0 {
		t.Errorf("made %+v", made.Staff)
	}
	account, err := d.Store.View(t.Context()).StaffByUsername("guard.sun")
	if err != nil || account.CreatedBy != manager.AccountID || strings.Contains(account.PasswordHash, goodWords) {
		t.Errorf("stored %s by %s, %v", account.ID, account.CreatedBy, err)
	}
	person, err := d.Store.View(t.Context()).Person(account.PersonID)
	if err != nil || person.Name != "孙七" || person.Phone != "13611112222" {
		t.Errorf("the person came back otherwise, %v", err)
	}
	if _, err := d.try(t, "guard.sun", goodWords, ""); err != nil {
		t.Error(err)
	}
	_, err = d.create(t, manager, "guard.sun", model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID})
	wantCode(t, err, model.CodeConflict)
	if n := strings.Count(d.acts(t), "staff.create"); n != 1 {
		t.Errorf("%d in the audit log", n)
	}
}

func TestCreateStaffWithSecondFactor(t *testing.T) {
	d := newDesk(t)
	made, err := d.create(t, d.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, d.Committee.ID), "manager.sun",
		model.Grant{Role: model.RolePropertyManager, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID})
	if err != nil {
		t.Fatal(err)
	}
	o := officer{StaffAccount: model.StaffAccount{Username: "manager.sun", TOTPSecret: made.TOTPSecret}}
	if _, err := d.try(t, "manager.sun", goodWords, d.code(t, o)); err != nil {
		t.Errorf("with the secret that was shown: %v", err)
	}
}

func TestCreateStaffRefusals(t *testing.T) {
	d := newDesk(t)
	manager := d.Manager(d.Garden)
	guard := model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID}
	with := func(change func(*model.Grant)) model.Grant { g := guard; change(&g); return g }
	_, strange := d.places(t)
	twofold := d.Manager(d.Garden) // and an officer of another committee, who could grant a manager there
	twofold.Grants = append(twofold.Grants, model.Grant{Role: model.RoleCommitteeOfficer, ScopeKind: model.ScopeCommittee, ScopeID: strange[model.ScopeCommittee]})
	for name, c := range map[string]struct {
		caller *model.Caller
		grant  model.Grant
		want   model.Code
	}{
		"a role of elsewhere": {twofold, with(func(g *model.Grant) { g.Role = model.RolePropertyManager }), model.CodeRoleNotGrantable},
		"nobody":              {nil, guard, model.CodeForbidden},
		"a resident":          {&model.Caller{Kind: model.CallerPerson, PersonID: "p"}, guard, model.CodeForbidden},
		"a guard":             {d.StaffCaller(model.RoleGuard, model.ScopeCommunity, d.Garden.ID), guard, model.CodeForbidden},
		"another community":   {d.Manager(d.Harbour), guard, model.CodeNotFound},
		"an unknown place":    {manager, with(func(g *model.Grant) { g.ScopeID = d.ID() }), model.CodeNotFound},
		"a street as one":     {manager, with(func(g *model.Grant) { g.ScopeID = d.Street.ID }), model.CodeNotFound},
		"the own role":        {manager, with(func(g *model.Grant) { g.Role = model.RolePropertyManager }), model.CodeRoleNotGrantable},
		"the platform":        {manager, model.Grant{Role: model.RoleSystemAdmin, ScopeKind: model.ScopePlatform}, model.CodeRoleNotGrantable},
		"a guard of a street": {manager, with(func(g *model.Grant) { g.ScopeKind, g.ScopeID = model.ScopeStreet, d.Street.ID }), model.CodeRoleNotGrantable},
		"a resident's role":   {manager, with(func(g *model.Grant) { g.Role = model.RoleResident }), model.CodeRoleNotGrantable},
		"an unknown role":     {manager, with(func(g *model.Grant) { g.Role = "emperor" }), model.CodeRoleNotGrantable},
		"an unknown kind":     {manager, with(func(g *model.Grant) { g.ScopeKind = "planet" }), model.CodeRoleNotGrantable},
		"no place":            {manager, with(func(g *model.Grant) { g.ScopeID = "" }), model.CodeInvalid},
		"platform with place": {manager, with(func(g *model.Grant) { g.ScopeKind = model.ScopePlatform }), model.CodeInvalid},
	} {
		if _, err := d.create(t, c.caller, "new.one", c.grant); model.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, err := d.createWith(t, manager, "new.one", "new.one2026", guard)
	wantCode(t, err, model.CodePasswordWeak)
	if acts := d.acts(t); acts != "" {
		t.Errorf("audit log: %s", acts)
	}
}

// usernames lists what a caller sees, in pages of two.
func (d *desk) usernames(t testing.TB, caller *model.Caller) string {
	t.Helper()
	var names []string
	for page := (service.Page{Limit: 2}); ; {
		list, err := d.Staff.List(t.Context(), caller, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list.Items {
			names = append(names, v.Username)
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			slices.Sort(names)
			return strings.Join(names, " ")
		}
	}
}

func TestListShowsOnlyTheOwnReach(t *testing.T) {
	d := newDesk(t)
	own, strange := d.places(t)
	kinds := map[model.ScopeKind]model.Role{model.ScopeStreet: model.RoleStreetOfficer, model.ScopeCommittee: model.RoleCommitteeOfficer, model.ScopeCommunity: model.RolePropertyManager}
	for kind, role := range kinds {
		d.officer(t, "own."+string(kind), role, kind, own[kind])
		d.officer(t, "strange."+string(kind), role, kind, strange[kind])
	}
	d.officer(t, "harbour", model.RoleGuard, model.ScopeCommunity, d.Harbour.ID)
	d.officer(t, "top", model.RoleAuditor, model.ScopePlatform, "")
	d.officerOf(t, "both", model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID},
		model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: strange[model.ScopeCommunity]})
	d.officerOf(t, "nobody")
	for _, c := range []struct {
		role model.Role
		kind model.ScopeKind
		id   string
		want string
	}{
		{model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID, "own.community"},
		{model.RoleCommitteeOfficer, model.ScopeCommittee, d.Committee.ID, "harbour own.committee own.community"},
		{model.RoleStreetOfficer, model.ScopeStreet, d.Street.ID, "harbour own.committee own.community own.street"},
		{model.RoleAuditor, model.ScopeStreet, strange[model.ScopeStreet], "strange.committee strange.community strange.street"},
		{model.RoleAuditor, model.ScopePlatform, "", "both harbour nobody own.committee own.community own.street strange.committee strange.community strange.street top"},
	} {
		if got := d.usernames(t, d.StaffCaller(c.role, c.kind, c.id)); got != c.want {
			t.Errorf("%s sees %q, want %q", c.role, got, c.want)
		}
	}
	for _, caller := range []*model.Caller{nil, {Kind: model.CallerPerson}, d.StaffCaller(model.RoleGuard, model.ScopeCommunity, d.Garden.ID)} {
		_, err := d.Staff.List(t.Context(), caller, service.Page{})
		wantCode(t, err, model.CodeForbidden)
	}
}

func TestDisableEndsEverySignIn(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	beside := d.officer(t, "guard.ma", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	one, two, other := d.enter(t, o), d.enter(t, o), d.enter(t, beside)
	for range 2 { // twice is no error
		view, err := d.Staff.Disable(t.Context(), d.Manager(d.Garden), o.ID)
		if err != nil || view.State != "disabled" {
			t.Fatalf("%+v, %v", view, err)
		}
	}
	for _, in := range []service.SignedIn{one, two} {
		_, err := d.who(in)
		wantCode(t, err, model.CodeUnauthenticated)
		_, err = d.Sessions.Refresh(t.Context(), in.RefreshToken)
		wantCode(t, err, model.CodeUnauthenticated)
	}
	_, err := d.try(t, o.Username, goodWords, "")
	wantCode(t, err, model.CodeCredentialsInvalid)
	if _, err := d.who(other); err != nil {
		t.Error("a colleague was signed out")
	}
	if n := strings.Count(d.acts(t), "staff.disable"); n != 1 {
		t.Errorf("%d in the audit log", n)
	}
	feed, err := d.Store.View(t.Context()).ChangesAfter(0, 500)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, c := range feed {
		if c.Kind == model.ChangeSession {
			told++
		}
	}
	if told < 2 {
		t.Errorf("the feed tells of %d ends", told)
	}
}

func TestDisableAndUnlockRefusals(t *testing.T) {
	d := newDesk(t)
	guard := d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	manager := d.officer(t, "manager.wang", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	street := d.officer(t, "street.he", model.RoleStreetOfficer, model.ScopeStreet, d.Street.ID)
	both := d.officerOf(t, "both", model.Grant{Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID},
		model.Grant{Role: model.RolePropertyManager, ScopeKind: model.ScopeCommunity, ScopeID: d.Harbour.ID})
	for name, c := range map[string]struct {
		caller *model.Caller
		id     string
		want   model.Code
	}{
		"nobody":                   {nil, guard.ID, model.CodeForbidden},
		"a guard":                  {guard.caller(), guard.ID, model.CodeForbidden},
		"an auditor":               {d.StaffCaller(model.RoleAuditor, model.ScopePlatform, ""), guard.ID, model.CodeForbidden},
		"unknown":                  {manager.caller(), d.ID(), model.CodeNotFound},
		"another community's":      {d.Manager(d.Harbour), guard.ID, model.CodeNotFound},
		"another's, higher":        {d.Manager(d.Harbour), manager.ID, model.CodeNotFound},
		"above":                    {manager.caller(), street.ID, model.CodeNotFound},
		"partly elsewhere":         {manager.caller(), both.ID, model.CodeNotFound},
		"oneself":                  {manager.caller(), manager.ID, model.CodeRoleNotGrantable},
		"a peer":                   {d.Manager(d.Garden), manager.ID, model.CodeRoleNotGrantable},
		"below, not the own to do": {street.caller(), guard.ID, model.CodeRoleNotGrantable},
	} {
		if _, err := d.Staff.Disable(t.Context(), c.caller, c.id); model.CodeOf(err) != c.want {
			t.Errorf("%s: disable answers %v, want %s", name, err, c.want)
		}
		if _, err := d.Staff.Unlock(t.Context(), c.caller, c.id); model.CodeOf(err) != c.want {
			t.Errorf("%s: unlock answers %v, want %s", name, err, c.want)
		}
	}
	if acts := d.acts(t); acts != "" {
		t.Errorf("audit log: %s", acts)
	}
}
