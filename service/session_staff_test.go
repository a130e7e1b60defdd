package service_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// try signs in with a password and a one-time code from the office.
func (d *desk) try(t testing.TB, username, password, code string) (service.SignedIn, error) {
	t.Helper()
	return d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: username, Password: password, TOTP: code}, office)
}

func TestStaffSignIn(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager.wang", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	in, err := d.try(t, o.Username, goodWords, d.code(t, o))
	if err != nil {
		t.Fatal(err)
	}
	if in.PersonID != o.PersonID || in.NameMasked != "王***" || !in.Registered || in.ExpiresIn != 900 || len(in.Grants) != 1 || in.Grants[0] != o.grants[0] {
		t.Errorf("signed in as %v, %q, %v", in, in.NameMasked, in.Grants)
	}
	if life := in.RefreshExpiresAt - model.Millis(d.Clock.Now()); life != (12 * time.Hour).Milliseconds() {
		t.Errorf("the session lasts %d ms", life)
	}
	c, err := d.who(in)
	if err != nil || c.Kind != model.CallerStaff || c.AccountID != o.ID || len(c.Grants) != 1 || c.Grants[0] != o.grants[0] {
		t.Errorf("the access token stands for %+v, %v", c, err)
	}
	if a, _ := d.Store.View(t.Context()).Staff(o.ID); a.LastSignInAt != model.Millis(d.Clock.Now()) {
		t.Error("the sign-in was not noted")
	}
}

func TestGuardNeedsNoSecondFactor(t *testing.T) {
	d := newDesk(t)
	d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	for _, name := range []string{"guard.li", " Guard.Li "} {
		if _, err := d.try(t, name, goodWords, ""); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestStaffSignInRefusals(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager.wang", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	gone := d.officer(t, "guard.gone", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	if _, err := d.Staff.Disable(t.Context(), d.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""), gone.ID); err != nil {
		t.Fatal(err)
	}
	good := d.code(t, o)
	for name, c := range map[string]struct {
		username, password, code string
		want                     model.Code
	}{
		"unknown name":              {"nobody", goodWords, good, model.CodeCredentialsInvalid},
		"empty name":                {"", goodWords, good, model.CodeCredentialsInvalid},
		"wrong password":            {o.Username, goodWords + "x", good, model.CodeCredentialsInvalid},
		"empty password":            {o.Username, "", good, model.CodeCredentialsInvalid},
		"wrong password, no code":   {o.Username, "wrong", "", model.CodeCredentialsInvalid},
		"right password, no code":   {o.Username, goodWords, "", model.CodeTOTPRequired},
		"right password, old code":  {o.Username, goodWords, "000000", model.CodeCredentialsInvalid},
		"right password, long code": {o.Username, goodWords, good + "0", model.CodeCredentialsInvalid},
		"disabled account":          {gone.Username, goodWords, "", model.CodeCredentialsInvalid},
	} {
		in, err := d.try(t, c.username, c.password, c.code)
		if model.CodeOf(err) != c.want || in.AccessToken != "" {
			t.Errorf("%s: %v", name, err)
		}
		d.Clock.Advance(20 * time.Minute) // each failure on its own, and the code is old
	}
	if acts := d.acts(t); strings.Contains(acts, "session.create") || strings.Count(acts, "session.refuse") != 8 {
		t.Errorf("audit log: %s", acts)
	}
}

// TestFailuresNameNobody looks for names and addresses in the audit log.
func TestFailuresNameNobody(t *testing.T) {
	d := newDesk(t)
	_, _ = d.try(t, "manager.wang", "wrong", "")
	entries, err := d.Store.View(t.Context()).AuditEntries("", "", 10)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if text := entries[0].TargetID + entries[0].Detail; strings.Contains(text, "manager") || strings.Contains(text, "203.0") {
		t.Errorf("the log says %s", text)
	}
}

func TestOneTimeCodeWorksOnce(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager.wang", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	early, now := d.code(t, o), d.enterCode(t, o)
	for _, code := range []string{now, early} {
		_, err := d.try(t, o.Username, goodWords, code)
		wantCode(t, err, model.CodeCredentialsInvalid)
	}
	d.enterCode(t, o)
}

// enterCode signs in one step later and gives the code that was used.
func (d *desk) enterCode(t testing.TB, o officer) string {
	t.Helper()
	d.Clock.Advance(30 * time.Second)
	code := d.code(t, o)
	if _, err := d.try(t, o.Username, goodWords, code); err != nil {
		t.Fatal(err)
	}
	return code
}

func TestOneTimeCodeRace(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager.wang", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	code := d.code(t, o)
	codes := together(4, func(int) error {
		_, err := d.try(t, o.Username, goodWords, code)
		return err
	})
	if codes[""] != 1 || codes[model.CodeCredentialsInvalid] != 3 {
		t.Errorf("answers: %v", codes)
	}
}

// TestUnknownNameCostsACheckToo: while all places for checking passwords are taken,
// nobody gets an answer, whether the name exists or not. So an unknown name is
// answered after the same work, and time does not tell who has an account.
func TestUnknownNameCostsACheckToo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	release := d.words.Occupy()
	for _, name := range []string{"guard.li", "nobody.li"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := d.Sessions.SignInStaff(ctx, service.StaffCredentials{Username: name, Password: "wrong"}, netip.MustParseAddr("203.0.113.9"))
		cancel()
		wantCode(t, err, model.CodeOverloaded)
	}
	release()
	for _, name := range []string{"guard.li", "nobody.li"} {
		_, err := d.try(t, name, "wrong", "")
		wantCode(t, err, model.CodeCredentialsInvalid)
	}
}

// TestDisableBeatsSignIn is a dismissal in the same instant as a sign-in: nothing
// of the account is good afterwards.
func TestDisableBeatsSignIn(t *testing.T) {
	d := newDesk(t)
	admin := d.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, "")
	for _, name := range []string{"guard.a", "guard.b", "guard.c", "guard.d"} {
		o := d.officer(t, name, model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
		tokens := make(chan service.SignedIn, 1)
		together(2, func(i int) error {
			if i == 0 {
				_, err := d.Staff.Disable(t.Context(), admin, o.ID)
				return err
			}
			in, err := d.try(t, name, goodWords, "")
			if err == nil {
				tokens <- in
			}
			return err
		})
		select {
		case in := <-tokens:
			_, err := d.who(in)
			wantCode(t, err, model.CodeUnauthenticated)
			_, err = d.Sessions.Refresh(t.Context(), in.RefreshToken)
			wantCode(t, err, model.CodeUnauthenticated)
		default: // the dismissal was first
		}
	}
}

// No account has such a name. MySQL refuses to compare what its column cannot hold.
func TestNamesThatNobodyCanHaveAreRefusedLikeOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, name := range []string{"张三", "ádmin", "ａdmin", "\x00", "😀"} {
		_, err := d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: name, Password: goodWords}, elsewhere)
		wantCode(t, err, model.CodeCredentialsInvalid)
	}
}
