package simulator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/coder/websocket"
)

// KONE is KONE's Elevator Call API v2 as its public description has it: tokens by
// client credentials at POST /api/v2/oauth2/token, calls at GET /stream-v2.
type KONE struct {
	mux        *http.ServeMux
	id, secret string

	mu       sync.Mutex
	conns    map[*websocket.Conn]bool
	calls    int
	dials    int
	silent   bool
	followed int
	sessions int64
}

// NewKONE makes one that knows a single client.
func NewKONE(id, secret string) *KONE {
	k := &KONE{mux: http.NewServeMux(), id: id, secret: secret, conns: map[*websocket.Conn]bool{}}
	k.mux.HandleFunc("POST /api/v2/oauth2/token", k.token)
	k.mux.HandleFunc("GET /stream-v2", k.stream)
	return k
}

func (k *KONE) ServeHTTP(w http.ResponseWriter, q *http.Request) { k.mux.ServeHTTP(w, q) }

// Calls is how many calls were heard, Dials how many connections were made.
func (k *KONE) Calls() int { k.mu.Lock(); defer k.mu.Unlock(); return k.calls }

// Dials is how many connections were made.
func (k *KONE) Dials() int { k.mu.Lock(); defer k.mu.Unlock(); return k.dials }

// Followed is for how many calls somebody has asked how they go on.
func (k *KONE) Followed() int { k.mu.Lock(); defer k.mu.Unlock(); return k.followed }

// SetSilent makes it hear calls and answer nothing.
func (k *KONE) SetSilent(on bool) { k.mu.Lock(); defer k.mu.Unlock(); k.silent = on }

// Drop cuts all connections, as after a minute of silence.
func (k *KONE) Drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.conns {
		_ = c.CloseNow()
	}
}

// Tell sends what a monitored topic says to everybody.
func (k *KONE) Tell(ctx context.Context, subtopic string, data any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.conns {
		say(ctx, c, map[string]any{"subtopic": subtopic, "data": data})
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
	k.conns[c], k.dials = true, k.dials+1
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
		var m struct {
			Type, CallType string
			Payload        struct {
				RequestID int64 `json:"request_id"`
			}
		}
		if json.Unmarshal(text, &m) == nil && m.Type == "lift-call-api-v2" && m.CallType == "action" {
			k.answer(q.Context(), c, m.Payload.RequestID)
		}
		if m.Type == "site-monitoring" && m.CallType == "monitor" {
			k.mu.Lock()
			k.followed++
			k.mu.Unlock()
		}
	}
}

// answer says first that it has the call, then that a lift was found.
func (k *KONE) answer(ctx context.Context, c *websocket.Conn, request int64) {
	k.mu.Lock()
	k.calls++
	k.sessions++
	session, silent := k.sessions, k.silent
	k.mu.Unlock()
	if silent {
		return
	}
	id := strconv.FormatInt(request, 10)
	say(ctx, c, map[string]any{"statusCode": 201, "connectionId": "ABC=", "requestId": id})
	say(ctx, c, map[string]any{"type": "lift-call-api-v2", "connectionId": "ABC=", "requestId": id, "statusCode": 201,
		"data": map[string]any{"success": true, "request_id": request, "session_id": session}})
}

func say(ctx context.Context, c *websocket.Conn, v any) {
	if text, err := json.Marshal(v); err == nil {
		_ = c.Write(ctx, websocket.MessageText, text)
	}
}
