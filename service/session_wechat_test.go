package service_test

import (
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestFirstSignInMakesAPerson(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	if in.ExpiresIn != 900 || in.NameMasked != "" || in.Registered || in.Grants != nil {
		t.Errorf("first sign-in gave %+v", struct {
			E int
			N string
			R bool
		}{in.ExpiresIn, in.NameMasked, in.Registered})
	}
	if !strings.HasPrefix(in.RefreshToken, "rt_") || len(in.RefreshToken) != 46 {
		t.Error("the refresh token is not of the usual form")
	}
	c, err := d.who(in)
	if err != nil || c.Kind != model.CallerPerson || c.PersonID != in.PersonID || c.AccountID == "" || c.SessionID == "" || len(c.Grants) > 0 {
		t.Errorf("the access token stands for %+v, %v", c, err)
	}
	again := d.resident(t, "zhang")
	if again.PersonID != in.PersonID {
		t.Error("the second sign-in is another person")
	}
	if other, _ := d.who(again); other.SessionID == c.SessionID {
		t.Error("two sign-ins share a session")
	}
	if d.resident(t, "li").PersonID == in.PersonID {
		t.Error("another openid is the same person")
	}
	if acts := d.acts(t); strings.Count(acts, "account.create") != 2 || strings.Count(acts, "session.create") != 3 {
		t.Errorf("audit log: %s", acts)
	}
}

func TestOpenIDsOfAnotherProgramAreOthers(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	other := service.NewSessions(d.Deps, wechatBy{"zhang": "o-zhang"}, "wx0000000000000002", service.NewPasswords())
	out, err := other.SignInWechat(t.Context(), "zhang")
	if err != nil || out.PersonID == in.PersonID {
		t.Errorf("person %s in both programs, %v", out.PersonID, err)
	}
}

func TestWechatRefusalIsPassedOn(t *testing.T) {
	d := newDesk(t)
	_, err := d.Sessions.SignInWechat(t.Context(), "stale")
	wantCode(t, err, model.CodeWechatCodeInvalid)
	if acts := d.acts(t); acts != "" {
		t.Errorf("audit log: %s", acts)
	}
}

// TestFirstSignInsRace is one phone that sends its first sign-in many times over.
func TestFirstSignInsRace(t *testing.T) {
	d := newDesk(t)
	var people sync.Map
	codes := together(12, func(int) error {
		in, err := d.Sessions.SignInWechat(t.Context(), "zhang")
		people.Store(in.PersonID, true)
		return err
	})
	if codes[""] != 12 {
		t.Errorf("answers: %v", codes)
	}
	n := 0
	people.Range(func(any, any) bool { n++; return true })
	if n != 1 || strings.Count(d.acts(t), "account.create") != 1 {
		t.Errorf("%d people, audit log: %s", n, d.acts(t))
	}
}

func TestNameIsMaskedOnceKnown(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	d.name(t, in.PersonID, "张小明")
	if got := d.resident(t, "zhang").NameMasked; got != "张**" {
		t.Errorf("name shown as %q", got)
	}
}
