package handler_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
)

func TestTooOftenIsRefusedPerClient(t *testing.T) {
	api := &refresh{}
	r := newRig(t, func(r *rig) {
		api.fake, r.options.API = r.fake, api
		r.options.Limits = middleware.Limits{SignIn: middleware.Rate{Events: 2, Per: time.Minute}, Device: middleware.Rate{Events: 1, Per: time.Second}}
		r.options.ValidateResponses = nil
	})
	from := func(address string) *httptest.ResponseRecorder {
		q := httptest.NewRequest("POST", "/v1/sessions/refresh", strings.NewReader(`{}`))
		q.Header.Set("Content-Type", "application/json")
		q.RemoteAddr = address
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, q)
		return w
	}
	for range 2 {
		r.problem(from("[2001:db8::1]:1"), 401, model.CodeRefreshReused)
	}
	w := from("[2001:db8::2]:1")
	r.problem(w, 429, model.CodeRateLimited)
	if got := w.Header().Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After is %q, want 30", got)
	}
	r.problem(from("[2001:db8:0:1::1]:1"), 401, model.CodeRefreshReused)
	r.clock.Advance(30 * time.Second)
	r.problem(from("[2001:db8::3]:1"), 401, model.CodeRefreshReused)

	if w := r.call("GET", "/v1/gate/bundle", "device", ""); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	r.problem(r.call("GET", "/v1/gate/bundle", "device", ""), 429, model.CodeRateLimited)
	r.problem(r.call("GET", "/v1/gate/bundle", "forged", ""), 401, model.CodeUnauthenticated)
}

func TestReadsAndUnlimitedClassesAreNotCounted(t *testing.T) {
	r := withMe(t, goodMe, func(r *rig) { r.options.Limits = middleware.Limits{Writes: middleware.Rate{Events: 1, Per: time.Hour}} })
	for range 5 {
		if w := r.call("GET", "/v1/me", "resident", ""); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
}

func TestARequestHasABudget(t *testing.T) {
	r := withMe(t, func(ctx context.Context) (server.GetMeResponseObject, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 30*time.Millisecond {
			t.Errorf("the deadline is %v, %v", deadline, ok)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}, func(r *rig) { r.options.Budget = 30 * time.Millisecond })
	w := r.call("GET", "/v1/me", "resident", "")
	r.problem(w, 503, model.CodeTimeout)
	if w.Header().Get("Retry-After") != "1" {
		t.Error("it does not say when to come again")
	}
}
