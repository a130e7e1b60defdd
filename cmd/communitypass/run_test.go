package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"

	"go.uber.org/goleak"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// diary notes what happened, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

func (d *diary) worker(name string) worker {
	return worker{name, func(ctx context.Context) {
		<-ctx.Done()
		d.note(name + " stopped")
	}}
}

// play is a process with a handler that says when it is entered and waits to be let go.
type play struct {
	*process
	diary          diary
	entered, letGo chan struct{}
	base           string
	client         *http.Client
}

func newPlay(t *testing.T) *play {
	t.Helper()
	// A listener opened by an earlier test may still wind down.
	known := goleak.IgnoreCurrent()
	p := &play{entered: make(chan struct{}, 1), letGo: make(chan struct{}), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		goleak.VerifyNone(t, known)
	})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.entered <- struct{}{}
		<-p.letGo
		if p.ready.serving() {
			t.Error("readiness is still green while the process stops")
		}
		p.diary.note("request answered")
		_, _ = io.WriteString(w, "done")
	})
	public, inner := listening(t, handler), listening(t, http.NotFoundHandler())
	p.base = "http://" + public.socket.Addr().String()
	p.process = &process{log: quiet, ready: &readiness{},
		listeners: []*listener{public, inner}, workers: []worker{p.diary.worker("feed"), p.diary.worker("forwarder")},
		recorder: p.diary.worker("recorder"),
		close:    func() error { p.diary.note("database closed"); return nil },
		drain:    10 * time.Second, patience: 10 * time.Second}
	return p
}

// listening is a handler behind a free port.
func listening(t *testing.T, handler http.Handler) *listener {
	t.Helper()
	socket, err := openSocket("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listen(socket, handler, quiet)
}

// get sends a request in the background and hands over what came of it.
func (p *play) get() <-chan string {
	out := make(chan string, 1)
	go func() {
		answer, err := p.client.Get(p.base)
		if err != nil {
			out <- "cut: " + err.Error()
			return
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		out <- string(body)
	}()
	return out
}

func TestStopInOrder(t *testing.T) {
	p := newPlay(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx) }()
	answer := p.get()
	<-p.entered
	if !p.ready.serving() {
		t.Error("not ready while serving")
	}
	stop()
	// Readiness turns red although the request is still under way.
	for p.ready.serving() {
		_ = model.Wait(t.Context(), time.Millisecond)
	}
	if got := p.diary.all(); len(got) != 0 {
		t.Errorf("stopped before the request was answered: %v", got)
	}
	close(p.letGo)
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	got := p.diary.all()
	if len(got) == 5 {
		slices.Sort(got[1:3]) // workers stop together
	}
	want := []string{"request answered", "feed stopped", "forwarder stopped", "recorder stopped", "database closed"}
	if !slices.Equal(got, want) {
		t.Errorf("stopped in the order %v, want %v", got, want)
	}
	if _, err := p.client.Get(p.base); err == nil {
		t.Error("a stopped server still takes connections")
	}
}

func TestRequestsThatDoNotEndAreCut(t *testing.T) {
	p := newPlay(t)
	p.drain = 20 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx) }()
	answer := p.get()
	<-p.entered
	stop()
	if got := <-answer; !strings.HasPrefix(got, "cut: ") {
		t.Errorf("the request got %q", got)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "cut") {
		t.Errorf("the stop reports %v", err)
	}
	close(p.letGo)
	if got := p.diary.all(); !slices.Contains(got, "database closed") {
		t.Errorf("the rest was not stopped: %v", got)
	}
}

func TestPartThatFailsStopsTheWhole(t *testing.T) {
	for name, run := range map[string]func(context.Context){
		"returns": func(context.Context) {},
		"panics":  func(context.Context) { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			p.workers = append(p.workers, worker{"lazy", run})
			if err := p.run(t.Context()); err == nil || !strings.Contains(err.Error(), "lazy") {
				t.Errorf("ended with %v", err)
			}
			if got := p.diary.all(); len(got) != 4 || got[3] != "database closed" {
				t.Errorf("stopped %v", got)
			}
		})
	}
	t.Run("listener breaks", func(t *testing.T) {
		p := newPlay(t)
		if err := p.listeners[0].socket.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.run(t.Context()); err == nil || !strings.Contains(err.Error(), "listener broke") {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestWorkerThatDoesNotEndIsNamed(t *testing.T) {
	release := make(chan struct{})
	failed := make(chan error, 1)
	c := start([]worker{{"stubborn", func(context.Context) { <-release }}}, quiet, failed)
	err := c.stop(10 * time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "stubborn") {
		t.Errorf("the stop reports %v", err)
	}
	close(release)
	c.wait.Wait()
}

func TestGreedyHeadersAreRefused(t *testing.T) {
	l := listening(t, http.NotFoundHandler())
	done := make(chan error, 1)
	go func() { done <- l.serve() }()
	request, err := http.NewRequest(http.MethodGet, "http://"+l.socket.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", strings.Repeat("a", 32<<10))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %d", answer.StatusCode)
	}
	if l.ReadHeaderTimeout == 0 || l.ReadTimeout == 0 || l.WriteTimeout == 0 || l.IdleTimeout == 0 {
		t.Error("a slow client is waited for without end")
	}
	if err := l.drain(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTakenPortIsSaidPlainly(t *testing.T) {
	l := listening(t, http.NotFoundHandler())
	defer l.socket.Close()
	_, err := openSocket(l.socket.Addr().String())
	if err == nil || !strings.HasPrefix(err.Error(), "Cannot listen on 127.0.0.1:") {
		t.Errorf("said %v", err)
	}
}
