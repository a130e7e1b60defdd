package agent_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
)

// TestMain is the tests, or the gate that one of them started to kill.
func TestMain(m *testing.M) {
	if folder := os.Getenv("GATE_CHILD"); folder != "" {
		if err := child(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is a gate as the program runs it: lines from standard input, answers on
// standard output, a relay, then a sync. At a named point it kills itself, which gives
// nothing in it time to close, flush or tell.
func child(folder string) error {
	point, left := os.Getenv("GATE_KILL_AT"), 1
	if text := os.Getenv("GATE_KILL_TIME"); text != "" {
		left, _ = strconv.Atoi(text)
	}
	agent.AtPoints(func(p string) {
		if p != point {
			return
		}
		if left--; left == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	})
	home, err := agent.OpenHome(folder)
	if err != nil {
		return err
	}
	release, err := home.Lock()
	if err != nil {
		return err
	}
	defer release()
	id, err := home.Identity()
	if err != nil {
		return err
	}
	clock := model.FrozenClock(noon)
	server, err := agent.NewServer(id.Server, "", nil, clock)
	if err != nil {
		return err
	}
	a, err := agent.Open(agent.Options{Home: home, Server: server, Clock: clock, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Software: "child/1"})
	if err != nil {
		return err
	}
	door, err := agent.NewDoor(os.Getenv("GATE_RELAY"))
	if err != nil {
		return err
	}
	ctx := context.Background()
	a.Watch(ctx, &agent.Lane{Direction: in, Door: door, Screen: os.Stdout}, func() (io.ReadCloser, error) { return io.NopCloser(os.Stdin), nil }, true)
	if os.Getenv("GATE_SYNC") == "" {
		return a.Close()
	}
	if err := a.Sync(ctx); err != nil {
		return err
	}
	return a.Close()
}

// lives is a gate in a process of its own.
type lives struct {
	p      *platform
	g      *gate
	relay  *httptest.Server
	opened atomic.Int32
}

func newLives(t *testing.T) *lives {
	t.Helper()
	l := &lives{p: newPlatform(t)}
	l.relay = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { l.opened.Add(1) }))
	t.Cleanup(l.relay.Close)
	l.g = l.p.gate(t, "east", 0)
	l.g.sync(t)
	if err := l.g.Close(); err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs the gate with lines at its reader, and says what its screen has said and
// whether it was killed. at is the point and its how manieth time; "" is none.
func (l *lives) run(t *testing.T, lines []string, at string, time int, sync bool) (said []string, killed bool) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), "GATE_CHILD="+l.g.folder, "GATE_KILL_AT="+at, "GATE_KILL_TIME="+strconv.Itoa(time), "GATE_RELAY="+l.relay.URL)
	if sync {
		c.Env = append(c.Env, "GATE_SYNC=1")
	}
	c.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	var log strings.Builder
	c.Stderr = &log
	screen, err := c.Output()
	status, _ := c.ProcessState.Sys().(syscall.WaitStatus)
	killed = status.Signaled() && status.Signal() == syscall.SIGKILL
	if err != nil && !killed {
		t.Fatalf("at %q: %v: %s", at, err, log.String())
	}
	for s := bufio.NewScanner(strings.NewReader(string(screen))); s.Scan(); {
		var one struct{ Outcome string }
		if err := json.Unmarshal(s.Bytes(), &one); err != nil {
			t.Fatalf("the screen says %q", s.Text())
		}
		said = append(said, one.Outcome)
	}
	return said, killed
}

// durable counts the admissions that are on the disk, as a restart finds them.
func (l *lives) durable(t *testing.T) int {
	t.Helper()
	l.g.start(t)
	defer l.g.Close()
	all, err := l.g.Waiting(1000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range all {
		if e.Decision == string(admit) {
			n++
		}
	}
	return n
}

// Killed anywhere on the way of a passage, the gate has opened no door without a
// record on the disk, has lost nothing that its screen said, admits no code twice
// after it was started again, and the server has everything once.
func TestKilledAtEveryStepOfAPassage(t *testing.T) {
	for _, point := range agent.Points[:5] {
		for _, times := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s %d", strings.ReplaceAll(point, " ", "-"), times), func(t *testing.T) {
				t.Parallel()
				l := newLives(t)
				codes := []string{l.p.code(t, 1), l.p.code(t, 2), l.p.code(t, 3), l.p.code(t, 4)}
				said, killed := l.run(t, codes, point, times, false)
				if !killed {
					t.Fatal("it was not killed: the test shows nothing")
				}
				opened, durable := int(l.opened.Load()), l.durable(t)
				if opened > durable || len(said) > durable || durable > times {
					t.Errorf("%d doors, %d answers, %d records", opened, len(said), durable)
				}
				if after := map[string]int{agent.Points[3]: 1, agent.Points[4]: 1, agent.Points[2]: 1}[point]; durable < times-1+after {
					t.Errorf("%d records are left", durable)
				}
				// Everybody tries again, and nobody goes in twice on one record.
				l.opened.Store(0)
				if _, killed := l.run(t, codes, "", 0, true); killed {
					t.Fatal("killed again")
				}
				if again := int(l.opened.Load()); again != len(codes)-durable {
					t.Errorf("after the restart %d doors open; %d were on record", again, durable)
				}
				l.once(t, len(codes))
			})
		}
	}
}

// once insists that the server has so many admissions, each once.
func (l *lives) once(t *testing.T, admissions int) {
	t.Helper()
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	seen, n := map[string]bool{}, 0
	for _, o := range l.p.stored {
		if o.Decision != "admit" {
			continue
		}
		if n++; seen[*o.Code] {
			t.Error("a code was admitted twice")
		}
		seen[*o.Code] = true
	}
	if n != admissions || len(l.p.order) != len(l.p.stored) {
		t.Errorf("%d admissions on the server instead of %d", n, admissions)
	}
}

// Killed anywhere on the way of an upload, nothing is lost and nothing is doubled.
func TestKilledAtEveryStepOfAnUpload(t *testing.T) {
	lines := 3
	for name, at := range map[string]struct {
		point string
		times int
	}{
		"before it is sent":         {agent.Points[5], 1},
		"before it is settled":      {agent.Points[6], 1},
		"while it is being settled": {agent.Points[1], lines + 1},
		"after it was settled":      {agent.Points[2], lines + 1},
		"when the server has it":    {"", 0},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			l := newLives(t)
			var codes []string
			for i := range lines {
				codes = append(codes, l.p.code(t, uint64(i+1)))
			}
			if at.point == "" {
				// The request was taken, and its answer never comes.
				c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
				c.Env = append(os.Environ(), "GATE_CHILD="+l.g.folder, "GATE_RELAY="+l.relay.URL, "GATE_SYNC=1")
				l.p.mu.Lock()
				l.p.after = func() { _ = c.Process.Kill(); panic(http.ErrAbortHandler) }
				l.p.mu.Unlock()
				c.Stdin = strings.NewReader(strings.Join(codes, "\n") + "\n")
				if err := c.Run(); err == nil {
					t.Fatal("it was not killed")
				}
				l.p.mu.Lock()
				l.p.after = nil
				l.p.mu.Unlock()
			} else if _, killed := l.run(t, codes, at.point, at.times, true); !killed {
				t.Fatal("it was not killed: the test shows nothing")
			}
			l.run(t, nil, "", 0, true)
			l.once(t, lines)
			l.g.start(t)
			if s := l.g.Status(); s.Queue != 0 || s.Letters != 0 {
				t.Errorf("%d wait, %d are dead letters", s.Queue, s.Letters)
			}
		})
	}
}

// Killed while a new bundle is written, there is the old one or the new one, whole, and
// it is known for the one that was kept: its mark is written before it, and that of the
// old one taken away after it.
func TestKilledWhileABundleIsWritten(t *testing.T) {
	drafted, renamed := agent.Points[7], agent.Points[8]
	for _, c := range []struct {
		point string
		file  int // marks, bundle, marks
		taken bool
	}{{drafted, 1, false}, {renamed, 1, false}, {drafted, 2, false}, {renamed, 2, true}, {drafted, 3, true}, {renamed, 3, true}} {
		t.Run(fmt.Sprintf("%s-%d", strings.ReplaceAll(c.point, " ", "-"), c.file), func(t *testing.T) {
			t.Parallel()
			l := newLives(t)
			before := l.p.signed.Version
			l.p.bundle.Rules.Version++
			next := l.p.publish(t).Version
			if _, killed := l.run(t, nil, c.point, c.file, true); !killed {
				t.Fatal("it was not killed: the test shows nothing")
			}
			l.g.start(t)
			want := before
			if c.taken {
				want = next
			}
			if s := l.g.Status(); s.Bundle == nil || s.Bundle.Version != want || len(s.Faults) > 0 {
				t.Errorf("%+v", s)
			}
			_ = l.g.Close()
			l.run(t, nil, "", 0, true)
			l.g.start(t)
			if s := l.g.Status(); s.Bundle.Version != next {
				t.Error("the new one is not taken after the restart")
			}
			if left, _ := filepath.Glob(filepath.Join(l.g.folder, "*.new")); len(left) > 0 {
				t.Error("drafts are left:", left)
			}
		})
	}
}
