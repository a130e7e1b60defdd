package device

import (
	"net"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

// Crowd bounds open connections, of all and from each host.
type Crowd struct {
	Most, FromOne int

	mu   sync.Mutex
	all  int
	from map[string]int
}

// Enter counts one more from a host, unless there are too many.
func (c *Crowd) Enter(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.Most || c.from[host] >= c.FromOne {
		return false
	}
	if c.from == nil {
		c.from = map[string]int{}
	}
	c.all++
	c.from[host]++
	return true
}

// Leave counts one less.
func (c *Crowd) Leave(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.from[host]--; c.from[host] <= 0 {
		delete(c.from, host)
	}
}

// Guarded bounds what a listener lets in: connections beyond the crowd are closed, and
// one that says nothing, or takes no answer, for as long as idle.
func Guarded(l net.Listener, crowd *Crowd, idle time.Duration) net.Listener {
	return &guarded{Listener: l, crowd: crowd, idle: idle}
}

type guarded struct {
	net.Listener
	crowd *Crowd
	idle  time.Duration
}

func (g *guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host := HostOf(conn.RemoteAddr().String())
		if g.crowd.Enter(host) {
			return &guest{Conn: conn, leave: sync.OnceFunc(func() { g.crowd.Leave(host) }), idle: g.idle}, nil
		}
		_ = conn.Close()
	}
}

type guest struct {
	net.Conn
	leave func()
	idle  time.Duration
}

func (g *guest) Read(b []byte) (int, error) {
	if err := g.SetReadDeadline(model.SystemClock{}.Now().Add(g.idle)); err != nil {
		return 0, err
	}
	return g.Conn.Read(b)
}

func (g *guest) Write(b []byte) (int, error) {
	if err := g.SetWriteDeadline(model.SystemClock{}.Now().Add(g.idle)); err != nil {
		return 0, err
	}
	return g.Conn.Write(b)
}

func (g *guest) Close() error {
	g.leave()
	return g.Conn.Close()
}

// HostOf is an address without its port.
func HostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}
