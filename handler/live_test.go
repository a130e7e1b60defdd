package handler_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// gateOfTokens is an authenticator that can be shut.
type gateOfTokens struct {
	tokens
	shut atomic.Bool
}

func (g *gateOfTokens) Authenticate(ctx context.Context, bearer string) (*model.Caller, error) {
	if g.shut.Load() {
		return nil, model.Fail(model.CodeUnauthenticated)
	}
	return g.tokens.Authenticate(ctx, bearer)
}

// liveRig is a real server with limits far below the life of its streams, whose
// events are numbers.
type liveRig struct {
	*httptest.Server
	streams *handler.Streams
	auth    *gateOfTokens
	last    atomic.Int64
	fails   atomic.Bool
}

func newLiveRig(t *testing.T) *liveRig {
	r := &liveRig{auth: &gateOfTokens{tokens: tokens{"a": {Kind: model.CallerStaff, AccountID: "A"}, "b": {Kind: model.CallerStaff, AccountID: "B"}}}}
	r.streams = handler.NewStreams(r.auth)
	// Pauses are short and count as long as they were asked to be.
	r.streams.Wait = func(ctx context.Context, _ time.Duration) error { return model.Wait(ctx, 2*time.Millisecond) }
	engine := gin.New()
	engine.GET("/events", func(c *gin.Context) {
		caller, err := r.auth.Authenticate(c, strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer "))
		if err != nil {
			c.Status(http.StatusUnauthorized)
			return
		}
		c.Request = c.Request.WithContext(middleware.WithCaller(c.Request.Context(), caller))
		r.streams.Serve(c, time.Second, r.read)
		if len(c.Errors) > 0 {
			c.String(http.StatusTeapot, string(model.CodeOf(c.Errors.Last())))
		}
	})
	r.Server = httptest.NewUnstartedServer(engine)
	r.Config.ReadTimeout, r.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	r.Start()
	t.Cleanup(r.Close)
	t.Cleanup(r.streams.Close)
	return r
}

func (r *liveRig) read(_ context.Context, after string) ([]handler.LiveEvent, error) {
	if r.fails.Load() {
		return nil, model.Fail(model.CodeUnavailable)
	}
	from, _ := strconv.ParseInt(after, 10, 64)
	var out []handler.LiveEvent
	for n := from + 1; n <= r.last.Load() && len(out) < 150; n++ {
		out = append(out, handler.LiveEvent{ID: fmt.Sprint(n), Name: "number", Data: map[string]any{"n": n, "text": "a\nb"}})
	}
	return out, nil
}

func (r *liveRig) open(t *testing.T, query, token, after string) (*http.Response, *bufio.Scanner) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+"/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	if after != "" {
		q.Header.Set("Last-Event-ID", after)
	}
	response, err := r.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response, bufio.NewScanner(response.Body)
}

// next is the next line that begins so, without that; "" at the end.
func next(s *bufio.Scanner, begins string) string {
	for s.Scan() {
		if rest, ok := strings.CutPrefix(s.Text(), begins); ok {
			return rest
		}
	}
	return ""
}

func TestAStreamOutlivesTheLimitsOfRequests(t *testing.T) {
	r := newLiveRig(t)
	response, lines := r.open(t, "", "a", "")
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatal(got, response.StatusCode)
	}
	begun := time.Now()
	for n := int64(1); n <= 20; n++ {
		r.last.Add(1)
		if got := next(lines, "id: "); got != fmt.Sprint(n) {
			t.Fatalf("after %s: id %q, want %d", time.Since(begun), got, n)
		}
		if got := next(lines, "data: "); got != fmt.Sprintf(`{"n":%d,"text":"a\nb"}`, n) {
			t.Fatal(got)
		}
		if n%5 == 0 && next(lines, ": ") != "here" {
			t.Fatal("no heartbeat")
		}
	}
	for time.Since(begun) < 300*time.Millisecond { // three times what a request may take
		if next(lines, ": ") != "here" {
			t.Fatal("the stream ended after", time.Since(begun))
		}
	}
}

func TestAStreamGoesOnBehindTheLastEvent(t *testing.T) {
	r := newLiveRig(t)
	r.last.Store(1000)
	for _, way := range []struct{ name, query, header, first string }{
		{"header", "", "400", "401"}, {"query", "?last_event_id=7", "", "8"}, {"header first", "?last_event_id=7", "400", "401"}, {"start", "", "", "1"},
	} {
		t.Run(way.name, func(t *testing.T) {
			_, lines := r.open(t, way.query, "a", way.header)
			first, _ := strconv.Atoi(way.first)
			for n := first; n <= 1000; n++ {
				if got := next(lines, "id: "); got != fmt.Sprint(n) {
					t.Fatalf("id %q, want %d", got, n)
				}
			}
		})
	}
}

func TestAStreamEnds(t *testing.T) {
	for name, end := range map[string]func(r *liveRig){
		"sign-in ended":      func(r *liveRig) { r.auth.shut.Store(true) },
		"server stops":       func(r *liveRig) { r.streams.Close() },
		"database went away": func(r *liveRig) { r.fails.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newLiveRig(t)
			_, lines := r.open(t, "", "a", "")
			next(lines, "retry: ")
			end(r)
			for lines.Scan() {
			}
			if err := lines.Err(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("sign-in ended while there is always more", func(t *testing.T) {
		r := newLiveRig(t)
		r.last.Store(1 << 40)
		_, lines := r.open(t, "", "a", "")
		next(lines, "retry: ")
		r.auth.shut.Store(true)
		for n := 0; lines.Scan(); n++ {
			if n > 1_000_000 {
				t.Fatal("the stream goes on")
			}
		}
	})
	t.Run("one look", func(t *testing.T) {
		r := newLiveRig(t)
		r.last.Store(3)
		_, lines := r.open(t, "?max_seconds=0", "a", "1")
		got := ""
		for id := next(lines, "id: "); id != ""; id = next(lines, "id: ") {
			got += id + " "
		}
		if got != "2 3 " {
			t.Error(got)
		}
	})
}

func TestStreamsAreRefused(t *testing.T) {
	r := newLiveRig(t)
	for _, c := range []struct{ name, query, after, want string }{
		{"a bad id", "", "a b", "invalid"}, {"a negative time", "?max_seconds=-1", "", "invalid"}, {"no number", "?max_seconds=x", "", "invalid"},
		{"too long", "?max_seconds=1801", "", "invalid"},
	} {
		_, lines := r.open(t, c.query, "a", c.after)
		if lines.Scan(); lines.Text() != c.want {
			t.Errorf("%s: %q", c.name, lines.Text())
		}
	}
	r.fails.Store(true)
	if _, lines := r.open(t, "", "a", ""); !lines.Scan() || lines.Text() != "unavailable" {
		t.Error("an outage at the start:", lines.Text())
	}
}

func TestACallerHasFiveStreams(t *testing.T) {
	r := newLiveRig(t)
	var first *http.Response
	for range 5 {
		response, lines := r.open(t, "", "a", "")
		next(lines, "retry: ")
		first = response
	}
	if _, lines := r.open(t, "", "a", ""); !lines.Scan() || lines.Text() != "rate_limited" {
		t.Error("the sixth:", lines.Text())
	}
	if _, lines := r.open(t, "", "b", ""); next(lines, "retry: ") == "" {
		t.Error("another caller is refused")
	}
	_ = first.Body.Close()
	for deadline := time.Now().Add(5 * time.Second); ; {
		if _, lines := r.open(t, "", "a", ""); next(lines, "retry: ") != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a place does not come back")
		}
	}
}

// Many clients that come and go leave nothing behind; it is the race detector that
// judges.
func TestStreamsComeAndGo(t *testing.T) {
	r := newLiveRig(t)
	r.last.Store(10)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				_, lines := r.open(t, "?max_seconds=0", "b", "")
				next(lines, "id: ")
			}
		})
	}
	all.Wait()
}
