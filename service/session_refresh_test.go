package service_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestRefreshRotates(t *testing.T) {
	d := newDesk(t)
	first := d.resident(t, "zhang")
	d.Clock.Advance(29 * 24 * time.Hour)
	second, err := d.Sessions.Refresh(t.Context(), first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if second.RefreshToken == first.RefreshToken || second.PersonID != first.PersonID || second.ExpiresIn != 900 {
		t.Error("the second pair is not a new one of the same person")
	}
	if _, err := d.who(first); err == nil {
		t.Error("an access token of a month ago is still good")
	}
	if _, err := d.who(second); err != nil {
		t.Error(err)
	}
	// The thirty days of a resident begin anew with each refresh.
	d.Clock.Advance(29 * 24 * time.Hour)
	if _, err := d.Sessions.Refresh(t.Context(), second.RefreshToken); err != nil {
		t.Error(err)
	}
}

func TestRefreshReuseEndsTheFamily(t *testing.T) {
	d := newDesk(t)
	first := d.resident(t, "zhang")
	bystander := d.resident(t, "zhang")
	second, err := d.Sessions.Refresh(t.Context(), first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Sessions.Refresh(t.Context(), first.RefreshToken)
	wantCode(t, err, model.CodeRefreshReused)
	_, err = d.who(second)
	wantCode(t, err, model.CodeUnauthenticated)
	for _, token := range []string{first.RefreshToken, second.RefreshToken} {
		_, err = d.Sessions.Refresh(t.Context(), token)
		wantCode(t, err, model.CodeUnauthenticated)
	}
	if _, err := d.who(bystander); err != nil {
		t.Error("another sign-in of the same person ended too")
	}
	if _, err := d.Sessions.Refresh(t.Context(), bystander.RefreshToken); err != nil {
		t.Error(err)
	}
	if n := strings.Count(d.acts(t), "session.reuse"); n != 1 {
		t.Errorf("%d reuses in the audit log", n)
	}
}

func TestRefreshRefuses(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	for name, token := range map[string]string{"empty": "", "unknown": model.NewSecret("rt"), "access token": in.AccessToken,
		"device token": model.NewSecret("dt"), "hash of a token": gm.HashToken(in.RefreshToken)} {
		if _, err := d.Sessions.Refresh(t.Context(), token); model.CodeOf(err) != model.CodeUnauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.Clock.Advance(30 * 24 * time.Hour)
	_, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, model.CodeUnauthenticated)
}

// TestRefreshRace is a token that is shown twice in one instant: one is given a
// pair, the other is told of the reuse, and the session is over for both.
func TestRefreshRace(t *testing.T) {
	d := newDesk(t)
	for range 10 {
		in := d.resident(t, "zhang")
		won := make(chan string, 2)
		codes := together(2, func(int) error {
			out, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
			if err == nil {
				won <- out.AccessToken
			}
			return err
		})
		if codes[""] != 1 || codes[model.CodeRefreshReused] != 1 {
			t.Fatalf("answers: %v", codes)
		}
		_, err := d.Sessions.Authenticate(t.Context(), <-won)
		wantCode(t, err, model.CodeUnauthenticated)
	}
	in := d.resident(t, "zhang")
	codes := together(10, func(int) error {
		_, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
		return err
	})
	if codes[""] != 1 || codes[model.CodeRefreshReused] != 1 || codes[model.CodeUnauthenticated] != 8 {
		t.Fatalf("answers of ten: %v", codes)
	}
}

// TestEndBeatsRefresh is a sign-out in the same instant as a refresh: whichever is
// first, nothing of the session is good afterwards.
func TestEndBeatsRefresh(t *testing.T) {
	d := newDesk(t)
	for range 10 {
		in := d.resident(t, "zhang")
		caller, err := d.who(in)
		if err != nil {
			t.Fatal(err)
		}
		tokens := make(chan [2]string, 1)
		together(2, func(i int) error {
			if i == 0 {
				return d.Sessions.End(t.Context(), caller, "")
			}
			out, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
			if err == nil {
				tokens <- [2]string{out.AccessToken, out.RefreshToken}
			}
			return err
		})
		select {
		case pair := <-tokens:
			_, err := d.Sessions.Authenticate(t.Context(), pair[0])
			wantCode(t, err, model.CodeUnauthenticated)
			_, err = d.Sessions.Refresh(t.Context(), pair[1])
			wantCode(t, err, model.CodeUnauthenticated)
		default: // the sign-out was first
		}
	}
}

func TestStaffSessionEndsAfterTwelveHours(t *testing.T) {
	d := newDesk(t)
	in := d.enter(t, d.officer(t, "guard.li", model.RoleGuard, model.ScopeCommunity, d.Garden.ID))
	for range 3 {
		d.Clock.Advance(3*time.Hour + 58*time.Minute)
		next, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		in = next
	}
	// Six minutes are left, and the access token knows.
	if in.ExpiresIn != 6*60 {
		t.Errorf("the last access token lives %d s", in.ExpiresIn)
	}
	d.Clock.Advance(6 * time.Minute)
	if _, err := d.who(in); err == nil {
		t.Error("the access token outlived the session")
	}
	_, err := d.Sessions.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, model.CodeUnauthenticated)
}

// TestRefreshReadsRolesAnew has a sign-in from before its account had a role.
func TestRefreshReadsRolesAnew(t *testing.T) {
	d := newDesk(t)
	p := d.Person(t, "赵六", "13700000000")
	account := model.StaffAccount{ID: d.ID(), PersonID: p.ID, Username: "zhao", PasswordHash: goodHash(t), State: model.StateActive}
	token, now := model.NewSecret("rt"), model.Millis(d.Clock.Now())
	d.Update(t, func(tx *store.Tx) error {
		s := model.Session{ID: d.ID(), Kind: "staff", AccountID: account.ID, PersonID: p.ID, CreatedAt: now, ExpiresAt: now + time.Hour.Milliseconds()}
		if err := tx.CreateSession(s); err != nil {
			return err
		}
		return tx.CreateRefreshToken(model.RefreshToken{Hash: gm.HashToken(token), SessionID: s.ID, ExpiresAt: s.ExpiresAt})
	})
	before, err := d.Sessions.Refresh(t.Context(), token)
	if err != nil || len(before.Grants) != 0 || before.Registered {
		t.Fatalf("before: %v, %v", before.Grants, err)
	}
	d.Update(t, func(tx *store.Tx) error {
		return tx.CreateStaff(account, []model.StaffGrant{{StaffID: account.ID, Role: model.RoleGuard, ScopeKind: model.ScopeCommunity, ScopeID: d.Garden.ID}})
	})
	after, err := d.Sessions.Refresh(t.Context(), before.RefreshToken)
	if err != nil || len(after.Grants) != 1 || !after.Registered {
		t.Fatalf("after: %v, %v", after.Grants, err)
	}
	if c, err := d.who(after); err != nil || !c.Holds("passage.read") {
		t.Errorf("the access token stands for %+v, %v", c, err)
	}
}

func TestPurgeKeepsWhatIsAlive(t *testing.T) {
	d := newDesk(t)
	old := d.resident(t, "zhang")
	d.Clock.Advance(20 * 24 * time.Hour)
	young := d.resident(t, "li")
	d.Clock.Advance(18 * 24 * time.Hour) // the old one expired 8 days ago
	purgedBy(t, mustDo[*service.Purge](t)(service.NewPurge(d.Deps, service.Retention{})))
	if _, err := d.Store.View(t.Context()).RefreshToken(gm.HashToken(old.RefreshToken)); !model.IsNotFound(err) {
		t.Errorf("the old token: %v", err)
	}
	if _, err := d.Sessions.Refresh(t.Context(), young.RefreshToken); err != nil {
		t.Error(err)
	}
}
