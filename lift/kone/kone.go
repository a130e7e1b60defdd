// Package kone speaks KONE's Elevator Call API v2: OAuth2 client credentials, then
// one WebSocket a group, over which calls go and what becomes of them comes back.
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
	mu     sync.Mutex
	lines  map[string]*line
}

// New makes the caller; check refuses addresses that may not be called.
func New(client *http.Client, check func(url string) error, clock model.Clock, hear Hear) *KONE {
	return &KONE{client: client, check: check, clock: clock, hear: hear, lines: map[string]*line{}}
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
}

// result is the second answer to a call.
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
	l, err := k.line(ctx, g)
	if err != nil {
		return model.LiftAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	id, answers := l.ask()
	defer l.forget(id)
	call := envelope{Type: "lift-call-api-v2", BuildingID: g.Native["building"], CallType: "action", GroupID: g.Native["group"], Payload: map[string]any{
		"request_id": id, "area": from, "time": k.clock.Now().UTC().Format(time.RFC3339Nano), "terminal": 1,
		"call": map[string]any{"action": destination, "destination": to}}}
	if err := l.write(ctx, call); err != nil {
		return model.LiftAnswer{}, model.Fail(model.CodeTimeout, err)
	}
	for {
		select {
		case <-ctx.Done():
			return model.LiftAnswer{}, model.Fail(model.CodeTimeout, ctx.Err())
		case <-l.closed:
			return model.LiftAnswer{}, model.Fail(model.CodeTimeout)
		case e := <-answers:
			if answer, final, err := read(e); final {
				if err == nil && answer.State == model.LiftAcknowledged {
					l.follow(ctx, g, c.ID, session(e))
				}
				return answer, err
			}
		}
	}
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

// Cancel deletes a call; KONE does not promise that it works.
func (k *KONE) Cancel(ctx context.Context, g model.LiftGroup, c model.LiftCommand) error {
	k.mu.Lock()
	l := k.lines[g.ID]
	k.mu.Unlock()
	if l == nil {
		return model.Fail(model.CodeUnavailable)
	}
	session, ok := l.sessionOf(c.ID)
	if !ok {
		return model.Fail(model.CodeUnavailable)
	}
	return l.write(ctx, envelope{Type: "lift-call-api-v2", BuildingID: g.Native["building"], CallType: "delete", GroupID: g.Native["group"],
		Payload: map[string]any{"session_id": session}})
}

// Close ends all connections.
func (k *KONE) Close() {
	k.mu.Lock()
	lines := k.lines
	k.lines = map[string]*line{}
	k.mu.Unlock()
	for _, l := range lines {
		l.end()
	}
}

// line is the open connection of a group, or a new one: KONE ends those that are idle.
func (k *KONE) line(ctx context.Context, g model.LiftGroup) (*line, error) {
	k.mu.Lock()
	l := k.lines[g.ID]
	k.mu.Unlock()
	if l != nil && l.open() {
		return l, nil
	}
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
	l = newLine(conn, g, k.hear)
	k.mu.Lock()
	defer k.mu.Unlock()
	if other := k.lines[g.ID]; other != nil && other.open() {
		go l.end() // two calls dialled at once
		return other, nil
	}
	k.lines[g.ID] = l
	return l, nil
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
	if err := json.Unmarshal(body, &answer); err != nil || r.StatusCode != http.StatusOK || answer.AccessToken == "" {
		return "", model.Fail(model.CodeUnavailable)
	}
	return answer.AccessToken, nil
}
