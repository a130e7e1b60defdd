package sia

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// mostConnections and mostFromOne bound open connections; a panel needs one.
	mostConnections, mostFromOne = 512, 16
	// mostAtOnce bounds datagrams under way; panels send again what was dropped.
	mostAtOnce = 64
	// idle is how long a connection may say nothing, complete how long a packet may take
	// from its first character.
	idle, complete = 10 * time.Minute, 10 * time.Second
)

// Serve answers on both sockets until the context ends, and closes them.
func (r *Receiver) Serve(ctx context.Context, stream net.Listener, datagrams net.PacketConn) {
	var all sync.WaitGroup
	stop := context.AfterFunc(ctx, func() {
		_ = stream.Close()
		_ = datagrams.Close()
	})
	defer stop()
	all.Go(func() { device.Supervise(ctx, r.Look) })
	all.Go(func() { r.accept(ctx, stream, &all) })
	all.Go(func() { r.receive(ctx, datagrams, &all) })
	all.Wait()
}

func (r *Receiver) accept(ctx context.Context, stream net.Listener, all *sync.WaitGroup) {
	open := device.Crowd{Most: mostConnections, FromOne: mostFromOne}
	for {
		conn, err := stream.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			if conn != nil {
				_ = conn.Close()
			}
			return
		}
		if err != nil {
			r.log.Warn("connection not accepted", "protocol", model.ProtocolSIA, "error", err.Error())
			_ = model.Wait(ctx, 100*time.Millisecond) // the loop looks at the context itself
			continue
		}
		host := device.HostOf(conn.RemoteAddr().String())
		if !open.Enter(host) {
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer open.Leave(host)
			r.converse(ctx, conn)
		})
	}
}

// converse answers packets of a connection one after the other.
func (r *Receiver) converse(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	in := bufio.NewReaderSize(conn, longest+1)
	for {
		frame, err := next(conn, in)
		if err != nil {
			return // gone, slow, or no panel
		}
		answer := r.Answer(ctx, frame)
		if answer == nil {
			continue
		}
		if conn.SetWriteDeadline(within(complete)) != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// within is a deadline for a socket, which knows the machine's clock alone.
func within(d time.Duration) time.Time { return model.SystemClock{}.Now().Add(d) }

// next reads what stands between LF and CR. What stands outside is skipped, so that a
// broken packet does not take the following one with it.
func next(conn net.Conn, in *bufio.Reader) ([]byte, error) {
	if err := conn.SetReadDeadline(within(idle)); err != nil {
		return nil, err
	}
	if _, err := in.Peek(1); err != nil {
		return nil, err
	}
	if err := conn.SetReadDeadline(within(complete)); err != nil {
		return nil, err
	}
	frame, err := in.ReadSlice(carriageReturn)
	if err != nil {
		return nil, err // too long for the buffer, or cut off
	}
	frame = frame[:len(frame)-1]
	if begin := bytes.LastIndexByte(frame, lineFeed); begin >= 0 {
		frame = frame[begin+1:]
	}
	return bytes.Clone(frame), nil
}

// receive answers datagrams, one packet each.
func (r *Receiver) receive(ctx context.Context, datagrams net.PacketConn, all *sync.WaitGroup) {
	free := make(chan struct{}, mostAtOnce)
	buffer := make([]byte, longest+1)
	for {
		n, from, err := datagrams.ReadFrom(buffer)
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			_ = model.Wait(ctx, 100*time.Millisecond) // the loop looks at the context itself
			continue
		}
		if n < 2 || buffer[0] != lineFeed || buffer[n-1] != carriageReturn {
			continue
		}
		frame := bytes.Clone(buffer[1 : n-1])
		select {
		case free <- struct{}{}:
		default:
			continue // too many at once: the panel sends again
		}
		all.Go(func() {
			defer func() { <-free }()
			if answer := r.Answer(ctx, frame); answer != nil {
				_, _ = datagrams.WriteTo(answer, from) // a lost answer brings the packet again
			}
		})
	}
}
