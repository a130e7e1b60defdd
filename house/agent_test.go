package house_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
	"communitypass.cn/communitypass/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

// site is a server with a socket, and a gate agent that enrolled with it.
type site struct {
	*testkit.Gatehouse
	house *house.House
	url   string
	home  *agent.Home
	gate  *agent.Agent

	mu sync.Mutex
	// fetched are the answers to those who fetched the bundle, in order.
	fetched []int
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{Gatehouse: testkit.NewGatehouse(t)}
	s.serve(t)
	front := httptest.NewServer(http.HandlerFunc(s.pass))
	t.Cleanup(front.Close)
	s.url = front.URL
	var err error
	if s.home, err = agent.OpenHome(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	right, err := s.house.Services.Devices.CreateEnrolment(t.Context(), s.Manager(s.Garden), s.Garden.Entrance.ID, model.ProfileAgent)
	if err != nil {
		t.Fatal(err)
	}
	server, err := agent.NewServer(s.url, "", nil, s.Clock)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agent.Enrol(t.Context(), s.home, server, right.Code, "东门代理"); err != nil {
		t.Fatal(err)
	}
	if s.gate, err = agent.Open(agent.Options{Home: s.home, Server: server, Clock: s.Clock, Log: slog.New(slog.DiscardHandler), Software: "test"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.gate.Close() })
	return s
}

// serve puts a new server in the place of the one before, as a start does.
func (s *site) serve(t *testing.T) {
	t.Helper()
	h, err := house.New(t.Context(), s.Deps, house.Config{PublicURL: "https://pass.example.cn", Metrics: prometheus.NewRegistry(),
		Wechat: wechat.Config{AppID: "wx0123456789", Secret: "0123456789abcdef0123456789abcdef"},
		OnBadAnswer: func(operation string, err error) {
			t.Errorf("%s does not answer as the contract says: %v", operation, err)
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	(&rig{}).run(t, "recorder", h.Recorder.Run)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.house = h
}

func (s *site) pass(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	h := s.house.Handler
	s.mu.Unlock()
	if r.URL.Path != "/v1/gate/bundle" {
		h.ServeHTTP(w, r)
		return
	}
	noted := &statusWriter{ResponseWriter: w}
	h.ServeHTTP(noted, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetched = append(s.fetched, noted.status)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (s *site) sync(t *testing.T) {
	t.Helper()
	if err := s.gate.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := s.gate.Status().Faults; len(f) > 0 {
		t.Fatalf("%+v", f)
	}
}

// withdraw gives somebody passes and takes them back.
func (s *site) withdraw(t *testing.T, passes int) (last model.Pass) {
	t.Helper()
	person := s.Person(t, "张三", "13800000001")
	for range passes {
		last = s.Pass(t, s.Garden, person)
	}
	s.Update(t, func(tx *store.Tx) error {
		_, err := tx.WithdrawPasses(s.Garden.ID, last.ResidencyID, "moved_out")
		return err
	})
	return last
}

// ask asks as somebody who has the token and nothing else.
func (s *site) ask(t *testing.T, method, path, body string) (status int, text string) {
	t.Helper()
	token, err := s.home.Token()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(all)
}

// TestAStolenTokenIsWorthNothing once the agent has signed, and the agent goes on.
func TestAStolenTokenIsWorthNothing(t *testing.T) {
	s := newSite(t)
	asked := []struct{ method, path, body string }{
		{http.MethodGet, "/v1/gate/bundle", ""},
		{http.MethodPost, "/v1/gate/heartbeats", `{"device_time":"2026-11-22T04:00:00.000Z"}`},
		{http.MethodPost, "/v1/gate/scans", `{"scan_id":"s-1","code":"x","direction":"in","scanned_at":"2026-11-22T04:00:00.000Z"}`},
		{http.MethodPost, "/v1/gate/passages/batch", `{"passages":[]}`},
	}
	for _, a := range asked { // an agent that never signed
		if status, text := s.ask(t, a.method, a.path, a.body); status == http.StatusUnauthorized {
			t.Errorf("%s %s: %s", a.method, a.path, text)
		}
	}
	s.sync(t)
	for _, a := range append(asked, struct{ method, path, body string }{http.MethodGet, "/v1/gate/events", ""}) {
		status, text := s.ask(t, a.method, a.path, a.body)
		if status != http.StatusUnauthorized || !bytes.Contains([]byte(text), []byte(`"signature_required"`)) {
			t.Errorf("%s %s without the key: %d %s", a.method, a.path, status, text)
		}
	}
	code := s.Code(t, s.Pass(t, s.Garden, s.Person(t, "李四", "13800000002")), s.Clock.Now())
	if a := s.gate.Present(t.Context(), agent.Presentation{Code: code, Direction: admission.Out}); a.Reason != admission.ReasonOK {
		t.Errorf("%+v", a)
	}
	devices, err := s.house.Services.Devices.List(t.Context(), s.Manager(s.Garden), s.Garden.ID, service.DeviceFilter{}, service.Page{Limit: 10})
	if err != nil || len(devices.Items) != 1 || devices.Items[0].SignsSince != model.Millis(s.Clock.Now()) {
		t.Errorf("%+v, %v", devices, err)
	}
	// A start changes nothing of it.
	s.serve(t)
	if status, text := s.ask(t, http.MethodGet, "/v1/gate/bundle", ""); status != http.StatusUnauthorized {
		t.Error(status, text)
	}
	s.sync(t)
}

// TestAgentsTakeDeltas from the server that they have the bundle of, and the whole
// bundle from one that has just started.
func TestAgentsTakeDeltas(t *testing.T) {
	s := newSite(t)
	s.withdraw(t, 12)
	s.sync(t)
	for range 3 {
		gone := s.withdraw(t, 1)
		s.Clock.Advance(10 * time.Minute) // over which a bundle is issued anew
		s.sync(t)
		code := s.Code(t, gone, s.Clock.Now())
		if d := s.alone(t, code); d != admission.ReasonRevoked {
			t.Errorf("a withdrawn pass: %s", d)
		}
	}
	s.serve(t)
	s.withdraw(t, 1)
	s.sync(t)
	s.withdraw(t, 1)
	s.sync(t)
	want := []int{http.StatusOK, http.StatusIMUsed, http.StatusIMUsed, http.StatusIMUsed, http.StatusOK, http.StatusIMUsed}
	if !slices.Equal(s.fetched, want) {
		t.Errorf("the bundle was answered %v", s.fetched)
	}
	if b := s.gate.Status().Bundle; b == nil || b.Exceptions != 17 {
		t.Errorf("%+v", b)
	}
}

// alone is what the gate says by its bundle, read from the disk as a start does.
func (s *site) alone(t *testing.T, code string) admission.Reason {
	t.Helper()
	id, err := s.home.Identity()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.home.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	b, err := agent.ReadBundle(kept, id.Trust, id.GateID, nil)
	if err != nil {
		t.Fatal(fmt.Errorf("the kept bundle: %w", err))
	}
	return b.Decide(code, admission.In, s.Clock.Now()).Reason
}
