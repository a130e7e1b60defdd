package handler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// streets is an API that makes streets, and counts.
type streets struct {
	*fake
	made atomic.Int64
	next func(n int64) error
}

func (s *streets) CreateStreet(_ context.Context, r server.CreateStreetRequestObject) (server.CreateStreetResponseObject, error) {
	n := s.made.Add(1)
	if s.next != nil {
		if err := s.next(n); err != nil {
			return nil, err
		}
	}
	return server.CreateStreet201JSONResponse{Id: fmt.Sprintf("01JD000000000000000000000%d", n), Name: r.Body.Name}, nil
}

func withStreets(t *testing.T, next func(n int64) error) (*rig, *streets) {
	h := testkit.NewHouse(t)
	api := &streets{next: next}
	return newRig(t, func(r *rig) {
		api.fake, r.options.API = r.fake, api
		r.options.Idempotency = service.NewIdempotency(h.Deps)
	}), api
}

func (r *rig) createStreet(key, name string) *httptest.ResponseRecorder {
	return r.call("POST", "/v1/streets", "admin", `{"name":"`+name+`"}`, "Idempotency-Key", key)
}

func TestADoubleTapMakesOne(t *testing.T) {
	r, api := withStreets(t, nil)
	first, second := r.createStreet("key-0001", "望江"), r.createStreet("key-0001", "望江")
	if first.Code != 201 || first.Header().Get("Idempotency-Replayed") != "" {
		t.Fatal(first.Code, first.Body)
	}
	if second.Code != 201 || second.Body.String() != first.Body.String() || second.Header().Get("Idempotency-Replayed") != "true" ||
		second.Header().Get("Content-Type") != "application/json" || second.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(second.Code, second.Header(), second.Body)
	}
	r.problem(r.createStreet("key-0001", "湖滨"), 422, model.CodeIdempotencyMismatch)
	if n := api.made.Load(); n != 1 {
		t.Fatalf("%d streets", n)
	}
	r.createStreet("key-0002", "望江")
	r.call("POST", "/v1/streets", "admin", `{"name":"望江"}`)
	r.call("POST", "/v1/streets", "admin", `{"name":"望江"}`)
	if n := api.made.Load(); n != 4 {
		t.Fatalf("another key and none make %d streets, want 4", n)
	}
}

func TestARefusalIsKeptAndAFailureIsNot(t *testing.T) {
	r, api := withStreets(t, func(n int64) error {
		return map[int64]error{1: model.Fail(model.CodeConflict), 2: errors.New("the disk is gone"), 3: model.Fail(model.CodeUnavailable)}[n]
	})
	refused := r.createStreet("key-0001", "望江")
	r.problem(refused, 409, model.CodeConflict)
	if again := r.createStreet("key-0001", "望江"); again.Body.String() != refused.Body.String() || again.Code != 409 ||
		again.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatal(again.Code, again.Body)
	}
	r.problem(r.createStreet("key-0002", "望江"), 500, model.CodeInternal)
	r.problem(r.createStreet("key-0002", "望江"), 503, model.CodeUnavailable)
	if w := r.createStreet("key-0002", "望江"); w.Code != 201 {
		t.Fatal(w.Code, w.Body)
	}
	if n := api.made.Load(); n != 4 {
		t.Fatalf("it ran %d times, want 4", n)
	}
}

func TestAPanicReleasesTheKey(t *testing.T) {
	r, _ := withStreets(t, func(n int64) error {
		if n == 1 {
			panic("a bug")
		}
		return nil
	})
	r.problem(r.createStreet("key-0001", "望江"), 500, model.CodeInternal)
	if w := r.createStreet("key-0001", "望江"); w.Code != 201 {
		t.Fatal(w.Code, w.Body)
	}
}

func TestABadBodyClaimsNoKey(t *testing.T) {
	r, api := withStreets(t, nil)
	r.problem(r.call("POST", "/v1/streets", "admin", `{"nmae":"望江"}`, "Idempotency-Key", "key-0001"), 400, model.CodeInvalid)
	if w := r.createStreet("key-0001", "望江"); w.Code != 201 || api.made.Load() != 1 {
		t.Fatal(w.Code, w.Body)
	}
}

func TestWhileTheFirstRunsTheOthersWait(t *testing.T) {
	running, finish := make(chan struct{}), make(chan struct{})
	r, api := withStreets(t, func(int64) error {
		close(running)
		<-finish
		return nil
	})
	var first sync.WaitGroup
	first.Go(func() {
		if w := r.createStreet("key-0001", "望江"); w.Code != 201 {
			t.Error(w.Code, w.Body)
		}
	})
	<-running
	var others sync.WaitGroup
	for range 10 {
		others.Go(func() {
			w := r.createStreet("key-0001", "望江")
			if w.Code != 409 || !strings.Contains(w.Body.String(), string(model.CodeIdempotencyRunning)) || w.Header().Get("Retry-After") != "1" {
				t.Error(w.Code, w.Header(), w.Body)
			}
		})
	}
	others.Wait()
	close(finish)
	first.Wait()
	if w := r.createStreet("key-0001", "望江"); w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "true" || api.made.Load() != 1 {
		t.Fatal(w.Code, w.Body)
	}
}

func TestTheAnswerIsKeptThoughTheClientHasGone(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	r, api := withStreets(t, func(int64) error {
		leave()
		return nil
	})
	q := httptest.NewRequestWithContext(ctx, "POST", "/v1/streets", strings.NewReader(`{"name":"望江"}`))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer admin")
	q.Header.Set("Idempotency-Key", "key-0001")
	r.handler.ServeHTTP(httptest.NewRecorder(), q)
	if w := r.createStreet("key-0001", "望江"); w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "true" || api.made.Load() != 1 {
		t.Fatal(w.Code, w.Body)
	}
}
