package kone

import (
	"context"
	"encoding/json"

	"github.com/coder/websocket"
)

// line is one connection. It ends with its reader and is never mended: the trunk opens
// another.
type line struct {
	conn   *websocket.Conn
	closed chan struct{}
	stop   context.CancelFunc
}

// newLine reads a connection, and gives what comes to take, until it ends.
func newLine(conn *websocket.Conn, take func(ctx context.Context, e envelope)) *line {
	ctx, stop := context.WithCancel(context.Background())
	l := &line{conn: conn, closed: make(chan struct{}), stop: stop}
	go l.read(ctx, take)
	return l
}

func (l *line) open() bool {
	select {
	case <-l.closed:
		return false
	default:
		return true
	}
}

// end closes the connection and waits for its reader.
func (l *line) end() {
	l.stop()
	_ = l.conn.CloseNow()
	<-l.closed
}

func (l *line) write(ctx context.Context, e envelope) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return l.conn.Write(ctx, websocket.MessageText, text)
}

// read hears until the connection ends.
func (l *line) read(ctx context.Context, take func(ctx context.Context, e envelope)) {
	defer close(l.closed)
	defer func() { _ = l.conn.CloseNow() }()
	for {
		_, text, err := l.conn.Read(ctx)
		if err != nil {
			return
		}
		var e envelope
		if json.Unmarshal(text, &e) == nil {
			take(ctx, e)
		}
	}
}
