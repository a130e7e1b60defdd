package e2e_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/testkit"
)

const sessions = "/v1/sessions/"

// TestSessions is signing in and out. The clock moves, so the tests of this world
// follow one another.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := start(t)
	t.Run("a one-time code works once", w.oneTimeCode)
	t.Run("a refresh token works once", w.refreshing)
	t.Run("a browser keeps the refresh token in a cookie", w.cookie)
	t.Run("signing out ends the access token at once", w.signOut)
	t.Run("five failures lock", w.lock)
	t.Run("the first administrator exists already", w.bootstrapClosed)
	t.Run("many sign-ins from one network are slowed", w.slowed)
}

// nextStep moves the clock to a one-time code that nobody has used.
func (w *world) nextStep(t testing.TB, p testkit.DemoPerson) string {
	t.Helper()
	return totp(t, p.TOTPSecret, w.advance(t, 31*time.Second))
}

func staffSignIn(p testkit.DemoPerson, code string) map[string]any {
	body := map[string]any{"username": p.Username, "password": p.Password}
	if code != "" {
		body["totp"] = code
	}
	return body
}

func (w *world) oneTimeCode(t *testing.T) {
	p, c := w.Demo.People[manager], w.from("127.0.1.1")
	code := w.nextStep(t, p)
	c.post(t, sessions+"staff", staffSignIn(p, "")).wants(t, 401, "totp_required")
	s := want[wire.Session](t, c.post(t, sessions+"staff", staffSignIn(p, code)), 201)
	if s.Roles == nil || len(*s.Roles) != 1 || (*s.Roles)[0].Role != "property_manager" || s.Person.Id != p.PersonID {
		t.Errorf("the session is of %+v with %+v", s.Person, s.Roles)
	}
	c.as(s.AccessToken).get(t, w.in("gates")).wants(t, 200)
	c.post(t, sessions+"staff", staffSignIn(p, code)).wants(t, 401, "credentials_invalid")
	c.post(t, sessions+"staff", staffSignIn(p, totp(t, p.TOTPSecret, w.now(t).Add(-time.Hour)))).wants(t, 401, "credentials_invalid")
	c.post(t, sessions+"staff", staffSignIn(p, w.nextStep(t, p))).wants(t, 201)
}

func (c *client) refresh(t testing.TB, token string) answer {
	t.Helper()
	return c.post(t, sessions+"refresh", map[string]string{"refresh_token": token})
}

func (w *world) refreshing(t *testing.T) {
	c, p := w.from("127.0.2.1"), w.Demo.People["王芳"]
	first := want[wire.Session](t, c.refresh(t, p.RefreshToken), 201)
	second := want[wire.Session](t, c.refresh(t, *first.RefreshToken), 201)
	c.as(second.AccessToken).get(t, "/v1/me").wants(t, 200)
	// Somebody shows the first once more: a thief, or the owner after a thief.
	c.refresh(t, p.RefreshToken).wants(t, 401, "refresh_token_reused")
	for _, token := range []string{p.AccessToken, first.AccessToken, second.AccessToken} {
		c.as(token).get(t, "/v1/me").wants(t, 401, "unauthenticated")
	}
	c.refresh(t, *second.RefreshToken).wants(t, 401, "unauthenticated")
	c.refresh(t, "rt_nonsense").wants(t, 401, "unauthenticated")
}

func (w *world) cookie(t *testing.T) {
	c := w.from("127.0.3.1")
	in := c.post(t, sessions+"wechat", map[string]any{"code": w.Demo.People["李雷"].WechatCode, "cookie": true})
	s := want[wire.Session](t, in, 201)
	if s.RefreshToken != nil {
		t.Error("the refresh token is in the body as well")
	}
	cookie := in.onlyCookie(t)
	renewed := c.do(t, request{method: "POST", path: sessions + "refresh", body: map[string]any{"cookie": true}, header: map[string]string{"Cookie": cookie}})
	next := want[wire.Session](t, renewed, 201)
	if next.RefreshToken != nil || renewed.onlyCookie(t) == cookie {
		t.Error("the cookie did not rotate, or the token is in the body")
	}
	c.as(next.AccessToken).get(t, "/v1/me").wants(t, 200)
	c.do(t, request{method: "POST", path: sessions + "refresh", body: map[string]any{"cookie": true}, header: map[string]string{"Cookie": cookie}}).
		wants(t, 401, "refresh_token_reused")
}

func (w *world) signOut(t *testing.T) {
	for _, p := range []testkit.DemoPerson{w.Demo.People["何雨桐"], w.Demo.People[guard]} {
		c := w.from("127.0.4.1").as(p.AccessToken)
		c.do(t, request{method: "DELETE", path: sessions + "current"}).wants(t, 204)
		c.do(t, request{method: "DELETE", path: sessions + "current"}).wants(t, 401, "unauthenticated")
		c.refresh(t, p.RefreshToken).wants(t, 401, "unauthenticated")
	}
}

// lock: the fifth failure locks the account for that network, also for the right
// password, whatever a header claims; elsewhere its owner still gets in, and
// unlocking lifts it.
func (w *world) lock(t *testing.T) {
	p, c := w.Demo.People[otherManager], w.from("127.0.5.1")
	wrong := staffSignIn(p, "000000")
	wrong["password"] = "wrong-password-1"
	for i, claimed := range []string{"198.51.100.1", "198.51.100.2, 10.0.0.1", "203.0.113.9", "2001:db8::1", "192.0.2.77"} {
		header := map[string]string{"X-Forwarded-For": claimed, "X-Real-Ip": claimed, "Forwarded": "for=" + claimed}
		a := c.do(t, request{method: "POST", path: sessions + "staff", body: wrong, header: header})
		if a.wants(t, 401, "credentials_invalid"); a.header.Get("Retry-After") != "" && i < 4 {
			t.Errorf("failure %d says when to come again", i+1)
		}
	}
	right := staffSignIn(p, w.nextStep(t, p))
	a := c.do(t, request{method: "POST", path: sessions + "staff", body: right, header: map[string]string{"X-Forwarded-For": "203.0.113.10"}})
	if a.wants(t, 423, "account_locked"); a.header.Get("Retry-After") == "" {
		t.Error("the lock does not say how long it lasts")
	}
	w.from("127.0.6.1").post(t, sessions+"staff", right).wants(t, 201)
	c.post(t, sessions+"staff", staffSignIn(p, w.nextStep(t, p))).wants(t, 423, "account_locked")
	w.person(admin).post(t, "/v1/staff/"+w.staffID(t, p.Username)+"/unlock", nil).wants(t, 200)
	c.post(t, sessions+"staff", staffSignIn(p, w.nextStep(t, p))).wants(t, 201)
}

// staffID finds an account by its name.
func (w *world) staffID(t testing.TB, username string) string {
	t.Helper()
	for _, s := range want[wire.StaffList](t, w.person(admin).get(t, "/v1/staff?limit=200"), 200).Items {
		if s.Username == username {
			return s.Id
		}
	}
	t.Fatalf("there is no %s", username)
	return ""
}

func (w *world) bootstrapClosed(t *testing.T) {
	body := map[string]string{"token": "a-token-that-nobody-ever-printed", "username": "second.admin", "password": "long enough for anybody", "name": "某某"}
	w.from("127.0.7.1").post(t, "/v1/bootstrap", body).wants(t, 403, "bootstrap_closed")
}

func (w *world) slowed(t *testing.T) {
	c := w.from("127.0.8.1")
	wrong := map[string]string{"enrolment_code": "AAAA-BBBB-CCCC-DDDD", "device_name": "guessing"}
	for i := range 100 {
		a := c.do(t, request{method: "POST", path: "/v1/gate/enrol", body: wrong,
			header: map[string]string{"X-Forwarded-For": "203.0.113." + string(rune('0'+i%10))}})
		if a.status == 429 {
			if a.wants(t, 429, "rate_limited"); i < 50 {
				t.Errorf("already the try number %d is refused", i+1)
			}
			w.from("127.0.8.2").post(t, "/v1/gate/enrol", wrong).wants(t, 403, "enrolment_code_invalid")
			return
		}
		a.wants(t, 403, "enrolment_code_invalid")
	}
	t.Error("100 guesses at once from one network are not slowed")
}

// onlyCookie is the one cookie of an answer, as it is sent back.
func (a answer) onlyCookie(t testing.TB) string {
	t.Helper()
	cookies := a.cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || !cookies[0].Secure || cookies[0].SameSite < 2 {
		t.Fatalf("the cookies are %v", cookies)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}
