package service_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// guess tries a wrong password from an address and gives the code of the answer.
func (d *desk) guess(t testing.TB, username string, from netip.Addr) model.Code {
	t.Helper()
	_, err := d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: username, Password: "wrong"}, from)
	if err == nil {
		t.Fatal("a wrong password was taken")
	}
	return model.CodeOf(err)
}

// fail makes n guesses that must be counted.
func (d *desk) fail(t testing.TB, n int, username string, from netip.Addr) {
	t.Helper()
	for i := range n {
		if code := d.guess(t, username, from); code != model.CodeCredentialsInvalid {
			t.Fatalf("guess %d: %s", i+1, code)
		}
	}
}

func (d *desk) right(t testing.TB, username string, from netip.Addr) error {
	t.Helper()
	_, err := d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: username, Password: goodWords}, from)
	return err
}

func TestFiveFailuresLockForTheNetwork(t *testing.T) {
	d := newDesk(t)
	d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	d.fail(t, 2, "guard.li", office)
	d.Clock.Advance(10 * time.Minute)
	d.fail(t, 3, "guard.li", nextDesk)
	err := d.right(t, "guard.li", office)
	wantCode(t, err, model.CodeAccountLocked)
	var refusal *model.Error
	if errors.As(err, &refusal); refusal.RetryAfterSeconds < 299 || refusal.RetryAfterSeconds > 301 {
		t.Errorf("try again after %d s, the first failure leaves the window in 300", refusal.RetryAfterSeconds)
	}
	// The owner elsewhere, and a colleague beside, are not touched.
	for _, from := range []netip.Addr{elsewhere, elsewhere6, {}} {
		if err := d.right(t, "guard.li", from); err != nil {
			t.Errorf("from %v: %v", from, err)
		}
	}
	d.officer(t, "guard.ma", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	if err := d.right(t, "guard.ma", office); err != nil {
		t.Error(err)
	}
	// Refused tries do not prolong the lock.
	for range 3 {
		d.Clock.Advance(90 * time.Second)
		wantCode(t, d.right(t, "guard.li", office), model.CodeAccountLocked)
	}
	d.Clock.Advance(31 * time.Second)
	if err := d.right(t, "guard.li", office); err != nil {
		t.Errorf("after the window: %v", err)
	}
	d.fail(t, 5, "guard.li", office) // success began the count anew
}

func TestUnknownNamesLockAlike(t *testing.T) {
	d := newDesk(t)
	d.fail(t, 5, "nobody", office)
	if code := d.guess(t, "NOBODY ", office); code != model.CodeAccountLocked {
		t.Errorf("the sixth try: %s", code)
	}
}

func TestTwentyFailuresLockTheAccountEverywhere(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	for i := range 4 {
		d.fail(t, 5, "guard.li", netip.AddrFrom4([4]byte{192, 0, byte(i), 1}))
	}
	wantCode(t, d.right(t, "guard.li", office), model.CodeAccountLocked)
	view, err := d.Staff.Unlock(t.Context(), d.Manager(d.Garden), o.ID)
	if err != nil || view.Username != "guard.li" {
		t.Fatalf("%+v, %v", view, err)
	}
	for _, from := range []netip.Addr{office, netip.AddrFrom4([4]byte{192, 0, 1, 1})} {
		if err := d.right(t, "guard.li", from); err != nil {
			t.Errorf("unlocked, from %v: %v", from, err)
		}
	}
}

func TestTwentyFailuresLockTheNetwork(t *testing.T) {
	d := newDesk(t)
	d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	for i := range 20 {
		d.fail(t, 1, fmt.Sprint("name", i), netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 15: byte(i)}))
	}
	neighbour := netip.MustParseAddr("2001:db8::ffff")
	wantCode(t, d.right(t, "guard.li", neighbour), model.CodeAccountLocked)
	if err := d.right(t, "guard.li", elsewhere6); err != nil {
		t.Error(err)
	}
}

// TestGoodSignInsDoNotWashTheNetwork has a stranger with an account of their own.
func TestGoodSignInsDoNotWashTheNetwork(t *testing.T) {
	d := newDesk(t)
	d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	for i := range 19 {
		d.fail(t, 1, fmt.Sprint("name", i), office)
	}
	if err := d.right(t, "guard.li", office); err != nil {
		t.Fatal(err)
	}
	d.fail(t, 1, "name19", office)
	wantCode(t, d.right(t, "guard.li", office), model.CodeAccountLocked)
}

// TestOneTimeCodesAreNotGuessed has somebody who knows the password and moves from
// network to network.
func TestOneTimeCodesAreNotGuessed(t *testing.T) {
	d := newDesk(t)
	o := d.officer(t, "manager.wang", model.RolePropertyManager, model.ScopeCommunity, d.Garden.ID)
	wrong := "000000"
	if d.code(t, o) == wrong {
		wrong = "000001"
	}
	codes := map[model.Code]int{}
	for i := range 8 {
		_, err := d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: o.Username, Password: goodWords, TOTP: wrong},
			netip.AddrFrom4([4]byte{192, 0, byte(i), 1}))
		codes[model.CodeOf(err)]++
	}
	if codes[model.CodeCredentialsInvalid] != 5 || codes[model.CodeAccountLocked] != 3 {
		t.Errorf("answers: %v", codes)
	}
	// To be asked for a code is no failure.
	for range 6 {
		_, err := d.try(t, o.Username, goodWords, "")
		wantCode(t, err, model.CodeTOTPRequired)
	}
	d.Clock.Advance(16 * time.Minute)
	d.enterCode(t, o)
}

// TestGuessesAtOnceAreBounded sends many at once, so that none has failed when the
// others begin.
func TestGuessesAtOnceAreBounded(t *testing.T) {
	d := newDesk(t)
	d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	var retry atomic.Int64
	codes := together(25, func(int) error {
		_, err := d.Sessions.SignInStaff(t.Context(), service.StaffCredentials{Username: "guard.li", Password: "wrong"}, office)
		var refusal *model.Error
		if errors.As(err, &refusal) && refusal.Code == model.CodeAccountLocked && refusal.RetryAfterSeconds < 1 {
			retry.Add(1)
		}
		return err
	})
	if codes[model.CodeCredentialsInvalid] > 5 || codes[model.CodeCredentialsInvalid]+codes[model.CodeAccountLocked] != 25 {
		t.Errorf("answers: %v", codes)
	}
	if retry.Load() > 0 {
		t.Error("a lock does not say when to come again")
	}
}
