package kone

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"communitypass.cn/communitypass/model"

	"github.com/coder/websocket"
)

// line is one connection. It ends with its reader and is never mended: the next call
// opens another.
type line struct {
	conn   *websocket.Conn
	group  model.LiftGroup
	hear   Hear
	closed chan struct{}
	stop   context.CancelFunc

	mu sync.Mutex
	// asked are those who wait for answers, by request id; calls and sessions tell
	// which call of ours a session of KONE's is.
	asked    map[string]chan envelope
	calls    map[int64]string
	sessions map[string]int64
}

func newLine(conn *websocket.Conn, g model.LiftGroup, hear Hear) *line {
	g.Secret = ""
	ctx, stop := context.WithCancel(context.Background())
	l := &line{conn: conn, group: g, hear: hear, closed: make(chan struct{}), stop: stop,
		asked: map[string]chan envelope{}, calls: map[int64]string{}, sessions: map[string]int64{}}
	go l.read(ctx)
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

// ask gives a request id and where its answers come.
func (l *line) ask() (int64, chan envelope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, answers := int64(rand.Int32()), make(chan envelope, 4)
	l.asked[strconv.FormatInt(id, 10)] = answers
	return id, answers
}

func (l *line) forget(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.asked, strconv.FormatInt(id, 10))
}

func (l *line) sessionOf(callID string) (int64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sessions[callID]
	return s, ok
}

func (l *line) write(ctx context.Context, e envelope) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return l.conn.Write(ctx, websocket.MessageText, text)
}

// follow asks how a call goes on. Without it the call is acknowledged all the same.
func (l *line) follow(ctx context.Context, g model.LiftGroup, callID string, session int64) {
	l.mu.Lock()
	l.calls[session], l.sessions[callID] = callID, session
	l.mu.Unlock()
	_ = l.write(ctx, envelope{Type: "site-monitoring", BuildingID: g.Native["building"], CallType: "monitor", GroupID: g.Native["group"], Payload: map[string]any{
		"sub": callID, "duration": monitorSeconds, "subtopics": []string{"call_state/" + strconv.FormatInt(session, 10) + "/+", "lift_+/status"}}})
}

// read hears until the connection ends.
func (l *line) read(ctx context.Context) {
	defer close(l.closed)
	defer func() { _ = l.conn.CloseNow() }()
	for {
		_, text, err := l.conn.Read(ctx)
		if err != nil {
			return
		}
		var e envelope
		if json.Unmarshal(text, &e) != nil {
			continue
		}
		l.take(ctx, e)
	}
}

func (l *line) take(ctx context.Context, e envelope) {
	l.mu.Lock()
	answers := l.asked[e.RequestID]
	l.mu.Unlock()
	if answers != nil {
		select {
		case answers <- e:
		default: // it answers more often than there are answers
		}
		return
	}
	if report, ok := l.report(e); ok {
		_ = l.hear(ctx, l.group.CommunityID, l.group.ID, report) // told again by the next state
	}
}

// report is what a monitored topic says, in our words.
func (l *line) report(e envelope) (model.LiftReport, bool) {
	topic := strings.Split(e.Subtopic, "/")
	switch {
	case len(topic) == 3 && topic[0] == "call_state":
		session, _ := strconv.ParseInt(topic[1], 10, 64)
		l.mu.Lock()
		call := l.calls[session]
		l.mu.Unlock()
		state := map[string]model.LiftCallState{"being_assigned": model.LiftArriving, "being_fixed": model.LiftArriving, "served_soon": model.LiftArriving,
			"served": model.LiftArrived, "cancelled": model.LiftFailed}[topic[2]]
		return model.LiftReport{CallID: call, State: state}, call != "" && state != ""
	case len(topic) == 2 && topic[1] == "status":
		var s struct {
			Mode int `json:"lift_mode"`
		}
		if json.Unmarshal(e.Data, &s) == nil && (s.Mode == 37 || s.Mode == 38) {
			return model.LiftReport{Lift: topic[0], Mode: model.LiftFire}, true
		}
		return model.LiftReport{Lift: topic[0], Mode: model.LiftNormal}, s.Mode == 0 && len(e.Data) > 0
	}
	return model.LiftReport{}, false
}
