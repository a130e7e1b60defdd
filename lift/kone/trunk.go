package kone

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

// pace is how often and for how long things are done.
type pace struct {
	// ping keeps a connection from being taken for idle, which KONE ends after a minute.
	ping time.Duration
	// renew is when a subscription is asked for anew, before its 300 seconds are over.
	renew time.Duration
	// idle is how long after the last call a connection is kept.
	idle time.Duration
	// answer is how long a ping may take.
	answer time.Duration
	// again is between two tries to come back.
	again time.Duration
	// travel is how long a call is worth coming back for, late how long its answer is.
	travel, late time.Duration
}

var usual = pace{ping: 30 * time.Second, renew: 240 * time.Second, idle: 10 * time.Minute, answer: 10 * time.Second, again: 2 * time.Second, travel: 5 * time.Minute, late: 20 * time.Second}

const (
	// backTime bounds one try to come back, resendSeconds is how much of what was missed
	// KONE tells again.
	backTime      = 10 * time.Second
	resendSeconds = 30
)

// trunk is what is kept of a group while its connections come and go: KONE's session,
// the calls that go on, and the questions that nobody has answered.
type trunk struct {
	k    *KONE
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	// dialling is held while a connection is made: two calls share one.
	dialling chan struct{}

	mu    sync.Mutex
	group model.LiftGroup
	line  *line
	// session is KONE's, which a new connection resumes; used is when the group was last
	// spoken to.
	session string
	used    time.Time
	asked   map[string]*question
	rides   map[string]*ride
	// floors are what stands on the buttons, nil until KONE has said it.
	floors map[int64]string
}

// question waits for answers under its request id. One with a call is still heard when
// nobody waits any more.
type question struct {
	answers chan envelope
	callID  string
	at      time.Time
	left    bool
}

// ride is a call that KONE has acknowledged.
type ride struct {
	session, deck int64
	at            time.Time
	over          bool
}

func newTrunk(k *KONE, g model.LiftGroup) *trunk {
	ctx, stop := context.WithCancel(context.Background())
	return &trunk{k: k, ctx: ctx, stop: stop, group: g, dialling: make(chan struct{}, 1), asked: map[string]*question{}, rides: map[string]*ride{}}
}

// rename takes the group as it is now: its secret may be another.
func (t *trunk) rename(g model.LiftGroup) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.group, t.used = g, t.k.clock.Now()
}

// close ends the connection and whatever would make another.
func (t *trunk) close() {
	t.stop()
	t.dialling <- struct{}{} // whoever dials has come to an end, and nobody does again
	t.mu.Lock()
	l := t.line
	t.mu.Unlock()
	if l != nil {
		l.end()
	}
	t.work.Wait()
}

// about is an envelope about the group.
func (t *trunk) about(kind, callType string, payload any) envelope {
	t.mu.Lock()
	defer t.mu.Unlock()
	return envelope{Type: kind, BuildingID: t.group.Native["building"], CallType: callType, GroupID: t.group.Native["group"], Payload: payload}
}

// open is the open connection, or a new one with the session of the last.
func (t *trunk) open(ctx context.Context) (*line, error) {
	select {
	case t.dialling <- struct{}{}:
		defer func() { <-t.dialling }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	l, g := t.line, t.group
	t.mu.Unlock()
	if l != nil && l.open() {
		return l, nil
	}
	conn, err := t.k.dial(ctx, g)
	if err != nil {
		return nil, err
	}
	l = newLine(conn, t.take)
	if err := t.assume(ctx, l); err != nil {
		l.end()
		return nil, err
	}
	t.mu.Lock()
	t.line = l
	t.mu.Unlock()
	t.subscribe(ctx, l)
	t.work.Go(func() { t.keep(l) })
	return l, nil
}

// assume resumes the session of the last connection, else begins one. KONE gives a new
// connection what was asked for on the old one only in the same session.
func (t *trunk) assume(ctx context.Context, l *line) error {
	t.mu.Lock()
	session := t.session
	t.mu.Unlock()
	if session != "" {
		e, err := t.request(ctx, l, envelope{Type: "resume-session", SessionID: session, Resend: resendSeconds})
		if err != nil || e.StatusCode == 201 {
			return err
		}
	}
	e, err := t.request(ctx, l, envelope{Type: "create-session"})
	if err != nil {
		return err
	}
	var begun struct {
		SessionID string `json:"sessionId"`
	}
	_ = json.Unmarshal(e.Data, &begun) // without one there is nothing to resume
	t.mu.Lock()
	t.session = begun.SessionID
	t.mu.Unlock()
	return nil
}

// ask gives a request id and where its answers come.
func (t *trunk) ask(callID string) (int64, *question) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, q := int64(rand.Int32()), &question{answers: make(chan envelope, 4), callID: callID, at: t.k.clock.Now()}
	t.asked[strconv.FormatInt(id, 10)] = q
	return id, q
}

// forget gives a question up: unless it was about a call and was not answered.
func (t *trunk) forget(id int64, answered bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := strconv.FormatInt(id, 10)
	if q := t.asked[name]; q != nil && q.callID != "" && !answered {
		q.left = true
		return
	}
	delete(t.asked, name)
}

// request sends an envelope and gives its only answer.
func (t *trunk) request(ctx context.Context, l *line, e envelope) (envelope, error) {
	id, q := t.ask("")
	defer t.forget(id, true)
	e.RequestID = strconv.FormatInt(id, 10)
	if err := l.write(ctx, e); err != nil {
		return envelope{}, err
	}
	return t.wait(ctx, l, q)
}

func (t *trunk) wait(ctx context.Context, l *line, q *question) (envelope, error) {
	select {
	case e := <-q.answers:
		return e, nil
	case <-ctx.Done():
		return envelope{}, ctx.Err()
	case <-l.closed:
		return envelope{}, model.Fail(model.CodeUnavailable)
	}
}

// exchange sends one command and waits for its last answer. What is not answered before
// the connection is cut may be answered on the next.
func (t *trunk) exchange(ctx context.Context, l *line, callType, callID string, payload func(id int64) map[string]any) (answer model.LiftAnswer, e envelope, err error) {
	id, q := t.ask(callID)
	final := false
	defer func() { t.forget(id, final) }()
	if err := l.write(ctx, t.about("lift-call-api-v2", callType, payload(id))); err != nil {
		return answer, e, model.Fail(model.CodeTimeout, err)
	}
	for {
		if e, err = t.wait(ctx, l, q); err != nil {
			return answer, e, model.Fail(model.CodeTimeout, err)
		}
		if answer, final, err = read(e); final {
			return answer, e, err
		}
	}
}

func (t *trunk) sessionOf(callID string) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rides[callID]
	if r == nil {
		return 0, false
	}
	return r.session, true
}

// deckOf is the deck that was allocated to a call.
func (t *trunk) deckOf(callID string) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rides[callID]
	if r == nil || r.deck == 0 {
		return 0, false
	}
	return r.deck, true
}
