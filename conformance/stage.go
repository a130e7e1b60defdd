package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// Target is a running server, with somebody who may register devices there.
type Target struct {
	// URL is where the API is; DeviceURL where devices send; MQTTURL the broker of those
	// that speak by topics; SIAAddress host:port for alarm panels, and
	// SIPAddress that for video devices, to whom the server is called SIPID.
	URL, DeviceURL, MQTTURL, SIAAddress, SIPAddress, SIPID string
	// Token is the access token of property staff of the community.
	Token string
	// CommunityID and GateID are where the devices stand.
	CommunityID, GateID string
	// BarrierName is the barrier where plate cameras stand, which is made when there is
	// none; when it is empty they stand where the others do.
	BarrierName string
	// Residents are access tokens of people who live in the building called Building there
	// and take turns in calling lifts; without one no lift is called.
	Residents []string
	Building  string
	// Naming is what the names of the devices begin with; "replay" when empty. What a play
	// of the same name left behind when it was cut off is withdrawn first.
	Naming string
	// Renew makes another Token when the server takes it no longer; nil where none is made.
	Renew func(ctx context.Context) (string, error)
}

// stage is the server as the replay sees it.
type stage struct {
	Target
	ctx   context.Context
	clock model.Clock
	http  *http.Client
	made  int
	// tell says what a device does that was told to; never nil.
	tell func(kind, what string)
	// rides are how many lifts there are that were given a caller.
	rides int
}

func newStage(ctx context.Context, t Target, clock model.Clock) (*stage, error) {
	if t.URL == "" || t.DeviceURL == "" || t.Token == "" || t.CommunityID == "" || t.GateID == "" {
		return nil, errors.New("the server's addresses, a token, a community and a gate are needed")
	}
	return &stage{Target: t, ctx: ctx, clock: clock, tell: func(string, string) {}, http: &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// unit is a device that was registered for one payload.
type unit struct {
	stage *stage
	id    string
	// gate is where it stands.
	gate any
	// address is where it sends by HTTP.
	address string
	// registered is the whole answer to its registration.
	registered map[string]any
	// passages are those that were there before it said anything.
	passages []string
}

// register makes a device known; more are further members of the request.
func (s *stage) register(ctx context.Context, protocol string, more map[string]any) (*unit, error) {
	s.made++
	wish := map[string]any{"gate_id": s.GateID, "name": fmt.Sprintf("%s%s %d", s.naming(), protocol, s.made), "protocol": protocol}
	for name, value := range more {
		wish[name] = value
	}
	got, err := s.call(ctx, http.MethodPost, "/v1/communities/"+s.CommunityID+"/devices", wish)
	if err != nil {
		return nil, fmt.Errorf("registering %s: %w", protocol, err)
	}
	device, _ := got["device"].(map[string]any)
	u := &unit{stage: s, registered: got, gate: wish["gate_id"]}
	u.id, _ = device["id"].(string)
	path, _ := got["path"].(string)
	u.address = strings.TrimRight(s.DeviceURL, "/") + path
	u.passages, err = s.passageIDs(ctx)
	return u, err
}

// barrier is the gate where plate cameras stand.
func (s *stage) barrier(ctx context.Context) (string, error) {
	if s.BarrierName == "" {
		return s.GateID, nil
	}
	gates := "/v1/communities/" + s.CommunityID + "/gates"
	got, err := s.call(ctx, http.MethodGet, gates, nil)
	if err != nil {
		return "", err
	}
	items, _ := got["items"].([]any)
	for _, item := range items {
		if g, ok := item.(map[string]any); ok && g["name"] == s.BarrierName && g["kind"] == "barrier" {
			id, _ := g["id"].(string)
			return id, nil
		}
	}
	got, err = s.call(ctx, http.MethodPost, gates, map[string]any{"name": s.BarrierName, "perimeter": "garage", "kind": "barrier", "direction": "in"})
	if err != nil {
		return "", fmt.Errorf("making a barrier: %w", err)
	}
	id, _ := got["id"].(string)
	return id, nil
}

func (s *stage) naming() string { return cmp.Or(s.Naming, "replay") + " " }

// clear withdraws the devices of a play that was cut off, whose names are needed again.
func (s *stage) clear(ctx context.Context) error {
	page := "/v1/communities/" + s.CommunityID + "/devices?limit=100"
	for next := ""; ; {
		got, err := s.call(ctx, http.MethodGet, page+next, nil)
		if err != nil {
			return err
		}
		items, _ := got["items"].([]any)
		for _, item := range items {
			device, _ := item.(map[string]any)
			name, _ := device["name"].(string)
			if id, _ := device["id"].(string); device["state"] == "active" && strings.HasPrefix(name, s.naming()) {
				(&unit{stage: s, id: id}).revoke(ctx)
			}
		}
		cursor, _ := got["next_cursor"].(string)
		if cursor == "" {
			return nil
		}
		next = "&cursor=" + url.QueryEscape(cursor)
	}
}

// revoke withdraws the device, so that the next may bear its name. What fails here shows
// when that one is registered.
func (u *unit) revoke(ctx context.Context) {
	_, _ = u.stage.call(ctx, http.MethodPost, "/v1/communities/"+u.stage.CommunityID+"/devices/"+u.id+"/revoke", map[string]any{"reason": "replayed"})
}

// told is what the server has of a device: its events, newest first, and the passages
// that came since it was registered.
type told struct {
	events   []map[string]any
	passages int
}

// beside counts the events of other kinds.
func (t told) beside(kind string) int {
	n := 0
	for _, e := range t.events {
		if e["kind"] != kind {
			n++
		}
	}
	return n
}

// kept counts what came of messages: that the device is there now, which the server
// finds by itself and a little later, is no message.
func (t told) kept() int {
	n := t.passages
	for _, e := range t.events {
		if e["kind"] != "status" || e["native"] != "connection" {
			n++
		}
	}
	return n
}

func (t told) String() string {
	var words []string
	for _, e := range t.events {
		word := fmt.Sprint("event ", e["kind"])
		for _, name := range []string{"state", "native"} {
			if v, _ := e[name].(string); v != "" {
				word += " " + v
			}
		}
		words = append(words, word)
	}
	if t.passages > 0 {
		words = append(words, fmt.Sprintf("%d passage(s)", t.passages))
	}
	if len(words) == 0 {
		return "nothing to keep"
	}
	return strings.Join(words, ", ")
}

// said asks the API what the server has of the device.
func (u *unit) said(ctx context.Context) (told, error) {
	got, err := u.stage.call(ctx, http.MethodGet, "/v1/communities/"+u.stage.CommunityID+"/device-events?limit=100&device_id="+u.id, nil)
	if err != nil {
		return told{}, err
	}
	var t told
	items, _ := got["items"].([]any)
	for _, item := range items {
		if e, ok := item.(map[string]any); ok {
			t.events = append(t.events, e)
		}
	}
	now, err := u.stage.passageIDs(ctx)
	for _, id := range now {
		if !slices.Contains(u.passages, id) {
			t.passages++
		}
	}
	return t, err
}

// passageIDs are the newest passages of the gate.
func (s *stage) passageIDs(ctx context.Context) ([]string, error) {
	got, err := s.call(ctx, http.MethodGet, "/v1/communities/"+s.CommunityID+"/passages?limit=100&gate_id="+s.GateID, nil)
	if err != nil {
		return nil, err
	}
	var ids []string
	items, _ := got["items"].([]any)
	for _, item := range items {
		if p, ok := item.(map[string]any); ok {
			id, _ := p["id"].(string)
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// call asks the API, once more with another token where that is made.
func (s *stage) call(ctx context.Context, method, path string, body any) (map[string]any, error) {
	got, status, err := s.ask(ctx, method, path, body)
	if status != http.StatusUnauthorized || s.Renew == nil {
		return got, err
	}
	token, renewed := s.Renew(ctx)
	if renewed != nil {
		return nil, errors.Join(err, renewed)
	}
	s.Token = token
	got, _, err = s.ask(ctx, method, path, body)
	return got, err
}

// ask returns the status too; 0 without an answer.
func (s *stage) ask(ctx context.Context, method, path string, body any) (map[string]any, int, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, 0, err
		}
		sent = bytes.NewReader(text)
	}
	q, err := http.NewRequestWithContext(ctx, method, s.URL+path, sent)
	if err != nil {
		return nil, 0, err
	}
	q.Header.Set("Authorization", "Bearer "+s.Token)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept-Language", "en")
	a, err := s.http.Do(q)
	if err != nil {
		return nil, 0, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, 8<<20))
	if err != nil {
		return nil, a.StatusCode, err
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil || a.StatusCode >= 300 {
		return nil, a.StatusCode, fmt.Errorf("%s %s: %d %.300s", method, path, a.StatusCode, text)
	}
	return got, a.StatusCode, nil
}
