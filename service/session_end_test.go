package service_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestSignOutKillsTheTokensAtOnce(t *testing.T) {
	d := newDesk(t)
	in, other := d.resident(t, "zhang"), d.resident(t, "zhang")
	caller, err := d.who(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sessions.End(t.Context(), caller, ""); err != nil {
		t.Fatal(err)
	}
	_, err = d.who(in)
	wantCode(t, err, model.CodeUnauthenticated)
	_, err = d.Sessions.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, model.CodeUnauthenticated)
	if _, err := d.who(other); err != nil {
		t.Error("the other sign-in ended too")
	}
	if err := d.Sessions.End(t.Context(), caller, ""); err != nil {
		t.Errorf("ending twice: %v", err)
	}
	if n := strings.Count(d.acts(t), "session.end"); n != 1 {
		t.Errorf("%d ends in the audit log", n)
	}
}

// TestSignOutHoldsOnOtherReplicas has a second replica with a memory of its own,
// and a third that starts afterwards.
func TestSignOutHoldsOnOtherReplicas(t *testing.T) {
	d := newDesk(t)
	replica := func() (service.Deps, *service.Sessions) {
		deps := d.Deps
		deps.Directory = service.NewDirectory(d.Store, d.Master)
		if err := deps.Directory.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return deps, service.NewSessions(deps, wechatBy{}, appID, service.NewPasswords())
	}
	deps, second := replica()
	feed, err := service.NewFeed(t.Context(), deps)
	if err != nil {
		t.Fatal(err)
	}
	in := d.resident(t, "zhang")
	caller, err := second.Authenticate(t.Context(), in.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sessions.End(t.Context(), caller, ""); err != nil {
		t.Fatal(err)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = second.Authenticate(t.Context(), in.AccessToken)
	wantCode(t, err, model.CodeUnauthenticated)
	_, third := replica()
	_, err = third.Authenticate(t.Context(), in.AccessToken)
	wantCode(t, err, model.CodeUnauthenticated)
	// The memory is swept when no access token can be left, not before.
	d.Clock.Advance(service.AccessTokenLife)
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if deps.Directory.SessionAlive(caller.SessionID) {
		t.Error("the end was forgotten within the margin")
	}
	d.Clock.Advance(2 * time.Minute)
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !deps.Directory.SessionAlive(caller.SessionID) {
		t.Error("the end is remembered for ever")
	}
}

func TestSignOutTakesTheCookiesSessionAlong(t *testing.T) {
	d := newDesk(t)
	tab, cookie, stranger := d.resident(t, "zhang"), d.resident(t, "zhang"), d.resident(t, "li")
	caller, err := d.who(tab)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{cookie.RefreshToken, stranger.RefreshToken, "rt_nonsense"} {
		if err := d.Sessions.End(t.Context(), caller, token); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.who(cookie)
	wantCode(t, err, model.CodeUnauthenticated)
	if _, err := d.who(stranger); err != nil {
		t.Error("somebody else was signed out")
	}
}

func TestSignOutNeedsASession(t *testing.T) {
	d := newDesk(t)
	for _, caller := range []*model.Caller{nil, {Kind: model.CallerDevice, AccountID: "d"}} {
		wantCode(t, d.Sessions.End(t.Context(), caller, ""), model.CodeUnauthenticated)
	}
}
