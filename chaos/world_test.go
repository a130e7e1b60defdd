// Package chaos_test breaks the running program and what it stands on (processes
// killed, databases gone, full disks, cut connections) and then counts: what was
// acknowledged is there once, and nothing else is.
package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// manager runs the community that everything here happens in.
const manager = "钱经理"

// world is the demo as a process, a property system that outlives it, and the
// book of what its gates were told.
type world struct {
	t           *testing.T
	data, dsn   string
	listen      string
	program     *testkit.Program
	property    *simulator.Property
	recipientID string
	book        *book
	// client is that of the gates under load.
	client *http.Client
}

// newWorld starts a demo on a database (its own file when dsn is empty) and
// registers a property system that belongs to the test.
func newWorld(t *testing.T, data, dsn string) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	w := &world{t: t, data: data, dsn: dsn, listen: testkit.FreePort(t), book: newBook(),
		property: simulator.NewProperty(simulator.PropertyOptions{Limit: 200_000})}
	w.start()
	server := httptest.NewServer(w.property)
	t.Cleanup(server.Close)
	types := []wire.EventType{model.EventPassageRecorded}
	made := ask[wire.RecipientCreated](w, http.MethodPost, "/v1/recipients", w.staff(), wire.RecipientRequest{
		CommunityId: w.community(), Kind: "property", Name: "物业二", Url: server.URL + "/events", Purpose: "故障演练", Agreement: "A-2", EventTypes: &types})
	w.recipientID = made.Recipient.Id
	if err := w.property.SetSecret(made.Secret); err != nil {
		t.Fatal(err)
	}
	return w
}

// start runs the program and says how long it took until it was ready.
func (w *world) start() time.Duration {
	w.t.Helper()
	begun, ready := time.Now(), make(chan time.Duration, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for w.status(ctx, "/readyz") != http.StatusOK {
			if model.Wait(ctx, 10*time.Millisecond) != nil {
				return
			}
		}
		ready <- time.Since(begun)
	}()
	more := []string{"--listen", w.listen}
	if w.dsn != "" {
		more = append(more, "--database", w.dsn)
	}
	w.program = testkit.StartDemo(w.t, w.data, more...)
	// What is printed comes after it was ready.
	return <-ready
}

func (w *world) demo() *testkit.Demo { return &w.program.Demo }
func (w *world) base() string        { return "http://" + w.listen }
func (w *world) staff() string       { return w.demo().People[manager].AccessToken }
func (w *world) community() string   { return w.demo().People[manager].CommunityID }

// status asks for a page and gives its status, 0 when there was no answer.
func (w *world) status(ctx context.Context, path string) int {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base()+path, nil)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// ask calls the API and insists on success.
func ask[T any](w *world, method, path, token string, body any) T {
	w.t.Helper()
	v, err := try[T](w.base(), method, path, token, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

var errStatus = errors.New("status")

// try calls the API once.
func try[T any](base, method, path, token string, body any) (v T, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return v, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, base+path, nil)
	if err != nil {
		return v, err
	}
	if body != nil {
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return v, err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		return v, err
	}
	if answer.StatusCode >= 300 {
		return v, fmt.Errorf("%s %s: %w %d %s", method, path, errStatus, answer.StatusCode, got)
	}
	return v, json.Unmarshal(got, &v)
}

// residents are the names of those of the community who have a pass.
func (w *world) residents() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(w.demo().People)) {
		if p := w.demo().People[name]; p.PassID != "" && p.CommunityID == w.community() {
			out = append(out, name)
		}
	}
	if len(out) < 3 {
		w.t.Fatalf("only %d residents with a pass", len(out))
	}
	return out
}

// code is a resident's pass code of this moment.
func (w *world) code(name string) (string, error) {
	p, one := w.demo().People[name], 1
	got, err := try[wire.Codes](w.base(), http.MethodPost, "/v1/me/passes/"+p.PassID+"/codes", p.AccessToken, wire.CodesRequest{Count: &one})
	if err != nil {
		return "", err
	}
	return got.Codes[0].Code, nil
}

// gate is a device of the community, and in which directions it may ask.
type gate struct {
	*simulator.Gate
	id, perimeter string
	directions    []wire.Direction
}

// gates are the community's, each with its own connections.
func (w *world) gates(o simulator.Options) []gate {
	var out []gate
	for _, g := range w.demo().Gates {
		if g.CommunityID != w.community() {
			continue
		}
		made := gate{Gate: simulator.NewGate(w.base(), o), id: g.GateID, perimeter: g.Perimeter, directions: []wire.Direction{wire.Direction(g.Direction)}}
		if g.Direction == "both" {
			made.directions = []wire.Direction{wire.DirectionIn, wire.DirectionOut}
		}
		made.Resume(wire.Enrolled{DeviceToken: g.DeviceToken})
		out = append(out, made)
	}
	return out
}

// advance moves the clock of the program.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if _, err := try[map[string]any](w.demo().PrivateURL, http.MethodPost, "/demo/clock", "", map[string]any{"advance_seconds": d.Seconds()}); err != nil {
		w.t.Fatal(err)
	}
}

// file is the path of the SQLite file.
func (w *world) file() string { return filepath.Join(w.data, "demo.db") }

// times reads how often something is done, from the environment for the long run.
func times(t *testing.T, name string, normally int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return normally
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number", name, text)
	}
	return n
}
