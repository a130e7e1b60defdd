package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/testkit"
)

// The demo for people shows nine steps, the last of which unplugs a gate, and a second
// run on the same data shows them again.
func TestDemoShows(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for run := range 2 {
		if run == 1 && testing.Short() {
			t.Skip("one run is enough with -short")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		demo := exec.CommandContext(ctx, testkit.Binary(t), "demo", "--listen", "127.0.0.1:0", "--data", data)
		var log bytes.Buffer
		demo.Stderr = &log
		out, err := demo.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := demo.Start(); err != nil {
			t.Fatal(err)
		}
		var steps []string
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "Serving until stopped") {
			if n := len(steps) + 1; strings.HasPrefix(lines.Text(), fmt.Sprintf("  %d. ", n)) {
				steps = append(steps, lines.Text())
			}
		}
		_ = demo.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, out)
		if err := demo.Wait(); err != nil || len(steps) != 9 {
			t.Fatalf("run %d ended with %v after %q\n%s", run+1, err, steps, log.String())
		}
		for _, want := range []string{"offline 离线判定 admit (ok)", "offline 离线判定 refuse (used)", "2 recorded alone, 2 stored by the server, 0 lost", "丢失 0 条"} {
			if !strings.Contains(steps[8], want) {
				t.Errorf("run %d, the last step: %s", run+1, steps[8])
			}
		}
	}
}

// unplugged is how the demo's gate with the agent stands.
type unplugged struct {
	GateID    string `json:"gate_id"`
	Unplugged bool
	Mode      string
	Queue     int
	Seconds   int
	Last      *struct{ Recorded, Stored, Lost int }
}

// lever calls one of the demo's private paths.
func (w *world) lever(t *testing.T, method, path string, body any, into any) int {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequest(method, w.Demo.PrivateURL+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.home.http.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode < 300 {
		if err := json.NewDecoder(a.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return a.StatusCode
}

// TestDemoUnplugs pulls the cable of the demo's gate by its lever: it decides alone,
// comes back by itself, and the server has what it decided.
func TestDemoUnplugs(t *testing.T) {
	t.Parallel()
	w := start(t)
	before := want[wire.DeviceList](t, w.person(manager).get(t, w.in("devices")+"?profile=agent"), 200)
	var s unplugged
	for _, wrong := range []string{"0", "601", "soon", "-1"} {
		if code := w.lever(t, "POST", "/demo/unplug?seconds="+wrong, nil, nil); code != http.StatusBadRequest {
			t.Errorf("%s seconds: %d", wrong, code)
		}
	}
	if code := w.lever(t, "GET", "/demo/unplug", nil, &s); code != http.StatusOK || s.Unplugged || s.Mode != "online" || s.GateID != w.Demo.Gates[door].GateID || s.Last != nil {
		t.Fatalf("%d %+v", code, s)
	}
	w.newWindow(t)
	code := w.person("欧阳小燕").code(t, w.Demo.People["欧阳小燕"].PassID)
	if status := w.lever(t, "POST", "/demo/unplug?seconds=3", nil, &s); status != http.StatusAccepted || !s.Unplugged || s.Seconds != 3 {
		t.Fatalf("%d %+v", status, s)
	}
	if status := w.lever(t, "POST", "/demo/unplug", nil, nil); status != http.StatusConflict {
		t.Errorf("unplugged twice: %d", status)
	}
	for _, want := range []string{"ok", "used"} {
		var said struct {
			Reason string
			Online bool
		}
		if status := w.lever(t, "POST", "/demo/scans", map[string]string{"code": code}, &said); status != http.StatusOK || said.Reason != want || said.Online {
			t.Errorf("%d %+v instead of %s", status, said, want)
		}
	}
	soon(t, "the gate is plugged in again", func() bool { w.lever(t, "GET", "/demo/unplug", nil, &s); return s.Last != nil })
	if s.Unplugged || s.Mode != "online" || s.Queue != 0 || s.Last.Recorded != 2 || s.Last.Stored != 2 || s.Last.Lost != 0 {
		t.Errorf("%+v, %+v", s, s.Last)
	}
	if n := len(w.offlinePassages(t)); n != 2 {
		t.Errorf("the manager sees %d passages", n)
	}
	after := want[wire.DeviceList](t, w.person(manager).get(t, w.in("devices")+"?profile=agent"), 200)
	if len(before.Items) != 0 || len(after.Items) != 1 {
		t.Errorf("%d agents, then %d", len(before.Items), len(after.Items))
	}
}
