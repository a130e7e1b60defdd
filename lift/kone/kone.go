// Package kone speaks KONE's Elevator Call API v2: OAuth2 client credentials, then
// one WebSocket a group, over which calls go and what becomes of them comes back. A
// connection that is cut while a call is under way is made anew and its session resumed.
package kone

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/coder/websocket"
)

const (
	protocol   = "koneapi"
	tokenLimit = 64 << 10
	readLimit  = 256 << 10
	// destination is the action of a call from one area to another.
	destination = 2
	// monitorSeconds is for how long progress is asked for; 300 is the most.
	monitorSeconds = 300
)

// Hear takes in what a group tells of its own.
type Hear func(ctx context.Context, communityID, groupID string, r model.LiftReport) error

// KONE calls the lifts of groups at KONE.
type KONE struct {
	client *http.Client
	check  func(url string) error
	clock  model.Clock
	hear   Hear
	pace   pace
	mu     sync.Mutex
	trunks map[string]*trunk
}

// New makes the caller; check refuses addresses that may not be called.
func New(client *http.Client, check func(url string) error, clock model.Clock, hear Hear) *KONE {
	return &KONE{client: client, check: check, clock: clock, hear: hear, pace: usual, trunks: map[string]*trunk{}}
}

// Check says what is wrong with a group: its address is KONE's, its secret
// client_id:client_secret, its native names the building and the group.
func (k *KONE) Check(_ context.Context, g model.LiftGroup) []model.FieldError {
	var bad []model.FieldError
	if k.check(g.Address) != nil {
		bad = append(bad, model.FieldError{Field: "/address", Code: "format"})
	}
	if !strings.Contains(g.Secret, ":") {
		bad = append(bad, model.FieldError{Field: "/secret", Code: "format"})
	}
	for i, gate := range g.Gates {
		if gate.Cabin != "" { // see Rights
			bad = append(bad, model.FieldError{Field: "/gates/" + strconv.Itoa(i) + "/cabin", Code: "enum"})
		}
	}
	for _, name := range []string{"building", "group"} {
		if g.Native[name] == "" {
			bad = append(bad, model.FieldError{Field: "/native/" + name, Code: "required"})
		}
	}
	return bad
}

// envelope is what stands around everything, both ways.
type envelope struct {
	Type       string          `json:"type,omitempty"`
	BuildingID string          `json:"buildingId,omitempty"`
	CallType   string          `json:"callType,omitempty"`
	GroupID    string          `json:"groupId,omitempty"`
	Payload    any             `json:"payload,omitempty"`
	RequestID  string          `json:"requestId,omitempty"`
	StatusCode int             `json:"statusCode,omitempty"`
	Subtopic   string          `json:"subtopic,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	// SessionID and Resend are of resume-session.
	SessionID string `json:"sessionId,omitempty"`
	Resend    int    `json:"resendLatestStateUpToSeconds,omitempty"`
}

// result is the second answer to a call, a hold or a ping.
type result struct {
	Success   bool  `json:"success"`
	RequestID int64 `json:"request_id"`
	SessionID int64 `json:"session_id"`
}

// Call sends a destination call, once. It is acknowledged by the second answer; the
// first only says that KONE has it.
func (k *KONE) Call(ctx context.Context, g model.LiftGroup, c model.LiftCommand) (model.LiftAnswer, error) {
	from, to, ok := areas(c)
	if !ok {
		return model.LiftAnswer{}, model.Fail(model.CodeUnavailable)
	}
	t := k.trunk(g)
	l, err := t.open(ctx)
	if err != nil {
		return model.LiftAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	answer, e, err := t.exchange(ctx, l, "action", c.ID, func(id int64) map[string]any {
		return map[string]any{"request_id": id, "area": from, "time": k.clock.Now().UTC().Format(time.RFC3339Nano), "terminal": 1,
			"call": map[string]any{"action": destination, "destination": to}}
	})
	if err == nil && answer.State == model.LiftAcknowledged {
		t.follow(ctx, l, c.ID, session(e))
	}
	return answer, err
}

// areas are both ends as KONE numbers them.
func areas(c model.LiftCommand) (from, to int, ok bool) {
	from, err := strconv.Atoi(c.FromNative)
	to, err2 := strconv.Atoi(c.ToNative)
	return from, to, err == nil && err2 == nil
}

func session(e envelope) int64 {
	var r result
	_ = json.Unmarshal(e.Data, &r) // it was read before
	return r.SessionID
}

// read is what an answer means; the first one, without data, is not the last.
func read(e envelope) (answer model.LiftAnswer, final bool, err error) {
	switch {
	case e.StatusCode == http.StatusTooManyRequests:
		return model.LiftAnswer{State: model.LiftRefused, Reason: model.LiftBusy}, true, nil
	case e.StatusCode >= 400 && e.StatusCode < 500:
		return model.LiftAnswer{State: model.LiftRefused, Reason: model.LiftRefusedBy}, true, nil
	case e.StatusCode != http.StatusCreated:
		return model.LiftAnswer{}, true, model.Fail(model.CodeMalformed)
	case len(e.Data) == 0:
		return model.LiftAnswer{}, false, nil
	}
	var r result
	if err := json.Unmarshal(e.Data, &r); err != nil {
		return model.LiftAnswer{}, true, model.Fail(model.CodeMalformed, err)
	}
	if !r.Success {
		return model.LiftAnswer{State: model.LiftRefused, Reason: model.LiftRefusedBy}, true, nil
	}
	return model.LiftAnswer{State: model.LiftAcknowledged}, true, nil
}

// hardMost is for how long KONE keeps doors open whatever happens, softMost for how long
// beyond that until somebody has passed, in seconds.
const hardMost, softMost = 10, 30

// Hold keeps the doors open between the deck that was allocated to a call and the landing
// where it stands. Only who has followed the call knows the deck.
func (k *KONE) Hold(ctx context.Context, g model.LiftGroup, h model.LiftHoldCommand) (model.LiftHoldAnswer, error) {
	area, err := strconv.Atoi(h.Native)
	t := k.trunk(g)
	deck, ok := t.deckOf(h.CallID)
	if err != nil || !ok {
		return model.LiftHoldAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	l, err := t.open(ctx)
	if err != nil {
		return model.LiftHoldAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	hard := min(h.Seconds, hardMost)
	answer, _, err := t.exchange(ctx, l, "hold_open", "", func(id int64) map[string]any {
		return map[string]any{"request_id": id, "time": k.clock.Now().UTC().Format(time.RFC3339Nano), "lift_deck": deck, "served_area": area,
			"hard_time": hard, "soft_time": min(h.Seconds-hard, softMost)}
	})
	switch answer.State {
	case model.LiftAcknowledged:
		return model.LiftHoldAnswer{State: model.HoldHeld}, err
	case model.LiftRefused:
		return model.LiftHoldAnswer{State: model.HoldRefused, Reason: answer.Reason}, err
	}
	return model.LiftHoldAnswer{}, err
}

// Rights are not among what KONE's description lets a caller do.
func (*KONE) Rights(context.Context, model.LiftGroup, model.LiftRightsCommand) (model.LiftRightsAnswer, error) {
	return model.LiftRightsAnswer{}, model.Fail(model.CodeUnavailable)
}

// Cancel deletes a call; KONE does not promise that it works.
func (k *KONE) Cancel(ctx context.Context, g model.LiftGroup, c model.LiftCommand) error {
	t := k.trunk(g)
	session, ok := t.sessionOf(c.ID)
	if !ok {
		return model.Fail(model.CodeUnavailable)
	}
	l, err := t.open(ctx)
	if err != nil {
		return model.Fail(model.CodeUnavailable, err)
	}
	return l.write(ctx, t.about("lift-call-api-v2", "delete", map[string]any{"session_id": session}))
}

// Close ends all connections.
func (k *KONE) Close() {
	k.mu.Lock()
	trunks := k.trunks
	k.trunks = map[string]*trunk{}
	k.mu.Unlock()
	for _, t := range trunks {
		t.close()
	}
}

// trunk is what is kept of a group, with its secret as it is now.
func (k *KONE) trunk(g model.LiftGroup) *trunk {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.trunks[g.ID]
	if t == nil {
		t = newTrunk(k, g)
		k.trunks[g.ID] = t
	}
	t.rename(g)
	return t
}

// dial opens a connection.
func (k *KONE) dial(ctx context.Context, g model.LiftGroup) (*websocket.Conn, error) {
	if err := k.check(g.Address); err != nil {
		return nil, err
	}
	token, err := k.token(ctx, g)
	if err != nil {
		return nil, err
	}
	address := strings.TrimSuffix(g.Address, "/") + "/stream-v2?accessToken=" + url.QueryEscape(token)
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: k.client, Subprotocols: []string{protocol}})
	if err != nil {
		return nil, model.Fail(model.CodeUnavailable) // the cause would name the token
	}
	conn.SetReadLimit(readLimit)
	return conn, nil
}

// token asks for one by client credentials, for the group's scope alone.
func (k *KONE) token(ctx context.Context, g model.LiftGroup) (string, error) {
	id, secret, _ := strings.Cut(g.Secret, ":")
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"callgiving/group:" + strings.TrimPrefix(g.Native["building"], "building:") + ":" + g.Native["group"]}}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(g.Address, "/")+"/api/v2/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	q.SetBasicAuth(id, secret)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := k.client.Do(q)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(r.Body, tokenLimit))
	if err != nil {
		return "", err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusBadRequest {
		return "", model.Fail(model.CodeForbidden)
	}
	if err := json.Unmarshal(body, &answer); err != nil || r.StatusCode != http.StatusOK || answer.AccessToken == "" {
		return "", model.Fail(model.CodeUnavailable)
	}
	return answer.AccessToken, nil
}
