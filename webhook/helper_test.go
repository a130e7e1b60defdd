package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

var at = time.Date(2026, 11, 22, 8, 30, 0, 125e6, time.UTC)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func key(fill byte) []byte { return bytes.Repeat([]byte{fill}, 32) }

func passage() webhook.Event {
	return webhook.Event{
		ID: "01KAP0000000000000000PASS1", Type: "cn.communitypass.passage.recorded",
		Source: "/communities/c1", Subject: "p1", Time: at, Sequence: 42,
		Data: json.RawMessage(`{"gate":"东门","decision":"admit"}`),
	}
}

// demo are the options of a machine on which recipients live beside the server.
func demo() webhook.Options {
	return webhook.Options{AllowedPrefixes: loopback, AllowHTTP: true, Timeout: 10 * time.Second}
}

func newSender(t testing.TB, o webhook.Options, clock model.Clock) *webhook.Sender {
	t.Helper()
	s := webhook.NewSender(o, clock)
	t.Cleanup(s.Close)
	return s
}

func to(url string) webhook.Target {
	return webhook.Target{URL: url, Secrets: [][]byte{key(1)}}
}

// received is one request as a recipient saw it.
type received struct {
	Header http.Header
	Body   []byte
}

// recipient is a server that keeps what it received and then answers by respond.
type recipient struct {
	*httptest.Server
	mu  sync.Mutex
	got []received
}

func newRecipient(t testing.TB, respond http.HandlerFunc) *recipient {
	t.Helper()
	r := &recipient{}
	r.Server = httptest.NewServer(r.keep(respond))
	t.Cleanup(r.Close)
	return r
}

func (r *recipient) keep(respond http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.got = append(r.got, received{Header: req.Header.Clone(), Body: body})
		r.mu.Unlock()
		respond(w, req)
	})
}

func (r *recipient) requests() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// rawServer answers connections by hand; serve gets each with its number from 0.
func rawServer(t testing.TB, serve func(conn net.Conn, n int)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for n := 0; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				serve(conn, n)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return "http://" + l.Addr().String() + "/events"
}

func wantOutcome(t testing.TB, got webhook.Outcome, class webhook.Class, detail string) {
	t.Helper()
	if got.Class != class || got.Detail != detail {
		t.Errorf("outcome %+v, want class %q detail %q", got, class, detail)
	}
}

func bg() context.Context { return context.Background() }
