package handler_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// anyCode is WeChat taking every code for one person.
type anyCode struct{}

func (anyCode) Login(context.Context, string) (string, string, error) { return "o-zhang", "", nil }

func newSessions(t *testing.T) (*handler.Sessions, *testkit.House) {
	h := testkit.NewHouse(t)
	return &handler.Sessions{Service: service.NewSessions(h.Deps, anyCode{}, "wx1", service.NewPasswords())}, h
}

// answer is a session as a client sees it.
type answer struct {
	wire.Session
	cookie *http.Cookie
	text   string
}

func read(t *testing.T, status int, visit func(http.ResponseWriter) error) answer {
	t.Helper()
	w := httptest.NewRecorder()
	if err := visit(w); err != nil {
		t.Fatal(err)
	}
	if w.Code != status {
		t.Fatalf("status %d", w.Code)
	}
	a := answer{text: w.Body.String()}
	if cookies := w.Result().Cookies(); len(cookies) > 0 {
		a.cookie = cookies[0]
	}
	if a.text != "" {
		if err := json.Unmarshal(w.Body.Bytes(), &a.Session); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func signIn(t *testing.T, h *handler.Sessions, cookie *bool) answer {
	t.Helper()
	r, err := h.CreateWechatSession(t.Context(), server.CreateWechatSessionRequestObject{Body: &wire.WechatSignIn{Code: "c", Cookie: cookie}})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, http.StatusCreated, r.VisitCreateWechatSessionResponse)
}

func refreshWith(t *testing.T, h *handler.Sessions, ctx context.Context, body wire.RefreshRequest) (answer, error) {
	t.Helper()
	r, err := h.RefreshSession(ctx, server.RefreshSessionRequestObject{Body: &body})
	if err != nil {
		return answer{}, err
	}
	return read(t, http.StatusCreated, r.VisitRefreshSessionResponse), nil
}

func TestSessionInTheBody(t *testing.T) {
	h, _ := newSessions(t)
	a := signIn(t, h, nil)
	if a.cookie != nil || a.RefreshToken == nil || a.TokenType != "Bearer" || a.ExpiresIn != 900 || a.Roles != nil ||
		!strings.Contains(a.text, `"name_masked":""`) || !strings.Contains(a.text, `"registered":false`) {
		t.Errorf("answer without its tokens: cookie %v, %+v", a.cookie, a.Person)
	}
	b, err := refreshWith(t, h, t.Context(), wire.RefreshRequest{RefreshToken: a.RefreshToken})
	if err != nil || b.cookie != nil || b.RefreshToken == nil {
		t.Errorf("refreshed: %v", err)
	}
	_, err = refreshWith(t, h, t.Context(), wire.RefreshRequest{})
	if model.CodeOf(err) != model.CodeUnauthenticated {
		t.Errorf("without any token: %v", err)
	}
}

func TestSessionInTheCookie(t *testing.T) {
	h, house := newSessions(t)
	yes, no := true, false
	a := signIn(t, h, &yes)
	c := a.cookie
	if a.RefreshToken != nil || strings.Contains(a.text, "rt_") || c == nil || c.Name != "cp_refresh" || !strings.HasPrefix(c.Value, "rt_") {
		t.Fatal("the refresh token is not in the cookie alone")
	}
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/v1/sessions" ||
		!c.Expires.Equal(house.Clock.Now().Add(30*24*time.Hour)) {
		t.Errorf("cookie: http-only %v, secure %v, same-site %v, path %s, expires %v", c.HttpOnly, c.Secure, c.SameSite, c.Path, c.Expires)
	}
	// What came in the cookie stays out of a script's reach, though the script asks.
	ctx := middleware.WithCookie(t.Context(), c.Value)
	b, err := refreshWith(t, h, ctx, wire.RefreshRequest{Cookie: &no})
	if err != nil || b.RefreshToken != nil || b.cookie == nil || b.cookie.Value == c.Value {
		t.Fatalf("refreshed: %v", err)
	}
	caller, err := h.Service.Authenticate(t.Context(), b.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	ctx = middleware.WithCaller(middleware.WithCookie(t.Context(), b.cookie.Value), caller)
	r, err := h.EndSession(ctx, server.EndSessionRequestObject{})
	if err != nil {
		t.Fatal(err)
	}
	gone := read(t, http.StatusNoContent, r.VisitEndSessionResponse).cookie
	if gone == nil || gone.Name != c.Name || gone.Path != c.Path || gone.Value != "" || gone.Expires.After(house.Clock.Now()) {
		t.Errorf("the cookie stays: %v", gone)
	}
	if _, err := h.Service.Authenticate(t.Context(), b.AccessToken); err == nil {
		t.Error("still signed in")
	}
}

func TestSignOutWithoutCookieSetsNone(t *testing.T) {
	h, _ := newSessions(t)
	caller, err := h.Service.Authenticate(t.Context(), signIn(t, h, nil).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.EndSession(middleware.WithCaller(t.Context(), caller), server.EndSessionRequestObject{})
	if err != nil {
		t.Fatal(err)
	}
	if c := read(t, http.StatusNoContent, r.VisitEndSessionResponse).cookie; c != nil {
		t.Errorf("cookie %v", c)
	}
}

func TestSignOutNeedsACaller(t *testing.T) {
	h, _ := newSessions(t)
	if _, err := h.EndSession(t.Context(), server.EndSessionRequestObject{}); model.CodeOf(err) != model.CodeUnauthenticated {
		t.Errorf("got %v", err)
	}
}
