package simulator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// KONE is KONE's Elevator Call API v2 as its public description has it: tokens by client
// credentials at POST /api/v2/oauth2/token, calls at GET /stream-v2, and there sessions
// that a new connection resumes. It has one lift, and twenty floors with an area each.
type KONE struct {
	mux        *http.ServeMux
	id, secret string

	mu       sync.Mutex
	conns    map[*websocket.Conn]string // the session that each has
	missed   map[string][]map[string]any
	count    KONECount
	silent   bool
	deaf     bool
	lateness bool
	rides    int64
	heard    []map[string]any
	words    koneWords
}

// KONECount is what has been asked of it.
type KONECount struct {
	// Dials are connections, Resumed those that resumed a session.
	Dials, Resumed int
	// Calls are heard, Holds done, Followed asked for how they go on, Status is how often
	// somebody asked how the lifts stand.
	Calls, Holds, Followed, Status, Pings int
}

// KONEDeck is the area of the deck of the only lift.
const KONEDeck = 1001010

const koneFloors = 20

// NewKONE makes one that knows a single client.
func NewKONE(id, secret string) *KONE {
	k := &KONE{mux: http.NewServeMux(), id: id, secret: secret, conns: map[*websocket.Conn]string{}, missed: map[string][]map[string]any{}}
	k.mux.HandleFunc("POST /api/v2/oauth2/token", k.token)
	k.mux.HandleFunc("GET /stream-v2", k.stream)
	return k
}

func (k *KONE) ServeHTTP(w http.ResponseWriter, q *http.Request) { k.mux.ServeHTTP(w, q) }

// Count is what has been asked of it so far.
func (k *KONE) Count() KONECount { k.mu.Lock(); defer k.mu.Unlock(); return k.count }

// SetSilent makes it hear calls and holds and answer nothing.
func (k *KONE) SetSilent(on bool) { k.mu.Lock(); defer k.mu.Unlock(); k.silent = on }

// SetDeaf makes it answer no ping.
func (k *KONE) SetDeaf(on bool) { k.mu.Lock(); defer k.mu.Unlock(); k.deaf = on }

// SetLate makes it give the second answer to a call only to whoever resumes the session.
func (k *KONE) SetLate(on bool) { k.mu.Lock(); defer k.mu.Unlock(); k.lateness = on }

// Forget ends all sessions, as when they were away for too long.
func (k *KONE) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.missed = map[string][]map[string]any{}
}

// Drop cuts all connections, as after a minute of silence. What is told afterwards is
// kept for whoever resumes the session.
func (k *KONE) Drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.conns {
		_ = c.CloseNow()
		delete(k.conns, c)
	}
}

// Tell sends what a monitored topic says to everybody, and keeps it for the sessions that
// have no connection now.
func (k *KONE) Tell(ctx context.Context, subtopic string, data any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	told, here := map[string]any{"callType": "monitor", "subtopic": subtopic, "data": data}, map[string]bool{}
	for c, session := range k.conns {
		here[session] = true
		say(ctx, c, told)
	}
	for session := range k.missed {
		if !here[session] {
			k.missed[session] = append(k.missed[session], told)
		}
	}
}

func (k *KONE) token(w http.ResponseWriter, q *http.Request) {
	id, secret, ok := q.BasicAuth()
	if !ok || id != k.id || secret != k.secret || q.FormValue("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"access_token":"kone-token","expires_in":3600,"token_type":"Bearer"}`)
}

// koneMessage is what a client says, of all kinds.
type koneMessage struct {
	Type, CallType, RequestID, SessionID string
	Payload                              struct {
		RequestID  int64    `json:"request_id"`
		LiftDeck   int64    `json:"lift_deck"`
		ServedArea int64    `json:"served_area"`
		HardTime   *int     `json:"hard_time"`
		SoftTime   *int     `json:"soft_time"`
		Time       string   `json:"time"`
		Duration   int      `json:"duration"`
		Subtopics  []string `json:"subtopics"`
	}
}

func (k *KONE) stream(w http.ResponseWriter, q *http.Request) {
	if q.URL.Query().Get("accessToken") != "kone-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c, err := websocket.Accept(w, q, &websocket.AcceptOptions{Subprotocols: []string{"koneapi"}})
	if err != nil {
		return
	}
	k.mu.Lock()
	k.conns[c] = ""
	k.count.Dials++
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		delete(k.conns, c)
		k.mu.Unlock()
		_ = c.CloseNow()
	}()
	for {
		_, text, err := c.Read(q.Context())
		if err != nil {
			return
		}
		k.keep(text)
		var m koneMessage
		if json.Unmarshal(text, &m) == nil {
			k.hear(q.Context(), c, m)
		}
	}
}

func (k *KONE) hear(ctx context.Context, c *websocket.Conn, m koneMessage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id := strconv.FormatInt(m.Payload.RequestID, 10)
	switch m.Type + " " + m.CallType {
	case "create-session ":
		session := cmp.Or(k.words.session, fmt.Sprintf("session-%d", len(k.missed)+k.count.Dials))
		k.missed[session], k.conns[c] = nil, session
		say(ctx, c, map[string]any{"type": "ok", "requestId": m.RequestID, "statusCode": 201, "data": map[string]any{"sessionId": session}})
	case "resume-session ":
		k.resume(ctx, c, m)
	case "common-api config":
		say(ctx, c, map[string]any{"type": "ok", "requestId": m.RequestID, "statusCode": 201})
		say(ctx, c, map[string]any{"callType": "config", "requestId": m.RequestID, "data": k.building()})
	case "common-api ping":
		if k.count.Pings++; !k.deaf {
			say(ctx, c, map[string]any{"callType": "ping", "data": map[string]any{"request_id": m.Payload.RequestID, "time": "2026-11-22T04:00:00.000Z"}})
		}
	case "lift-call-api-v2 action":
		k.answer(ctx, c, m.Payload.RequestID)
	case "lift-call-api-v2 hold_open":
		k.hold(ctx, c, m, id)
	case "site-monitoring monitor":
		for _, topic := range m.Payload.Subtopics {
			switch {
			case m.Payload.Duration > 300:
			case strings.HasPrefix(topic, "call_state/"):
				k.count.Followed++
			case strings.HasSuffix(topic, "/status"):
				k.count.Status++
			}
		}
	}
}

// resume gives a connection a session, and what that one has missed.
func (k *KONE) resume(ctx context.Context, c *websocket.Conn, m koneMessage) {
	missed, known := k.missed[m.SessionID]
	if !known {
		say(ctx, c, map[string]any{"type": "error", "requestId": m.RequestID, "statusCode": 404})
		return
	}
	k.count.Resumed++
	k.conns[c], k.missed[m.SessionID] = m.SessionID, nil
	say(ctx, c, map[string]any{"type": "ok", "requestId": m.RequestID, "statusCode": 201})
	for _, told := range missed {
		say(ctx, c, told)
	}
}

func (k *KONE) building() map[string]any {
	if k.words.config != nil {
		return k.words.config
	}
	return koneConfig()
}

// koneConfig is the building.
func koneConfig() map[string]any {
	var destinations []map[string]any
	for n := 1; n <= koneFloors; n++ {
		destinations = append(destinations, map[string]any{"area_id": n * 1000, "group_floor_id": n, "group_side": 1, "short_name": strconv.Itoa(n), "exit": n == 1})
	}
	return map[string]any{"destinations": destinations, "groups": []map[string]any{{"group_id": 1, "terminals": []int{1},
		"lifts": []map[string]any{{"lift_id": 1, "lift_name": "A", "decks": []map[string]any{{"area_id": KONEDeck, "deck_id": 1}}}}}}}
}

// answer says first that it has the call, then that a lift was found.
func (k *KONE) answer(ctx context.Context, c *websocket.Conn, request int64) {
	k.count.Calls++
	k.rides++
	if k.silent {
		return
	}
	if k.words.answers != nil {
		k.answerAs(ctx, c, request)
		return
	}
	id := strconv.FormatInt(request, 10)
	say(ctx, c, map[string]any{"statusCode": 201, "connectionId": "ABC=", "requestId": id})
	second := map[string]any{"type": "lift-call-api-v2", "connectionId": "ABC=", "requestId": id, "statusCode": 201,
		"data": map[string]any{"success": true, "request_id": request, "session_id": k.rides}}
	if k.lateness {
		k.missed[k.conns[c]] = append(k.missed[k.conns[c]], second)
		return
	}
	say(ctx, c, second)
}

// hold keeps the doors open between the deck and a landing, if both are there and the
// times within bounds.
func (k *KONE) hold(ctx context.Context, c *websocket.Conn, m koneMessage, id string) {
	p := m.Payload
	if p.LiftDeck != KONEDeck || p.ServedArea == 0 || p.Time == "" || p.HardTime == nil || p.SoftTime == nil || *p.HardTime < 0 || *p.HardTime > 10 || *p.SoftTime < 0 || *p.SoftTime > 30 {
		say(ctx, c, map[string]any{"statusCode": 400, "connectionId": "ABC=", "requestId": id})
		return
	}
	k.count.Holds++
	if k.silent {
		return
	}
	say(ctx, c, map[string]any{"statusCode": 201, "connectionId": "ABC=", "requestId": id})
	say(ctx, c, map[string]any{"type": "lift-call-api-v2", "connectionId": "ABC=", "requestId": id, "statusCode": 201,
		"data": map[string]any{"success": true, "request_id": p.RequestID}})
}

func say(ctx context.Context, c *websocket.Conn, v any) {
	if text, err := json.Marshal(v); err == nil {
		_ = c.Write(ctx, websocket.MessageText, text)
	}
}
