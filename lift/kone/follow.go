package kone

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// follow asks how a call goes on. Without it the call is acknowledged all the same.
func (t *trunk) follow(ctx context.Context, l *line, callID string, session int64) {
	t.mu.Lock()
	t.rides[callID] = &ride{session: session, at: t.k.clock.Now()}
	t.mu.Unlock()
	_ = l.write(ctx, t.monitor(callID, session))
}

// monitor is what asks how a call goes on.
func (t *trunk) monitor(callID string, session int64) envelope {
	return t.subscription(callID, "call_state/"+strconv.FormatInt(session, 10)+"/+")
}

func (t *trunk) subscription(name string, topics ...string) envelope {
	return t.about("site-monitoring", "monitor", map[string]any{"sub": name, "duration": monitorSeconds, "subtopics": topics})
}

// subscribe asks, also again, for how the lifts stand and for all calls that go on: a
// subscription ends with its connection, or with its time.
func (t *trunk) subscribe(ctx context.Context, l *line) {
	_ = l.write(ctx, t.subscription("lifts", carTopics...)) // as below
	if ask, unknown := t.plan(); unknown {
		_ = l.write(ctx, ask)
	}
	for callID, session := range t.underWay() {
		_ = l.write(ctx, t.monitor(callID, session)) // a connection that takes nothing ends, and another is made
	}
}

// underWay are the calls that go on, by their session; those that are too old are
// forgotten.
func (t *trunk) underWay() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, out := t.k.clock.Now(), map[string]int64{}
	for callID, r := range t.rides {
		switch {
		case now.Sub(r.at) > t.k.pace.travel:
			delete(t.rides, callID)
		case !r.over:
			out[callID] = r.session
		}
	}
	return out
}

// owed says that something is worth coming back for: a call that goes on, or one whose
// answer may still come.
func (t *trunk) owed() bool {
	if len(t.underWay()) > 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, q := range t.asked {
		if t.k.clock.Now().Sub(q.at) > t.k.pace.late {
			if q.left {
				delete(t.asked, id)
			}
			continue
		}
		if q.callID != "" {
			return true
		}
	}
	return false
}

// keep holds a connection open while it is of use: it pings, asks for subscriptions
// anew, and comes back when it was cut while something was owed.
func (t *trunk) keep(l *line) {
	pace := t.k.pace
	subscribed := t.k.clock.Now()
	for l.open() {
		if pause(t.ctx, l, pace.ping); t.ctx.Err() != nil || !l.open() {
			break
		}
		now := t.k.clock.Now()
		t.mu.Lock()
		idle := now.Sub(t.used) > pace.idle
		t.mu.Unlock()
		if idle && !t.owed() {
			l.end()
			return
		}
		ctx, cancel := context.WithTimeout(t.ctx, t.k.pace.answer+backTime)
		if now.Sub(subscribed) >= pace.renew {
			t.subscribe(ctx, l)
			subscribed = now
		}
		if !t.alive(ctx, l) {
			l.end() // it takes what is sent and answers nothing
		}
		cancel()
	}
	for t.ctx.Err() == nil && t.owed() {
		ctx, cancel := context.WithTimeout(t.ctx, backTime)
		_, err := t.open(ctx)
		cancel()
		if err == nil || model.Wait(t.ctx, pace.again) != nil {
			return
		}
	}
}

// pause ends with its time, with the trunk or with the connection.
func pause(ctx context.Context, l *line, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case <-l.closed:
	case <-ctx.Done():
	}
}

// alive pings.
func (t *trunk) alive(ctx context.Context, l *line) bool {
	ctx, cancel := context.WithTimeout(ctx, t.k.pace.answer)
	defer cancel()
	id, q := t.ask("")
	defer t.forget(id, true)
	if l.write(ctx, t.about("common-api", "ping", map[string]any{"request_id": id})) != nil {
		return false
	}
	_, err := t.wait(ctx, l, q)
	return err == nil
}

// take hears one message: an answer, or how something goes on.
func (t *trunk) take(ctx context.Context, e envelope) {
	if e.RequestID == "" { // the second answer may name it inside alone
		var r result
		if json.Unmarshal(e.Data, &r) == nil && r.RequestID != 0 {
			e.RequestID = strconv.FormatInt(r.RequestID, 10)
		}
	}
	t.mu.Lock()
	q := t.asked[e.RequestID]
	left := q != nil && q.left
	t.mu.Unlock()
	switch {
	case e.RequestID == strconv.FormatInt(planID, 10):
		if len(e.Data) > 0 { // the first answer has none
			t.learn(e.Data)
		}
	case left:
		t.late(ctx, q.callID, e)
	case q != nil:
		select {
		case q.answers <- e:
		default: // it answers more often than there are answers
		}
	default:
		for _, report := range t.reports(e) {
			t.tell(ctx, report)
		}
	}
}

// late hears the answer to a call that nobody waits for any more. Whether it is in time
// is for whoever made the call to judge.
func (t *trunk) late(ctx context.Context, callID string, e envelope) {
	answer, final, err := read(e)
	if !final || err != nil {
		return
	}
	t.mu.Lock()
	l := t.line
	delete(t.asked, e.RequestID)
	if answer.State == model.LiftAcknowledged {
		t.rides[callID] = &ride{session: session(e), at: t.k.clock.Now()}
	}
	t.mu.Unlock()
	t.tell(ctx, model.LiftReport{CallID: callID, State: answer.State, Reason: answer.Reason})
	if answer.State == model.LiftAcknowledged && l != nil {
		_ = l.write(ctx, t.monitor(callID, session(e))) // it is acknowledged all the same
	}
}

func (t *trunk) tell(ctx context.Context, r model.LiftReport) {
	t.mu.Lock()
	g := t.group
	t.mu.Unlock()
	_ = t.k.hear(ctx, g.CommunityID, g.ID, r) // told again by the next state
}

// progress is what KONE's states of a call are in our words.
var progress = map[string]model.LiftCallState{"being_assigned": model.LiftArriving, "assigned": model.LiftArriving, "being_fixed": model.LiftArriving,
	"fixed": model.LiftArriving, "served_soon": model.LiftArriving, "served": model.LiftArrived, "cancelled": model.LiftFailed}

// fireModes are KONE's lift modes of a fire.
var fireModes = []int{37, 38}

// report is what a topic of a call, or the mode of a lift, says in our words.
func (t *trunk) report(e envelope) (model.LiftReport, bool) {
	topic := strings.Split(e.Subtopic, "/")
	switch {
	case len(topic) == 3 && topic[0] == "call_state":
		session, _ := strconv.ParseInt(topic[1], 10, 64)
		state := progress[topic[2]]
		call := t.progress(session, state, e.Data)
		return model.LiftReport{CallID: call, State: state}, call != "" && state != ""
	case len(topic) == 2 && topic[1] == "status":
		var s struct {
			Mode int `json:"lift_mode"`
		}
		if json.Unmarshal(e.Data, &s) == nil && slices.Contains(fireModes, s.Mode) {
			return model.LiftReport{Lift: topic[0], Mode: model.LiftFire}, true
		}
		return model.LiftReport{Lift: topic[0], Mode: model.LiftNormal}, s.Mode == 0 && len(e.Data) > 0
	}
	return model.LiftReport{}, false
}

// progress notes how a call goes on, and gives which it is: empty for one of somebody
// else.
func (t *trunk) progress(session int64, state model.LiftCallState, data json.RawMessage) string {
	var allocated struct {
		Decks []int64 `json:"allocated_lift_deck"`
	}
	_ = json.Unmarshal(data, &allocated) // without a deck nothing is held
	t.mu.Lock()
	defer t.mu.Unlock()
	for callID, r := range t.rides {
		if r.session != session {
			continue
		}
		if len(allocated.Decks) > 0 {
			r.deck = allocated.Decks[0]
		}
		r.over = r.over || state == model.LiftArrived || state.Over()
		return callID
	}
	return ""
}
