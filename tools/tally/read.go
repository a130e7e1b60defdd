package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of test2json; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// pkg is what is known of a package under test.
type pkg struct {
	ended  map[string]string   // test → pass, fail or skip
	output map[string][]string // test, or "" for the package itself
}

type tally struct {
	totals
	out      io.Writer
	packages map[string]*pkg
}

func newTally(out io.Writer) *tally { return &tally{out: out, packages: map[string]*pkg{}} }

// read takes events to the end; other lines are passed on as they are.
func (t *tally) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil:
			fmt.Fprint(t.out, line)
		default:
			t.take(e)
		}
		if err == io.EOF {
			t.cutOff()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) take(e event) {
	if e.Action == "build-output" {
		fmt.Fprint(t.out, e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := t.packages[e.Package]
	if p == nil {
		p = &pkg{ended: map[string]string{}, output: map[string][]string{}}
		t.packages[e.Package] = p
	}
	switch e.Action {
	case "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.close(e, p)
			return
		}
		p.ended[e.Test] = e.Action
	}
}

// close counts a package and says how it went.
func (t *tally) close(e event, p *pkg) {
	delete(t.packages, e.Package)
	n := p.count()
	if e.Action == "fail" {
		n.failed = max(n.failed, 1) // it did not build, panicked or ran out of time
		for _, test := range slices.Sorted(maps.Keys(p.output)) {
			if p.matters(test) {
				fmt.Fprint(t.out, strings.Join(p.output[test], ""))
			}
		}
	}
	t.passed, t.failed, t.skipped = t.passed+n.passed, t.failed+n.failed, t.skipped+n.skipped
	if n != (totals{}) {
		fmt.Fprintf(t.out, "%-4s %s %.1fs: %s\n", e.Action, e.Package, e.Elapsed, n)
	}
}

// matters says whether a failing package's test has something to tell. A panic and
// a time-out stand under whichever test spoke last, which may have passed.
func (p *pkg) matters(test string) bool {
	if ended := p.ended[test]; ended != "pass" && ended != "skip" {
		return true
	}
	return slices.ContainsFunc(p.output[test], func(line string) bool {
		return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
	})
}

// cutOff counts packages that never ended as failed.
func (t *tally) cutOff() {
	for name, p := range t.packages {
		t.close(event{Action: "fail", Package: name}, p)
	}
}

// count counts leaves, and of the others those that failed though no child did.
func (p *pkg) count() totals {
	parents, failedBelow := map[string]bool{}, map[string]bool{}
	for name, action := range p.ended {
		for i := strings.LastIndexByte(name, '/'); i > 0; i = strings.LastIndexByte(name[:i], '/') {
			parents[name[:i]] = true
			if action == "fail" {
				failedBelow[name[:i]] = true
			}
		}
	}
	var n totals
	for name, action := range p.ended {
		switch {
		case action == "fail" && !failedBelow[name]:
			n.failed++
		case parents[name]:
		case action == "pass":
			n.passed++
		case action == "skip":
			n.skipped++
		}
	}
	return n
}
