package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// agentBinary builds the gate agent once per test process.
var agentBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gateagent-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "gateagent")
	out, err := exec.Command("go", "build", "-o", path, "communitypass.cn/communitypass/cmd/gateagent").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

// cable is the network between a gate and the server: it can be cut.
type cable struct {
	*httptest.Server
	cut atomic.Bool
	// undecided lets nobody ask for a decision: the gate decides, and hears the rest.
	undecided atomic.Bool
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	c := &cable{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.cut.Load() || c.undecided.Load() && r.URL.Path == "/v1/gate/scans" {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *cable) unplug() {
	c.cut.Store(true)
	c.CloseClientConnections()
}

// gateProcess is the agent as it runs at a gate.
type gateProcess struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	screen *bufio.Scanner
	status string
}

func runAgent(t *testing.T, data, server, relay string) *gateProcess {
	t.Helper()
	binary, err := agentBinary()
	if err != nil {
		t.Fatal(err)
	}
	g := &gateProcess{cmd: exec.Command(binary, "run", "--data", data, "--server", server, "--reader", "in=stdin", "--relay", relay, "--listen", "127.0.0.1:0")}
	g.in, _ = g.cmd.StdinPipe()
	out, _ := g.cmd.StdoutPipe()
	log, _ := g.cmd.StderrPipe()
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.kill() })
	g.screen = bufio.NewScanner(out)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Status string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Status != "" {
			g.status = line.Status
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	if g.status == "" {
		t.Fatal("the agent is not ready")
	}
	return g
}

// kill ends it without warning.
func (g *gateProcess) kill() {
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}

func (g *gateProcess) now(t *testing.T) agent.Status {
	t.Helper()
	answer, err := http.Get(g.status)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var s agent.Status
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// show shows a code at the reader and gives what the screen says.
func (g *gateProcess) show(t *testing.T, code, outcome, reason string, online bool) {
	t.Helper()
	if _, err := fmt.Fprintln(g.in, code); err != nil {
		t.Fatal(err)
	}
	if !g.screen.Scan() {
		t.Fatal("the screen went dark")
	}
	var said struct {
		Outcome, Reason, Message string
		Online                   bool
	}
	if err := json.Unmarshal(g.screen.Bytes(), &said); err != nil || said.Outcome != outcome || said.Reason != reason || said.Online != online || said.Message == "" {
		t.Errorf("the screen says %s instead of %s %s, online %t", g.screen.Bytes(), outcome, reason, online)
	}
}

// enrolAgent enrols a gate agent at the east gate.
func (w *world) enrolAgent(t *testing.T, data, server string) {
	t.Helper()
	binary, err := agentBinary()
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"gate_id": w.Demo.Gates[east].GateID, "profile": "agent"}
	e := want[wire.Enrolment](t, w.person(manager).post(t, "/v1/gate-enrolments", body), 201)
	out, err := exec.Command(binary, "enrol", "--data", data, "--server", server, "--name", "东门代理", "--code", e.EnrolmentCode).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	again, err := exec.Command(binary, "enrol", "--data", t.TempDir(), "--server", server, "--code", e.EnrolmentCode).CombinedOutput()
	if err == nil {
		t.Errorf("the code works twice: %s", again)
	}
}

// offlinePassages are the garden's passages that a gate decided alone.
func (w *world) offlinePassages(t *testing.T) (ids []string) {
	t.Helper()
	for cursor := ""; ; {
		list := want[wire.PassageList](t, w.person(manager).get(t, w.in("passages")+"?limit=200"+cursor), 200)
		for _, p := range list.Items {
			if !p.Online {
				ids = append(ids, p.Id)
			}
		}
		if list.NextCursor == nil || *list.NextCursor == "" {
			return ids
		}
		cursor = "&cursor=" + url.QueryEscape(*list.NextCursor)
	}
}

// TestAgent is a gate with the real program: enrolled, online, cut off, killed, and
// connected again.
func TestAgent(t *testing.T) {
	t.Parallel()
	w := start(t)
	net := newCable(t, w.Demo.BaseURL)
	var opened atomic.Int32
	relay := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { opened.Add(1) }))
	defer relay.Close()
	data := t.TempDir()
	w.enrolAgent(t, data, net.URL)
	w.newWindow(t) // moves the server's clock, which the gate takes when it starts
	g := runAgent(t, data, net.URL, relay.URL)
	mode := func(want string) func() bool {
		return func() bool {
			s := g.now(t)
			return s.Mode == want && (want != agent.ModeOnline || s.Live && s.Bundle != nil)
		}
	}
	soon(t, "the gate is online", mode(agent.ModeOnline))

	person, other := "欧阳小燕", "林浩"
	code := w.person(person).code(t, w.Demo.People[person].PassID)
	second := w.person(other).code(t, w.Demo.People[other].PassID)
	g.show(t, code, "admit", "ok", true)

	net.unplug()
	g.kill()
	g = runAgent(t, data, net.URL, relay.URL)
	soon(t, "the gate knows that it is alone", mode(agent.ModeOffline))
	g.show(t, code, "refuse", "used", false)
	g.show(t, second, "admit", "ok", false)
	g.show(t, code, "refuse", "used", false)
	g.show(t, "not a code", "refuse", "unknown_code", false)
	g.kill() // without warning, and nothing is lost
	g = runAgent(t, data, net.URL, relay.URL)
	g.show(t, second, "refuse", "used", false)
	if s := g.now(t); s.Queue != 5 || s.Mode != agent.ModeOffline || s.Bundle == nil || opened.Load() != 2 {
		t.Errorf("opened %d times, %+v", opened.Load(), s)
	}
	if n := len(w.offlinePassages(t)); n != 0 {
		t.Errorf("%d passages are there already", n)
	}

	net.cut.Store(false)
	soon(t, "everything is uploaded", func() bool { s := g.now(t); return s.Queue == 0 && s.LastUpload != nil })
	if n := len(w.offlinePassages(t)); n != 5 || g.now(t).Letters != 0 {
		t.Errorf("%d passages were uploaded, %+v", n, g.now(t))
	}
	soon(t, "the gate is online again", mode(agent.ModeOnline))
	w.revokeAgent(t, g)
	// Another text than the last: the same within two seconds would be one showing.
	g.show(t, code, "refuse", "gate_stale", false)
}

// revokeAgent withdraws the credential, which the gate must notice by itself.
func (w *world) revokeAgent(t *testing.T, g *gateProcess) {
	t.Helper()
	s := g.now(t)
	found := false
	for _, d := range want[wire.DeviceList](t, w.person(manager).get(t, w.in("devices")+"?limit=200"), 200).Items {
		found = found || d.Id == s.DeviceID && d.Software != nil && d.BundleVersion != nil && *d.BundleVersion == s.Bundle.Version
	}
	if !found {
		t.Error("the manager does not see the agent with its versions")
	}
	w.person(manager).post(t, w.in("devices/"+s.DeviceID+"/revoke"), map[string]any{"reason": "stolen"}).wants(t, 200)
	began := time.Now()
	soon(t, "the gate notices that it is withdrawn", func() bool { return g.now(t).Mode == agent.ModeRevoked })
	t.Logf("withdrawn after %v", time.Since(began))
}

// TestAgentUploadsAWeekend: ten thousand passages out of the journal, then once more
// in another order, as if the gate had forgotten that they were stored.
func TestAgentUploadsAWeekend(t *testing.T) {
	t.Parallel()
	w := start(t)
	data := t.TempDir()
	w.enrolAgent(t, data, w.Demo.BaseURL)
	entries, scanned := make([]agent.Entry, 10_000), model.Millis(w.now(t))
	for i := range entries {
		entries[i] = agent.Entry{Kind: "passage", ScanID: fmt.Sprintf("weekend-%05d", i), Code: fmt.Sprintf("NOT A CODE %d", i), Direction: "in",
			ScannedAt: scanned + int64(i), Decision: "refuse", Reason: "unknown_code", RuleVersion: 1, BundleVersion: "v"}
	}
	var before []string
	for round := range 2 {
		home, err := agent.OpenHome(data)
		if err != nil {
			t.Fatal(err)
		}
		j, err := home.OpenJournal(model.SystemClock{})
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(entries); i += 500 {
			if err := j.Append(entries[i : i+500]...); err != nil {
				t.Fatal(err)
			}
		}
		_ = j.Close()
		server, err := agent.NewServer(w.Demo.BaseURL, "", nil, model.SystemClock{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := agent.Open(agent.Options{Home: home, Server: server, Clock: model.SystemClock{}, Log: slog.New(slog.DiscardHandler), Software: "e2e"})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := a.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		t.Logf("round %d took %v", round+1, took)
		if s := a.Status(); s.Queue != 0 || s.Letters != 0 || took > time.Minute {
			t.Errorf("round %d: %+v in %v", round+1, s, took)
		}
		_ = a.Close()
		ids := w.offlinePassages(t)
		if len(ids) != len(entries) || round == 1 && fmt.Sprint(ids) != fmt.Sprint(before) {
			t.Errorf("round %d: %d passages", round+1, len(ids))
		}
		before = ids
		_ = os.RemoveAll(filepath.Join(data, "journal"))
		rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	}
}
