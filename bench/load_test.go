//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is what a round of requests came to.
type load struct {
	perSecond float64
	p99       float64 // milliseconds
}

// site is a handler behind a port, as the program puts it there.
func site(t testing.TB, handler http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: 75 * time.Second}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
	})
	return l.Addr().String()
}

// rawRequest is a request as its bytes, so that sending it costs a write.
func rawRequest(method, path, token, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: bench-0001\r\n", method, path)
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return append(append(b.Bytes(), "\r\n"...), body...)
}

// shoot sends each request once over so many kept connections; all must be
// answered with 200 and hold want.
func shoot(t testing.TB, addr string, connections int, requests [][]byte, want string) load {
	t.Helper()
	lines := make([]*line, connections)
	for i := range lines {
		lines[i] = dial(t, addr, want)
	}
	took := make([]time.Duration, len(requests))
	var next atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, connections)
	began := time.Now()
	for i, l := range lines {
		wait.Go(func() {
			for errs[i] == nil {
				n := int(next.Add(1)) - 1
				if n >= len(requests) {
					return
				}
				sent := time.Now()
				errs[i] = l.ask(requests[n])
				took[n] = time.Since(sent)
			}
		})
	}
	wait.Wait()
	elapsed := time.Since(began)
	for i, l := range lines {
		_ = l.Close()
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
	}
	slices.Sort(took)
	return load{perSecond: float64(len(requests)) / elapsed.Seconds(), p99: float64(took[len(took)*99/100].Microseconds()) / 1000}
}

// line is a kept connection that reads answers with next to no work, since the
// client shares the processors with what it measures.
type line struct {
	net.Conn
	in   *bufio.Reader
	body []byte
	want []byte
}

func dial(t testing.TB, addr, want string) *line {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return &line{Conn: conn, in: bufio.NewReaderSize(conn, 4096), want: []byte(want)}
}

var (
	ok        = []byte("HTTP/1.1 200 ")
	lengthKey = []byte("Content-Length: ")
)

func (l *line) ask(request []byte) error {
	if _, err := l.Write(request); err != nil {
		return err
	}
	good, length := false, 0
	for first := true; ; first = false {
		text, err := l.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first {
			good = bytes.HasPrefix(text, ok)
		}
		if after, found := bytes.CutPrefix(text, lengthKey); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(after))); err != nil {
				return err
			}
		}
		if len(text) == 2 {
			break
		}
	}
	l.body = slices.Grow(l.body[:0], length)[:length]
	if _, err := io.ReadFull(l.in, l.body); err != nil {
		return err
	}
	if !good || !bytes.Contains(l.body, l.want) {
		return fmt.Errorf("answered %q", l.body)
	}
	return nil
}
