package partition

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
)

const (
	// edgePort is where an agent listens, in a namespace of its own.
	edgePort = ":8480"
	// answerTime is far longer than any person is kept waiting.
	answerTime = 20 * time.Second
)

// said is one line of a gate's screen.
type said struct {
	Outcome, Reason, Direction string
	Online                     bool
}

// gate is an agent as a process.
type gate struct {
	run     *run
	name    string
	number  int
	id      string
	cmd     *exec.Cmd
	readers map[string]io.WriteCloser
	screen  map[string]chan said

	mu sync.Mutex
	// alone are the times in which the gate could not reach the edge of its site.
	alone []span
}

// span is a time from and to; a zero end is still going on.
type span struct{ from, to time.Time }

// openGates enrols and starts the agents: the first is the edge of its site, which
// the second asks; the third stands alone.
func (r *run) openGates(folder string) error {
	for i, name := range []string{"east", "west", "north"} {
		made := r.site.manager.post(r.site.in("gates"), map[string]any{"name": name, "perimeter": "site", "direction": "both", "passback": "off"})
		if made.status != 201 {
			return fmt.Errorf("a gate cannot be made: %v", made)
		}
		g := &gate{run: r, name: name, number: i, id: made.text("id"), readers: map[string]io.WriteCloser{},
			screen: map[string]chan said{"in": make(chan said, 1), "out": make(chan said, 1)}}
		r.gates = append(r.gates, g)
	}
	if err := r.site.issueCards(r.gates); err != nil {
		return err
	}
	for _, g := range r.gates {
		if err := g.start(filepath.Join(folder, g.name)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) stopGates() {
	for _, g := range r.gates {
		if g.cmd != nil && g.cmd.Process != nil {
			_ = g.cmd.Process.Signal(syscall.SIGTERM)
			_ = g.cmd.Wait()
		}
	}
}

func (g *gate) listen() string { return g.run.net.address(min(1, 1-g.number/2), g.number) + edgePort }

// start enrols the agent and waits until it is online with a bundle that knows the
// people.
func (g *gate) start(data string) error {
	r := g.run
	e := r.site.manager.post("/v1/gate-enrolments", map[string]any{"gate_id": g.id, "profile": "agent"})
	if e.status != 201 {
		return fmt.Errorf("no enrolment: %v", e)
	}
	server, ca := r.site.front(g.number), r.site.ca
	out, err := r.net.inside(r.ctx, g.number, r.Agent, "enrol", "--data", data, "--server", server, "--ca", ca, "--code", e.text("enrolment_code")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s cannot be enrolled: %w: %s", g.name, err, out)
	}
	pipe := filepath.Join(filepath.Dir(data), g.name+".out")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return err
	}
	// Opened for both, so that it does not wait for the other end.
	f, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	args := []string{"run", "--data", data, "--server", server, "--ca", ca, "--reader", "in=stdin", "--reader", "out=tty:" + pipe, "--listen", g.listen()}
	switch g.number {
	case 0:
		args = append(args, "--serve-edge")
	case 1:
		args = append(args, "--edge", "http://"+r.gates[0].listen())
	}
	g.cmd = r.net.inside(r.ctx, g.number, r.Agent, args...)
	in, err := g.cmd.StdinPipe()
	if err != nil {
		return err
	}
	g.readers["in"], g.readers["out"] = in, f
	screen, err := g.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	log, err := g.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := g.cmd.Start(); err != nil {
		return err
	}
	go g.watchScreen(screen)
	go g.watchLog(log)
	return g.ready()
}

func (g *gate) ready() error {
	ctx, cancel := context.WithTimeout(g.run.ctx, time.Minute)
	defer cancel()
	for {
		s, err := g.status(ctx)
		if err == nil && s.Mode == agent.ModeOnline && s.Bundle != nil {
			return nil
		}
		if model.Wait(ctx, 100*time.Millisecond) != nil {
			return fmt.Errorf("%s is not ready: %+v, %w", g.name, s, err)
		}
	}
}

func (g *gate) watchScreen(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var s said
		if json.Unmarshal(lines.Bytes(), &s) == nil && g.screen[s.Direction] != nil {
			g.screen[s.Direction] <- s
		}
	}
}

// watchLog keeps when the gate was without the edge of its site.
func (g *gate) watchLog(from io.Reader) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Time      time.Time
			Msg, Code string
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Code != "edge_unreachable" {
			continue
		}
		g.mu.Lock()
		switch n := len(g.alone); {
		case line.Msg == "fault":
			g.alone = append(g.alone, span{from: line.Time})
		case line.Msg == "mended" && n > 0:
			g.alone[n-1].to = line.Time
		}
		g.mu.Unlock()
	}
}

var errSilent = errors.New("the screen stayed dark")

// show shows a code at a reader and waits for the answer.
func (g *gate) show(direction, code string) (said, error) {
	if _, err := fmt.Fprintln(g.readers[direction], code); err != nil {
		return said{}, err
	}
	limit := time.NewTimer(answerTime)
	defer limit.Stop()
	select {
	case s := <-g.screen[direction]:
		return s, nil
	case <-limit.C:
		return said{}, errSilent
	}
}

func (g *gate) status(ctx context.Context) (s agent.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := g.run.net.inside(ctx, g.number, g.run.Agent, "status", "--listen", g.listen()).Output()
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(out, &s)
}
