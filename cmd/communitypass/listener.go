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
type sockets struct{ public, private net.Listener }

// openSockets opens both ports first of all, so that a taken one is known before
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
	return &sockets{public, private}, nil
}

func openSocket(addr string) (net.Listener, error) {
	socket, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fail("不能监听 "+addr+"。", "Cannot listen on "+addr+".", err)
	}
	return socket, nil
}

func (s *sockets) close() error { return errors.Join(s.public.Close(), s.private.Close()) }

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
