package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// listener is an HTTP server on its socket.
type listener struct {
	*http.Server
	socket net.Listener
}

// sockets are the open ports of the process, before anything is behind them.
type sockets struct {
	public, private net.Listener
	// devices is nil when nothing listens for devices of other makers.
	devices net.Listener
	// mqtt is nil when there is no broker in this process.
	mqtt net.Listener
	// sip and sia are nil when nothing listens for video devices and alarm panels.
	sip, sia *twin
}

// twin is one port on both TCP and UDP.
type twin struct {
	stream    net.Listener
	datagrams net.PacketConn
}

// openTwin opens both. Where any port will do, one is looked for that is free for both.
func openTwin(addr string) (*twin, error) {
	var err error
	for range 20 {
		var t twin
		if t.stream, err = net.Listen("tcp", addr); err != nil {
			break
		}
		if t.datagrams, err = net.ListenPacket("udp", t.stream.Addr().String()); err == nil {
			return &t, nil
		}
		_ = t.stream.Close()
		if addr != anyPort {
			break
		}
	}
	return nil, fail("不能监听 "+addr+"（TCP 和 UDP）。", "Cannot listen on "+addr+" (TCP and UDP).", err)
}

func (t *twin) close() error {
	if t == nil {
		return nil
	}
	return errors.Join(t.stream.Close(), t.datagrams.Close())
}

// openSockets opens all ports first of all, so that a taken one is known before
// anything starts.
func openSockets(cfg *Config) (*sockets, error) {
	public, err := openSocket(cfg.Listen)
	if err != nil {
		return nil, err
	}
	private, err := openSocket(cfg.PrivateListen)
	if err != nil {
		return nil, errors.Join(err, public.Close())
	}
	on := &sockets{public: public, private: private}
	if cfg.DeviceListen != "" {
		if on.devices, err = openSocket(cfg.DeviceListen); err != nil {
			return nil, errors.Join(err, on.close())
		}
	}
	if cfg.MQTTListen != "" {
		if on.mqtt, err = openSocket(cfg.MQTTListen); err != nil {
			return nil, errors.Join(err, on.close())
		}
	}
	if cfg.SIPListen != "" {
		if on.sip, err = openTwin(cfg.SIPListen); err != nil {
			return nil, errors.Join(err, on.close())
		}
	}
	if cfg.SIAListen != "" {
		if on.sia, err = openTwin(cfg.SIAListen); err != nil {
			return nil, errors.Join(err, on.close())
		}
	}
	return on, nil
}

func openSocket(addr string) (net.Listener, error) {
	socket, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fail("不能监听 "+addr+"。", "Cannot listen on "+addr+".", err)
	}
	return socket, nil
}

func (s *sockets) close() error {
	err := errors.Join(s.public.Close(), s.private.Close())
	for _, more := range []net.Listener{s.devices, s.mqtt} {
		if more != nil {
			err = errors.Join(err, more.Close())
		}
	}
	return errors.Join(err, s.sip.close(), s.sia.close())
}

// listen puts a handler behind a socket. The limits hold for slow and for greedy
// clients, those too that read an answer a byte at a time.
func listen(socket net.Listener, handler http.Handler, log *slog.Logger) *listener {
	return &listener{socket: socket, Server: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       75 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
}

// serve answers until shut down; anything else that ends it is an error.
func (l *listener) serve() error {
	if err := l.Serve(l.socket); !errors.Is(err, http.ErrServerClosed) {
		return fail("监听中断。", "A listener broke.", err)
	}
	return nil
}

// drain takes no new connection and lets requests under way finish until ctx
// ends; those that have not are cut.
func (l *listener) drain(ctx context.Context) error {
	err := l.Shutdown(ctx)
	if err == nil {
		return nil
	}
	_ = l.Close()
	if errors.Is(err, context.DeadlineExceeded) {
		return fail("有请求没有及时结束，已中断。", "Requests did not finish in time and were cut.")
	}
	return fail("监听没有正常关闭。", "A listener did not close.", err)
}
