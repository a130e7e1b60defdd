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

// listen opens the socket, so that a taken port is known before anything starts.
// The limits hold for slow and for greedy clients; answers have no time limit,
// since live feeds stay open.
func listen(addr string, handler http.Handler, log *slog.Logger) (*listener, error) {
	socket, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fail("不能监听 "+addr+"。", "Cannot listen on "+addr+".", err)
	}
	return &listener{socket: socket, Server: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       75 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}, nil
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
