package chaos_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between the program and its database and cuts connections in the
// moment of a COMMIT.
type proxy struct {
	target   string
	listener net.Listener
	// armed lets it cut; before and after, it only passes on.
	armed   atomic.Bool
	cuts    atomic.Int32
	mu      sync.Mutex
	open    map[net.Conn]bool
	serving sync.WaitGroup
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: target, listener: l, open: map[net.Conn]bool{}}
	p.serving.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for c := range p.open {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.serving.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.open[client], p.open[server] = true, true
		p.mu.Unlock()
		hangUp := sync.OnceFunc(func() { p.hangUp(client, server) })
		// muted keeps back what the server says after a COMMIT that got through.
		muted := new(atomic.Bool)
		p.serving.Go(func() { defer hangUp(); p.forth(server, client, muted) })
		p.serving.Go(func() { defer hangUp(); back(client, server, muted) })
	}
}

func (p *proxy) hangUp(both ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range both {
		_ = c.Close()
		delete(p.open, c)
	}
}

// commit is how the driver sends it: command 3, text.
var commit = []byte("\x03COMMIT")

// forth passes on what the client says, but for some commits: one half of those
// reaches the server, which then talks to nobody.
func (p *proxy) forth(server, client net.Conn, muted *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		cut := p.armed.Load() && bytes.Contains(buffer[:n], commit) && rand.IntN(3) == 0
		if cut && p.cuts.Add(1)%2 == 0 {
			return
		}
		if cut {
			muted.Store(true)
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if cut {
			// back hangs up when the server has answered: then it is carried out.
			_, _ = io.Copy(io.Discard, client)
			return
		}
	}
}

// back passes on what the server says.
func back(client, server net.Conn, muted *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil || muted.Load() {
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestCutAtCommit: the outcome of a commit is unknown, and asking again with the
// same scan id makes no second passage of it.
func TestCutAtCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dsn := mysqlServer(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, u.Host)
	u.Host = p.listener.Addr().String()
	w := newWorld(t, t.TempDir(), u.String())
	l := w.begin(true)
	w.reach(50, 30*time.Second)
	p.armed.Store(true)
	for wanted := int32(times(t, "CHAOS_CUTS", 30)); p.cuts.Load() < wanted; {
		w.reach(1, 30*time.Second)
	}
	p.armed.Store(false)
	l.end()
	unsure := len(w.book.open)
	if unsure == 0 {
		t.Error("no cut was noticed: the test shows nothing")
	}
	w.book.allowRefusals(t, outage...)
	if len(w.book.cut) > 0 {
		t.Errorf("%d requests without an answer: %v", len(w.book.cut), w.book.cut[0])
	}
	w.resolve()
	w.again(0)
	t.Logf("%d commits cut, %d scans asked again, %d acknowledged; refused: %v", p.cuts.Load(), unsure, len(w.book.answered), w.book.refusals)
	w.obey()
	w.sealed()
}
