package service_test

import (
	"fmt"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"

	"github.com/pquerna/otp/totp"
)

// strictDesk is a desk under classified protection.
func strictDesk(t testing.TB) *desk {
	t.Helper()
	d := newDesk(t)
	d.Deps.Profile = service.ProfileDJCP
	d.Staff, d.Sessions = service.NewStaff(d.Deps, d.words), service.NewSessions(d.Deps, wechatBy{"zhang": "o-zhang"}, appID, d.words)
	return d
}

func TestIdleAndAbsoluteEnds(t *testing.T) {
	for name, c := range map[string]struct {
		role        model.Role
		kind        model.ScopeKind
		idle, token time.Duration
	}{
		"a guard":          {model.RoleGuard, model.ScopeCommunity, 30 * time.Minute, 10 * time.Minute},
		"a street officer": {model.RoleStreetOfficer, model.ScopeStreet, 15 * time.Minute, 5 * time.Minute},
		"an administrator": {model.RoleSystemAdmin, model.ScopePlatform, 15 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			d := strictDesk(t)
			place := map[model.ScopeKind]string{model.ScopeCommunity: d.Garden.ID, model.ScopeStreet: d.Street.ID}[c.kind]
			o := d.officer(t, "someone", c.role, c.kind, place)
			in := d.enter(t, o)
			begun := d.Clock.Now()
			if in.ExpiresIn != int(c.token.Seconds()) {
				t.Errorf("the access token runs %d s", in.ExpiresIn)
			}
			d.Clock.Advance(c.token - time.Millisecond)
			if _, err := d.who(in); err != nil {
				t.Error(err)
			}
			d.Clock.Advance(time.Millisecond)
			_, err := d.who(in)
			wantCode(t, err, model.CodeUnauthenticated)
			d.Clock.Advance(c.idle - c.token - time.Millisecond)
			other, _ := d.replica(t)
			in, err = other.Refresh(t.Context(), in.RefreshToken)
			if err == nil {
				in, err = d.Sessions.Refresh(t.Context(), in.RefreshToken)
			}
			if err != nil {
				t.Fatalf("a moment before: %v", err)
			}
			for d.Clock.Now().Add(c.idle-time.Minute).Sub(begun) < 12*time.Hour {
				d.Clock.Advance(c.idle - time.Minute)
				if in, err = d.Sessions.Refresh(t.Context(), in.RefreshToken); err != nil {
					t.Fatalf("after %s: %v", d.Clock.Now().Sub(begun), err)
				}
			}
			d.Clock.Advance(begun.Add(12*time.Hour).Sub(d.Clock.Now()) - time.Millisecond)
			if in, err = d.Sessions.Refresh(t.Context(), in.RefreshToken); err != nil {
				t.Fatalf("before the absolute end: %v", err)
			}
			d.Clock.Advance(time.Millisecond)
			_, err = d.who(in)
			wantCode(t, err, model.CodeUnauthenticated)
			_, err = d.Sessions.Refresh(t.Context(), in.RefreshToken)
			wantCode(t, err, model.CodeUnauthenticated)
		})
	}
	t.Run("idle to the millisecond", func(t *testing.T) {
		d := strictDesk(t)
		in := d.enter(t, d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID))
		d.Clock.Advance(30 * time.Minute)
		_, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
		wantCode(t, err, model.CodeUnauthenticated)
	})
}

func TestAResidentsSignInEndsAfterHalfAYear(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	var err error
	for range 7 {
		d.Clock.Advance(25 * 24 * time.Hour)
		if in, err = d.Sessions.Refresh(t.Context(), in.RefreshToken); err != nil {
			t.Fatal(err)
		}
	}
	d.Clock.Advance(5*24*time.Hour - time.Millisecond)
	if in, err = d.Sessions.Refresh(t.Context(), in.RefreshToken); err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(time.Millisecond)
	_, err = d.Sessions.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, model.CodeUnauthenticated)
}

func TestPasswordsRunOut(t *testing.T) {
	d := strictDesk(t)
	o := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	enter := func(password, next string) error {
		_, err := d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: o.Username, Password: password, NewPassword: next}, office)
		return err
	}
	d.Clock.Advance(90*24*time.Hour - time.Millisecond)
	if err := enter(goodWords, ""); err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(time.Millisecond)
	for range 7 { // what is right is no failure, however often
		wantCode(t, enter(goodWords, ""), model.CodePasswordExpired)
	}
	wantCode(t, enter("wrong"+goodWords, "Other-Words-8-of-mine"), model.CodeCredentialsInvalid)
	wantCode(t, enter(goodWords, goodWords), model.CodePasswordReused)
	wantCode(t, enter(goodWords, "onlylowercaseletters"), model.CodePasswordWeak)
	last := goodWords
	for i := range 5 {
		next := fmt.Sprintf("Other-Words-%d-of-mine", i)
		if err := enter(last, next); err != nil {
			t.Fatal(err)
		}
		if i < 4 {
			wantCode(t, enter(next, goodWords), model.CodePasswordReused)
		}
		last = next
	}
	if err := enter(last, goodWords); err != nil { // the sixth back is free again
		t.Error(err)
	}
	wantCode(t, enter(last, ""), model.CodeCredentialsInvalid)
}

func TestUnusedAccountsAreLocked(t *testing.T) {
	d := strictDesk(t)
	o := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	d.Clock.Advance(90 * 24 * time.Hour)
	in := service.StaffCredentials{Username: o.Username, Password: goodWords, NewPassword: "Other-Words-8-of-mine"}
	_, err := d.Sessions.SignInStaff(t.Context(), in, office)
	wantCode(t, err, model.CodeAccountDormant)
	if _, err := d.Staff.Unlock(t.Context(), d.Manager(d.Garden), o.ID); err != nil {
		t.Fatal(err)
	}
	if _, err = d.Sessions.SignInStaff(t.Context(), in, office); err != nil {
		t.Error(err)
	}
}

func TestChangingTheOwnPassword(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	old, in := d.enter(t, o), d.enter(t, o)
	caller, err := d.who(in)
	if err != nil {
		t.Fatal(err)
	}
	change := func(current, next string) error { return d.Sessions.ChangePassword(t.Context(), caller, current, next) }
	wantCode(t, change(goodWords, goodWords), model.CodePasswordReused)
	wantCode(t, change(goodWords, "password1"), model.CodePasswordWeak)
	if err := change(goodWords, "Other-Words-8-of-mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.who(in); err != nil {
		t.Error(err)
	}
	_, err = d.who(old)
	wantCode(t, err, model.CodeUnauthenticated)
	_, err = d.Sessions.Refresh(t.Context(), old.RefreshToken)
	wantCode(t, err, model.CodeUnauthenticated)
	// Five wrong ones lock this way, also for the right one, for the window.
	for range ownTries {
		wantCode(t, change("wrong"+goodWords, goodWords), model.CodeCredentialsInvalid)
	}
	wantCode(t, change("Other-Words-8-of-mine", goodWords), model.CodeAccountLocked)
	d.Clock.Advance(15 * time.Minute)
	if err := change("Other-Words-8-of-mine", goodWords); err != nil {
		t.Error(err)
	}
}

const ownTries = 5

// Of changes that come together, each from the same password, one holds.
func TestTwoChangesOfOnePassword(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	caller, _ := d.who(d.enter(t, o))
	codes := together(4, func(i int) error {
		return d.Sessions.ChangePassword(t.Context(), caller, goodWords, fmt.Sprintf("Other-Words-%d-of-mine", i))
	})
	if codes[""] != 1 {
		t.Errorf("answers %v", codes)
	}
}

func TestChangingTheAuthenticator(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	caller, _ := d.who(d.enter(t, o))
	wantCode(t, d.Sessions.ConfirmTOTP(t.Context(), caller, "123456"), model.CodeStateChanged)
	_, err := d.Sessions.BeginTOTP(t.Context(), caller, "wrong"+goodWords)
	wantCode(t, err, model.CodeCredentialsInvalid)
	begun, err := d.Sessions.BeginTOTP(t.Context(), caller, goodWords)
	if err != nil || begun.Secret == o.TOTPSecret {
		t.Fatal(err)
	}
	d.enter(t, o) // the old one holds until then
	wantCode(t, d.Sessions.ConfirmTOTP(t.Context(), caller, d.code(t, o)), model.CodeCredentialsInvalid)
	code, err := totp.GenerateCode(begun.Secret, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sessions.ConfirmTOTP(t.Context(), caller, code); err != nil {
		t.Fatal(err)
	}
	wantCode(t, d.Sessions.ConfirmTOTP(t.Context(), caller, code), model.CodeStateChanged)
	_, err = d.try(t, o.Username, goodWords, code) // spent by confirming
	wantCode(t, err, model.CodeCredentialsInvalid)
	o.TOTPSecret = begun.Secret
	d.enter(t, o)
}

func TestReset(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	in := d.enter(t, o)
	officer := d.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, d.Committee.ID)
	_, err := d.Staff.Reset(t.Context(), d.Manager(d.Garden), o.ID, true)
	wantCode(t, err, model.CodeRoleNotGrantable)
	_, err = d.Staff.Reset(t.Context(), d.Manager(d.Harbour), o.ID, true)
	wantCode(t, err, model.CodeNotFound)
	done, err := d.Staff.Reset(t.Context(), officer, o.ID, true)
	if err != nil || done.TOTPSecret == "" {
		t.Fatal(err)
	}
	_, err = d.who(in)
	wantCode(t, err, model.CodeUnauthenticated)
	_, err = d.try(t, o.Username, goodWords, d.code(t, o))
	wantCode(t, err, model.CodeCredentialsInvalid)
	o.TOTPSecret = done.TOTPSecret
	_, err = d.try(t, o.Username, done.Password, d.code(t, o))
	wantCode(t, err, model.CodePasswordExpired)
	credentials := service.StaffCredentials{Username: o.Username, Password: done.Password, TOTP: d.code(t, o), NewPassword: "Other-Words-8-of-mine"}
	if _, err := d.Sessions.SignInStaff(t.Context(), credentials, office); err != nil {
		t.Fatal(err)
	}
	account := mustDo[model.StaffAccount](t)(d.Store.View(t.Context()).Staff(o.ID))
	if account.MustChange || !gm.CheckPassword(account.PasswordHash, "Other-Words-8-of-mine") {
		t.Error("the new password was not stored")
	}
}

func TestOwnSignIns(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "guard", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	first, second := d.enter(t, o), d.enter(t, o)
	caller, _ := d.who(second)
	zhang, _ := d.who(d.resident(t, "zhang"))
	own := mustDo[[]model.Session](t)(d.Sessions.Own(t.Context(), caller))
	if len(own) != 2 || own[0].ID != caller.SessionID {
		t.Fatalf("own %v", own)
	}
	wantCode(t, d.Sessions.EndOwn(t.Context(), zhang, own[1].ID), model.CodeNotFound)
	if err := d.Sessions.EndOwn(t.Context(), caller, own[1].ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, d.Sessions.EndOwn(t.Context(), caller, own[1].ID), model.CodeNotFound)
	_, err := d.who(first)
	wantCode(t, err, model.CodeUnauthenticated)
	if left := mustDo[[]model.Session](t)(d.Sessions.Own(t.Context(), caller)); len(left) != 1 {
		t.Errorf("%d are left", len(left))
	}
}
