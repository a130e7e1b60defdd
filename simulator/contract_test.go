package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/simulator"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// atNoon is when these tests take place.
var atNoon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// contract reads openapi.yaml once for all tests.
var contract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi.Load()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// contractServer is a server whose handlers are a few lines each. What the
// simulator asks of it, and what the handlers answer, is held against the contract.
type contractServer struct {
	*http.ServeMux
	t      *testing.T
	url    string
	router routers.Router

	// serving lets one handler run at a time, so that they may count in plain variables.
	serving sync.Mutex
	mu      sync.Mutex
	waits   []time.Duration
}

func newContractServer(t *testing.T) *contractServer {
	t.Helper()
	router, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	s := &contractServer{ServeMux: http.NewServeMux(), t: t, router: router}
	server := httptest.NewServer(http.HandlerFunc(s.hold))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// options make a device without real pauses, whose clock stands at atNoon.
func (s *contractServer) options() simulator.Options {
	return simulator.Options{Clock: model.FrozenClock(atNoon), Wait: func(_ context.Context, d time.Duration) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waits = append(s.waits, d)
		return nil
	}}
}

func (s *contractServer) waited() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits
}

// hold checks the request, lets the handler answer, and checks the answer, unless
// the handler says by X-Broken that it breaks the contract on purpose.
func (s *contractServer) hold(w http.ResponseWriter, r *http.Request) {
	route, params, err := s.router.FindRoute(r)
	if err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: r, Route: route, PathParams: params,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true}}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		s.t.Errorf("%s asks against the contract: %v", route.Operation.OperationID, err)
	}
	answer := httptest.NewRecorder()
	s.serve(answer, r)
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: answer.Code, Header: answer.Header(),
		Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes()))}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil && answer.Header().Get("X-Broken") == "" {
		s.t.Errorf("%s is answered against the contract: %v", route.Operation.OperationID, err)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (s *contractServer) serve(w http.ResponseWriter, r *http.Request) {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.ServeHTTP(w, r)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": code, "status": status, "detail": "不行。",
		"code": code, "request_id": "req-00000001", "errors": []any{map[string]any{"field": "/code", "code": "length", "detail": "太长"}}})
}

// read decodes a request's body, which the contract has been held against.
func read[T any](t *testing.T, r *http.Request) T {
	t.Helper()
	var v T
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		t.Error(err)
	}
	return v
}
