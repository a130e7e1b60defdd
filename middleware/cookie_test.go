package middleware_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"communitypass.cn/communitypass/middleware"
)

func TestKeepCookie(t *testing.T) {
	for header, want := range map[string]string{"": "", "cp_refresh=rt_a": "rt_a", "x=1; cp_refresh=rt_b": "rt_b", "cp_refresh=": "", "cp_refreshx=rt_c": ""} {
		r := httptest.NewRequest("POST", "/v1/sessions/refresh", nil)
		r.Header.Set("Cookie", header)
		if got := middleware.Cookie(middleware.KeepCookie(r).Context()); got != want {
			t.Errorf("%q gives %q", header, got)
		}
	}
}

func TestClientIP(t *testing.T) {
	if middleware.ClientIP(t.Context()).IsValid() {
		t.Error("an address out of nothing")
	}
	ip := netip.MustParseAddr("203.0.113.7")
	if got := middleware.ClientIP(middleware.WithClientIP(t.Context(), ip)); got != ip {
		t.Errorf("got %v", got)
	}
}
