package webhook_test

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

func TestSendIsOneSignedCloudEvent(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(202))
	s := newSender(t, demo(), model.FrozenClock(at))
	got := s.Send(bg(), to(r.URL+"/events?tenant=1"), passage())
	request := r.requests()[0]
	if got != (webhook.Outcome{Status: 202, Class: webhook.Delivered, SM3: hex.EncodeToString(gm.SM3(request.Body))}) {
		t.Errorf("outcome %+v", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/cloudevents+json", "Webhook-Id": passage().ID, "Webhook-Timestamp": "1795336200",
		"User-Agent": "CommunityPass-Webhook/1", "Accept-Encoding": "", "Idempotency-Key": "",
	} {
		if value := request.Header.Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	if string(request.Body) != string(passage().Encode()) {
		t.Errorf("body %s", request.Body)
	}
}

func TestStatusDecides(t *testing.T) {
	t.Parallel()
	var code atomic.Int32
	r := newRecipient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(int(code.Load()))
		_, _ = io.WriteString(w, "<html>secret words of the recipient</html>")
	})
	s := newSender(t, demo(), model.FrozenClock(at))
	for _, c := range []struct {
		status int
		class  webhook.Class
		detail string
	}{
		{200, webhook.Delivered, ""}, {201, webhook.Delivered, ""}, {204, webhook.Delivered, ""}, {299, webhook.Delivered, ""},
		{300, webhook.Retry, "redirect"}, {304, webhook.Retry, "redirect"}, {308, webhook.Retry, "redirect"},
		{400, webhook.Permanent, "status_400"}, {401, webhook.Permanent, "status_401"}, {404, webhook.Permanent, "status_404"},
		{408, webhook.Retry, "status_408"}, {410, webhook.Gone, "status_410"}, {422, webhook.Permanent, "status_422"},
		{425, webhook.Retry, "status_425"}, {429, webhook.Retry, "status_429"}, {499, webhook.Permanent, "status_499"},
		{500, webhook.Retry, "status_500"}, {502, webhook.Retry, "status_502"}, {503, webhook.Retry, "status_503"},
		{504, webhook.Retry, "status_504"}, {599, webhook.Retry, "status_599"}, {600, webhook.Retry, "status_600"},
	} {
		code.Store(int32(c.status))
		want := webhook.Outcome{Status: c.status, Class: c.class, Detail: c.detail}
		if c.class == webhook.Delivered {
			want.SM3 = hex.EncodeToString(gm.SM3(passage().Encode()))
		}
		if c.class == webhook.Retry {
			want.RetryAfter = 2 * time.Minute
		}
		if got := s.Send(bg(), to(r.URL), passage()); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	var value atomic.Value
	r := newRecipient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", value.Load().(string))
		w.WriteHeader(http.StatusTooManyRequests)
	})
	now := at.Truncate(time.Second)
	s := newSender(t, demo(), model.FrozenClock(now))
	for text, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "0": 0, "-5": 0, "86400": 24 * time.Hour, "999999": 24 * time.Hour,
		"99999999999999999999": 0, "soon": 0, "": 0, "1.5": 0,
		now.Add(90 * time.Second).Format(http.TimeFormat):    90 * time.Second,
		now.Add(-90 * time.Second).Format(http.TimeFormat):   0,
		now.Add(90 * 24 * time.Hour).Format(http.TimeFormat): 24 * time.Hour,
	} {
		value.Store(text)
		if got := s.Send(bg(), to(r.URL), passage()); got.Class != webhook.Retry || got.RetryAfter != want {
			t.Errorf("%q: %+v, want %v", text, got, want)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	inside := newRecipient(t, status(200))
	for _, code := range []int{301, 302, 303, 307, 308} {
		r := newRecipient(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, inside.URL, code) })
		s := newSender(t, demo(), model.FrozenClock(at))
		got := s.Send(bg(), to(r.URL), passage())
		if got != (webhook.Outcome{Status: code, Class: webhook.Retry, Detail: "redirect"}) {
			t.Errorf("%d: %+v", code, got)
		}
	}
	if n := len(inside.requests()); n != 0 {
		t.Errorf("%d redirects followed", n)
	}
}

func TestBrokenRecipients(t *testing.T) {
	t.Parallel()
	readHead := func(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) }
	untilClosed := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	for name, c := range map[string]struct {
		serve  func(conn net.Conn, n int)
		class  webhook.Class
		detail string
	}{
		"never answers": {func(conn net.Conn, _ int) { untilClosed(conn) }, webhook.Retry, "timeout"},
		"stops in the head": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-A: ")
			untilClosed(conn)
		}, webhook.Retry, "timeout"},
		"interim answers only": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n\r\n")
			untilClosed(conn)
		}, webhook.Retry, "timeout"},
		"cuts before answering": {func(conn net.Conn, _ int) { readHead(conn) }, webhook.Retry, "connection_cut"},
		"cuts in the head": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-A: b\r\n")
		}, webhook.Retry, "connection_cut"},
		"speaks something else": {func(conn net.Conn, _ int) { readHead(conn); _, _ = io.WriteString(conn, "220 mail ready\r\n\r\n") }, webhook.Retry, "protocol"},
		"enormous head": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("a", 1<<20)+"\r\n\r\n")
			untilClosed(conn)
		}, webhook.Retry, "protocol"},
		"body never comes": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na")
			untilClosed(conn)
		}, webhook.Delivered, ""},
		"body is cut": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na")
		}, webhook.Delivered, ""},
		"error body never comes": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")
			untilClosed(conn)
		}, webhook.Retry, "status_500"},
		"switches protocols": {func(conn net.Conn, _ int) {
			readHead(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			untilClosed(conn)
		}, webhook.Retry, "status_101"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := demo()
			o.Timeout = time.Second
			s := newSender(t, o, model.FrozenClock(at))
			wantOutcome(t, s.Send(bg(), to(rawServer(t, c.serve)), passage()), c.class, c.detail)
		})
	}
}

// A status has come, the body does not: the worker does not wait for Timeout.
func TestABodyDoesNotHoldTheWorker(t *testing.T) {
	t.Parallel()
	url := rawServer(t, func(conn net.Conn, _ int) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	o := demo()
	o.Timeout = time.Hour
	s := newSender(t, o, model.FrozenClock(at))
	wantOutcome(t, s.Send(bg(), to(url), passage()), webhook.Retry, "status_503")
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(200))
	r.Close()
	s := newSender(t, demo(), model.FrozenClock(at))
	wantOutcome(t, s.Send(bg(), to(r.URL), passage()), webhook.Retry, "connect_refused")
}

func TestCancelledByTheCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	url := rawServer(t, func(conn net.Conn, _ int) { cancel(); _, _ = io.Copy(io.Discard, conn) })
	s := newSender(t, demo(), model.FrozenClock(at))
	wantOutcome(t, s.Send(ctx, to(url), passage()), webhook.Retry, "cancelled")
}

func TestAPoisonedAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	const flood = 256 << 20
	for name, respond := range map[string]func(http.ResponseWriter) error{
		"flood": func(w http.ResponseWriter) error {
			_, err := io.CopyN(w, zeros{}, flood)
			return err
		},
		"announced flood": func(w http.ResponseWriter) error {
			w.Header().Set("Content-Length", "268435456")
			_, err := io.CopyN(w, zeros{}, flood)
			return err
		},
		"gzip bomb": func(w http.ResponseWriter) error {
			w.Header().Set("Content-Encoding", "gzip")
			zip, _ := gzip.NewWriterLevel(w, gzip.NoCompression)
			_, err := io.CopyN(zip, zeros{}, flood)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			r := newRecipient(t, func(w http.ResponseWriter, _ *http.Request) { ended <- respond(w) })
			s := newSender(t, demo(), model.FrozenClock(at))
			wantOutcome(t, s.Send(bg(), to(r.URL), passage()), webhook.Delivered, "")
			if err := <-ended; err == nil {
				t.Error("the recipient could send all of it")
			}
		})
	}
}

func TestSmallAnswersKeepTheConnection(t *testing.T) {
	t.Parallel()
	page := strings.Repeat("<p>收到</p>", 4000) // HTML, below 64 KB
	var connections atomic.Int32
	r := &recipient{}
	r.Server = httptest.NewUnstartedServer(r.keep(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, page)
	}))
	r.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	r.Start()
	t.Cleanup(r.Close)
	s := newSender(t, demo(), model.FrozenClock(at))
	for range 20 {
		wantOutcome(t, s.Send(bg(), to(r.URL), passage()), webhook.Retry, "status_502")
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 20 events", n)
	}
}

// A recipient may close a kept connection while an event is on its way.
func TestAStaleConnectionIsReplacedWithinTheAttempt(t *testing.T) {
	t.Parallel()
	url := rawServer(t, func(conn net.Conn, n int) {
		request := make([]byte, 4096)
		for i := range 2 {
			if _, err := conn.Read(request); err != nil || (n == 0 && i == 1) {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	s := newSender(t, demo(), model.FrozenClock(at))
	for range 2 {
		wantOutcome(t, s.Send(bg(), to(url), passage()), webhook.Delivered, "")
	}
}

func TestAHangingRecipientDoesNotDelayAnother(t *testing.T) {
	t.Parallel()
	hanging := rawServer(t, func(conn net.Conn, _ int) { _, _ = io.Copy(io.Discard, conn) })
	good := newRecipient(t, status(200))
	o := demo()
	o.MaxConnsPerHost = 1
	s := newSender(t, o, model.FrozenClock(at))
	ctx, cancel := context.WithCancel(context.Background())
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() { s.Send(ctx, to(hanging), passage()) })
	}
	for range 50 {
		wantOutcome(t, s.Send(bg(), to(good.URL), passage()), webhook.Delivered, "")
	}
	cancel()
	waiting.Wait()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
