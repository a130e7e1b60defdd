package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// cable is the network between the demo's gate and the server: a relay on this machine
// that carries bytes, until it is pulled. What was open is then torn, and what is
// opened is closed at once.
type cable struct {
	socket net.Listener
	to     string

	mu     sync.Mutex
	pulled bool
	open   map[net.Conn]bool
	done   sync.WaitGroup
}

// newCable lays a cable to an address; it is plugged in.
func newCable(to string) (*cable, error) {
	socket, err := net.Listen("tcp", anyPort)
	if err != nil {
		return nil, fail("不能打开演示门的网线端口。", "Cannot open a port for the cable of the demo's gate.", err)
	}
	c := &cable{socket: socket, to: to, open: map[net.Conn]bool{}}
	c.done.Go(c.serve)
	return c, nil
}

// url is where the gate finds the server.
func (c *cable) url() string { return "http://" + c.socket.Addr().String() }

// pull tears the cable, plug puts it back; both may be said twice.
func (c *cable) pull() { c.set(true) }
func (c *cable) plug() { c.set(false) }

func (c *cable) set(pulled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulled = pulled
	if pulled {
		for end := range c.open {
			_ = end.Close()
		}
	}
}

// close ends it for good, when everything that it carried has ended.
func (c *cable) close() error {
	err := c.socket.Close()
	c.pull()
	c.done.Wait()
	return err
}

func (c *cable) serve() {
	for {
		near, err := c.socket.Accept()
		if err != nil {
			return // closed
		}
		c.done.Go(func() { c.carry(near) })
	}
}

// cableDial bounds the way to the server, which is on this machine.
const cableDial = 3 * time.Second

// carry joins one connection with the server until either end is closed.
func (c *cable) carry(near net.Conn) {
	defer near.Close()
	if !c.hold(near) {
		return
	}
	defer c.drop(near)
	ctx, cancel := context.WithTimeout(context.Background(), cableDial)
	defer cancel()
	far, err := new(net.Dialer).DialContext(ctx, "tcp", c.to)
	if err != nil {
		return
	}
	defer far.Close()
	if !c.hold(far) {
		return
	}
	defer c.drop(far)
	var back sync.WaitGroup
	back.Go(func() { c.copy(near, far) })
	c.copy(far, near)
	back.Wait()
}

// copy carries one direction; its end is the end of both.
func (c *cable) copy(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

// hold notes an end to be torn with the cable; it is false when the cable is pulled.
func (c *cable) hold(end net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.pulled {
		c.open[end] = true
	}
	return !c.pulled
}

func (c *cable) drop(end net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, end)
}
