package e2e_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/testkit"
)

// liveGate is an agent at the east gate that hears the server and decides itself:
// what it refuses it refuses by what it has heard.
type liveGate struct {
	*agent.Agent
	home *agent.Home
	net  *cable
}

func (w *world) liveGate(t *testing.T) *liveGate {
	t.Helper()
	g, data := &liveGate{net: newCable(t, w.Demo.BaseURL)}, t.TempDir()
	w.enrolAgent(t, data, g.net.URL)
	var err error
	if g.home, err = agent.OpenHome(data); err != nil {
		t.Fatal(err)
	}
	server, err := agent.NewServer(g.net.URL, "", nil, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	g.Agent, err = agent.Open(agent.Options{Home: g.home, Server: server, Clock: model.SystemClock{}, Log: slog.New(slog.DiscardHandler), Software: "e2e"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{}, 2)
	for _, work := range []func(context.Context){g.KeepInSync, g.KeepListening} {
		go func() { work(ctx); ended <- struct{}{} }()
	}
	t.Cleanup(func() {
		stop()
		<-ended
		<-ended
		_ = g.Close()
	})
	soon(t, "the gate hears the server", func() bool { s := g.Status(); return s.Live && s.Bundle != nil })
	g.net.undecided.Store(true)
	return g
}

func (g *liveGate) show(t *testing.T, code string) agent.Answer {
	t.Helper()
	a := g.Present(t.Context(), agent.Presentation{Code: code, Direction: admission.In})
	if a.Online {
		t.Fatal("the server has decided")
	}
	return a
}

// until shows what is asked until it is true, and says how long that took.
func until(t *testing.T, began time.Time, most time.Duration, what string, ask func() bool) time.Duration {
	t.Helper()
	for !ask() {
		if time.Since(began) > most {
			t.Fatalf("not within %v: %s", most, what)
		}
		_ = model.Wait(t.Context(), time.Millisecond)
	}
	return time.Since(began)
}

// withdrawnMost is what a loaded machine may take for what is promised within a
// second; what it took is logged, and in docs/performance.md.
const withdrawnMost = 10 * time.Second

// TestRevokedAtTheGate measures how long a gate that decides itself still admits what
// was withdrawn on the server.
func TestRevokedAtTheGate(t *testing.T) {
	t.Parallel()
	w := start(t)
	g := w.liveGate(t)
	var took []time.Duration
	var shown string
	for _, name := range []string{"李雷", "林浩", "王芳", "何雨桐", "欧阳小燕"} {
		p := w.Demo.People[name]
		if p.CommunityID != w.garden() || p.PassID == "" {
			continue
		}
		me := want[wire.Me](t, w.person(name).get(t, "/v1/me"), 200)
		code := w.person(name).code(t, p.PassID)
		shown = code
		if a := g.show(t, code); a.Reason != admission.ReasonOK {
			t.Fatalf("%s is answered %s", name, a.Reason)
		}
		began := time.Now()
		w.person(manager).post(t, w.in("residencies/"+me.Residencies[0].Id+"/end"), map[string]string{"reason": "moved out"}).wants(t, 200)
		took = append(took, until(t, began, withdrawnMost, "the gate refuses the pass", func() bool { return g.show(t, code).Reason == admission.ReasonRevoked }))
	}
	if len(took) < 3 {
		t.Fatalf("only %d passes were withdrawn", len(took))
	}
	slices.Sort(took)
	t.Logf("MEASURED a withdrawn pass is refused by the gate alone after %v (median of %d, most %v), the request included", took[len(took)/2], len(took), took[len(took)-1])
	g.net.unplug()
	if a := g.show(t, shown); a.Reason != admission.ReasonRevoked {
		t.Errorf("unplugged, the gate answers %s", a.Reason)
	}
}

// keys runs the operator's command beside the server and gives the lines of its table.
func (w *world) keys(t *testing.T, args ...string) [][]string {
	t.Helper()
	master, err := os.ReadFile(filepath.Join(w.data, "demo.key"))
	if err != nil {
		t.Fatal(err)
	}
	dsn := w.database
	if dsn == "" {
		dsn = filepath.Join(w.data, "demo.db")
	}
	c := exec.CommandContext(t.Context(), testkit.Binary(t), append([]string{"keys"}, args...)...)
	c.Env = append(os.Environ(), "COMMUNITYPASS_MASTER_KEY="+string(master), "COMMUNITYPASS_DATABASE="+dsn)
	out, err := c.Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		t.Fatalf("keys %v: %v: %s", args, err, ended.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]string
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) > 4 && fields[0] != "ID" {
			lines = append(lines, fields)
		}
	}
	return lines
}

// active is the id of the key of a purpose that signs now.
func (w *world) active(t *testing.T, purpose, community string) string {
	t.Helper()
	for _, k := range w.keys(t, "list") {
		if k[1] == purpose && k[2] == community && k[4] == "active" {
			return k[0]
		}
	}
	t.Fatalf("no active %s key", purpose)
	return ""
}

// revokedKeyMost is what is promised of a key that leaked.
const revokedKeyMost = time.Minute

// TestRevokedKeysAtTheGate measures how long a gate believes what a leaked key signs:
// codes by a pass key, and bundles by a platform key.
func TestRevokedKeysAtTheGate(t *testing.T) {
	t.Parallel()
	w := start(t)
	g := w.liveGate(t)
	code := w.person("李雷").code(t, w.Demo.People["李雷"].PassID)
	if a := g.show(t, code); a.Reason != admission.ReasonOK {
		t.Fatalf("the code is answered %s", a.Reason)
	}
	leaked := w.active(t, "pass", w.garden())
	began := time.Now()
	w.keys(t, "retire", leaked, "--force")
	commanded := time.Since(began)
	took := until(t, began, revokedKeyMost, "the gate refuses codes of the key", func() bool {
		r := g.show(t, code).Reason
		return r != admission.ReasonOK && r != admission.ReasonUsed
	})
	t.Logf("MEASURED codes of a revoked pass key are refused after %v, %v of it the command", took, commanded)

	trusts := func() []string {
		id, err := g.home.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(id.Trust))
	}
	w.keys(t, "create", "--purpose", "platform")
	soon(t, "the gate holds the next platform key", func() bool { return len(trusts()) == 2 })
	old, err := g.home.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	leaked = w.active(t, "platform", "-")
	began = time.Now()
	w.keys(t, "retire", leaked, "--force")
	commanded = time.Since(began)
	took = until(t, began, revokedKeyMost, "the gate believes the key no more", func() bool { return len(trusts()) == 1 })
	t.Logf("MEASURED bundles of a revoked platform key are refused after %v, %v of it the command", took, commanded)
	id, err := g.home.Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agent.ReadBundle(old, id.Trust, id.GateID, nil); !errors.Is(err, agent.ErrBundleForged) {
		t.Errorf("a bundle of the revoked key is answered %v; trusted are %s", err, trusts())
	}
	if s := g.Status(); len(s.Faults) != 0 || s.Bundle == nil {
		t.Errorf("the gate stands as %+v", s)
	}
}
