package chaos_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

const (
	// loadPerGate and loadPause keep each device below its limit of requests.
	loadPerGate = 8
	loadPause   = 40 * time.Millisecond
)

// load shows codes at all gates until it is stopped.
type load struct {
	w      *world
	codes  atomic.Pointer[[]string]
	cancel context.CancelFunc
	wait   sync.WaitGroup
	asking atomic.Int32 // requests under way
}

// begin starts the load. keepAlive is off where a test must know that every
// request has a connection of its own.
func (w *world) begin(keepAlive bool) *load {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{w: w, cancel: cancel}
	if !l.refresh() {
		w.t.Fatal("no pass codes")
	}
	w.client = &http.Client{Timeout: 12 * time.Second, Transport: &http.Transport{DisableKeepAlives: !keepAlive, MaxIdleConnsPerHost: 64}}
	for _, g := range w.gates(simulator.Options{Client: w.client, Attempts: 1}) {
		for range loadPerGate {
			l.wait.Go(func() { l.work(ctx, g) })
		}
	}
	l.wait.Go(func() {
		for model.Wait(ctx, 5*time.Second) == nil {
			l.refresh()
		}
	})
	return l
}

// refresh fetches the residents' codes of this moment, and says whether it could.
func (l *load) refresh() bool {
	var codes []string
	for _, name := range l.w.residents() {
		code, err := l.w.code(name)
		if err != nil {
			return false
		}
		codes = append(codes, code)
	}
	l.codes.Store(&codes)
	return true
}

// work shows residents' codes, and more often codes that nobody knows: a genuine
// one is admitted once, while unknown ones are always recorded.
func (l *load) work(ctx context.Context, g gate) {
	for n := 0; model.Wait(ctx, loadPause) == nil; n++ {
		code, codes := fmt.Sprintf("NOBODY-%d-%d", n, rand.Uint32()), *l.codes.Load()
		if n%3 == 0 {
			code = codes[rand.IntN(len(codes))]
		}
		e := entry{gate: g, scan: g.NewScan(code, g.directions[n%len(g.directions)], 0)}
		begun := time.Now()
		// The request goes on when the load is stopped: only the fault ends it.
		var err error
		l.asking.Add(1)
		e.answer, err = g.Record(context.WithoutCancel(ctx), e.scan)
		l.asking.Add(-1)
		if l.w.book.enter(e, err, time.Since(begun)) {
			continue
		}
		_ = model.Wait(ctx, pauseAfter(err))
	}
}

// pauseAfter is how long a gate waits that was told no: as told, but not so long
// that nothing happens during a short fault.
func pauseAfter(err error) time.Duration {
	var p *simulator.Problem
	if errors.As(err, &p) {
		return min(cmp.Or(p.RetryAfter, time.Second), 300*time.Millisecond)
	}
	return 50 * time.Millisecond
}

// amid waits for a moment in which several requests are under way.
func (l *load) amid() {
	l.w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for l.asking.Load() < 4 {
		if model.Wait(ctx, 100*time.Microsecond) != nil {
			l.w.t.Fatal("there are never several requests under way")
		}
	}
}

// end stops the load and waits until every request has come back.
func (l *load) end() {
	l.cancel()
	l.wait.Wait()
}

// resolve asks again, with the same scan ids, for all that is open.
func (w *world) resolve() {
	w.t.Helper()
	open := w.book.takeOpen()
	work := make(chan entry, len(open))
	for _, e := range open {
		work <- e
	}
	close(work)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for e := range work {
				w.insist(e)
			}
		})
	}
	wait.Wait()
}

// insist sends a scan until it is answered.
func (w *world) insist(e entry) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		var err error
		if e.answer, err = e.gate.Record(ctx, e.scan); err == nil {
			w.book.enter(e, nil, 0)
			return
		}
		if model.Wait(ctx, 100*time.Millisecond) != nil {
			w.t.Errorf("scan %s is never answered: %v", e.scan.ScanId, err)
			return
		}
	}
}

// again sends answered scans from the given on once more, at most 200 of them, and
// insists on the same answers.
func (w *world) again(from int) {
	w.t.Helper()
	w.book.mu.Lock()
	answered := w.book.answered[from:]
	w.book.mu.Unlock()
	step := max(1, len(answered)/200)
	for i := 0; i < len(answered); i += step {
		e := answered[i]
		got, err := e.gate.Record(context.Background(), e.scan)
		for simulator.ProblemCode(err) == string(model.CodeRateLimited) {
			_ = model.Wait(context.Background(), 200*time.Millisecond)
			got, err = e.gate.Record(context.Background(), e.scan)
		}
		if err != nil {
			w.t.Errorf("scan %s, asked again: %v", e.scan.ScanId, err)
			return
		}
		if got.PassageId != e.answer.PassageId || got.Decision != e.answer.Decision || got.Reason != e.answer.Reason {
			w.t.Errorf("scan %s was passage %s (%s %s) and is now %s (%s %s)", e.scan.ScanId, e.answer.PassageId, e.answer.Decision, e.answer.Reason,
				got.PassageId, got.Decision, got.Reason)
		}
	}
}

// reach waits until the gates have had a number of further answers.
func (w *world) reach(more int, limit time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	begun, _ := w.book.count()
	for {
		n, _ := w.book.count()
		if n >= begun+more {
			return
		}
		if model.Wait(ctx, 5*time.Millisecond) != nil {
			w.t.Fatalf("only %d of %d scans answered within %v; refused: %v", n-begun, more, limit, w.book.refusals)
		}
	}
}
