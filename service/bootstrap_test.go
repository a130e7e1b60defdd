package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func (d *desk) bootstrapToken(t testing.TB) string {
	t.Helper()
	token, err := d.Staff.NewBootstrapToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var first = service.NewStaffMember{Username: "root.chen", Password: goodWords, Name: "陈一"}

func TestBootstrapMakesTheAdministrator(t *testing.T) {
	d := newDesk(t)
	token := d.bootstrapToken(t)
	made, err := d.Staff.Bootstrap(t.Context(), token, first)
	if err != nil {
		t.Fatal(err)
	}
	want := model.Grant{Role: model.RoleSystemAdmin, ScopeKind: model.ScopePlatform}
	if len(made.Staff.Grants) != 1 || made.Staff.Grants[0] != want || made.Staff.NameMasked != "陈*" || made.Staff.State != "active" {
		t.Errorf("made %+v", made.Staff)
	}
	if !strings.HasPrefix(made.TOTPURI, "otpauth://totp/CommunityPass:root.chen?") || !strings.Contains(made.TOTPURI, made.TOTPSecret) {
		t.Error("the authenticator cannot be set up")
	}
	o := officer{StaffAccount: model.StaffAccount{Username: "root.chen", TOTPSecret: made.TOTPSecret}}
	if _, err := d.try(t, "root.chen", goodWords, d.code(t, o)); err != nil {
		t.Errorf("the administrator cannot sign in: %v", err)
	}
	// Closed for good: with the token, and with a new one.
	_, err = d.Staff.Bootstrap(t.Context(), token, service.NewStaffMember{Username: "root.zwei", Password: goodWords, Name: "二"})
	wantCode(t, err, model.CodeBootstrapClosed)
	_, err = d.Staff.NewBootstrapToken(t.Context())
	wantCode(t, err, model.CodeBootstrapClosed)
}

func TestBootstrapRefuses(t *testing.T) {
	d := newDesk(t)
	token := d.bootstrapToken(t)
	for _, wrong := range []string{"", "bt_", model.NewSecret("bt"), token + "x"} {
		_, err := d.Staff.Bootstrap(t.Context(), wrong, first)
		wantCode(t, err, model.CodeBootstrapClosed)
	}
	poor := first
	poor.Password = "Password123"
	_, err := d.Staff.Bootstrap(t.Context(), token, poor)
	wantCode(t, err, model.CodePasswordWeak)
	// A refusal does not spend the token, but a day does.
	d.Clock.Advance(24 * time.Hour)
	_, err = d.Staff.Bootstrap(t.Context(), token, first)
	wantCode(t, err, model.CodeBootstrapClosed)
	if _, err := d.Staff.Bootstrap(t.Context(), d.bootstrapToken(t), first); err != nil {
		t.Error(err)
	}
}

func TestBootstrapClosesWithAnyStaff(t *testing.T) {
	d := newDesk(t)
	token := d.bootstrapToken(t)
	o := d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	if _, err := d.Staff.Disable(t.Context(), d.Manager(d.Garden), o.ID); err != nil {
		t.Fatal(err)
	}
	_, err := d.Staff.Bootstrap(t.Context(), token, first)
	wantCode(t, err, model.CodeBootstrapClosed)
}

// TestBootstrapRace has the same token shown many times, and several tokens, as of
// replicas that started together, at once.
func TestBootstrapRace(t *testing.T) {
	d := newDesk(t)
	tokens := []string{d.bootstrapToken(t), d.bootstrapToken(t), d.bootstrapToken(t)}
	codes := together(9, func(i int) error {
		in := first
		in.Username = fmt.Sprint("root", i)
		_, err := d.Staff.Bootstrap(t.Context(), tokens[i%len(tokens)], in)
		return err
	})
	if codes[""] != 1 || codes[model.CodeBootstrapClosed] != 8 {
		t.Errorf("answers: %v", codes)
	}
	list, err := d.Staff.List(t.Context(), d.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""), service.Page{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("%d administrators, %v", len(list.Items), err)
	}
}
