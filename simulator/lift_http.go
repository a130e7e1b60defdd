package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	dialect "communitypass.cn/communitypass/device/lift"
	"communitypass.cn/communitypass/lift"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// liftBody is how long a command over HTTP may be, in bytes.
const liftBody = 16 << 10

func (l *Lift) route() {
	l.mux.HandleFunc("POST /calls", func(w http.ResponseWriter, q *http.Request) {
		var c lift.Command
		if l.heard(w, q, &c, &c.ID) {
			l.reply(w, q, func() (LiftFault, lift.Answer, int) { return l.Command(c) })
		}
	})
	l.mux.HandleFunc("POST /calls/{id}/hold", func(w http.ResponseWriter, q *http.Request) {
		var h lift.HoldCommand
		if !l.heard(w, q, &h, &h.ID) {
			return
		}
		if h.CallID != q.PathValue("id") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		l.reply(w, q, func() (LiftFault, lift.Answer, int) { return l.Hold(h) })
	})
	l.mux.HandleFunc("POST /rights", func(w http.ResponseWriter, q *http.Request) {
		var r lift.RightsCommand
		if l.heard(w, q, &r, &r.ID) {
			l.reply(w, q, func() (LiftFault, lift.Answer, int) { return l.Enable(r) })
		}
	})
	l.mux.HandleFunc("DELETE /calls/{id}", l.drop)
}

// heard reads a command whose signature is right and whose id, which is read with it, is
// the one that was signed. What is not so is answered here.
func (l *Lift) heard(w http.ResponseWriter, q *http.Request, command any, id *string) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, liftBody))
	switch {
	case err != nil || !l.genuine(q, body):
		w.WriteHeader(http.StatusUnauthorized)
		return false
	case json.Unmarshal(body, command) != nil || *id != q.Header.Get(standard.HeaderWebhookID):
		w.WriteHeader(http.StatusBadRequest)
		return false
	}
	return true
}

// ServeHTTP is the controller's own interface.
func (l *Lift) ServeHTTP(w http.ResponseWriter, q *http.Request) { l.mux.ServeHTTP(w, q) }

// reply answers a command over HTTP as the lift does, or as its fault has it.
func (l *Lift) reply(w http.ResponseWriter, q *http.Request, hear func() (LiftFault, lift.Answer, int)) {
	fault, answer, status := hear()
	switch {
	case fault.Hang:
		<-q.Context().Done()
	case fault.Garbage != "":
		_, _ = io.WriteString(w, fault.Garbage)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // who has hung up asks for nothing more
	}
}

func (l *Lift) drop(w http.ResponseWriter, q *http.Request) {
	if !l.genuine(q, nil) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	l.Forget(q.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
}

// genuine checks the signature of Standard Webhooks over id, time and body.
func (l *Lift) genuine(q *http.Request, body []byte) bool {
	if l.o.Secret == "" {
		return true
	}
	check, err := standard.NewWebhookRaw([]byte(l.o.Secret))
	if err != nil {
		return false
	}
	seconds, err := strconv.ParseInt(q.Header.Get(standard.HeaderWebhookTimestamp), 10, 64)
	if err != nil || l.clock.Now().Sub(time.Unix(seconds, 0)).Abs() > time.Minute {
		return false
	}
	return check.VerifyIgnoringTimestamp(body, q.Header) == nil
}

// TellHTTP tells by POST to the address that the platform gave the controller's
// device.
func TellHTTP(client *http.Client, address string) func(dialect.Event) {
	return func(e dialect.Event) {
		body, err := json.Marshal(map[string]any{"events": []dialect.Event{e}})
		if err != nil {
			return
		}
		r, err := client.Post(address+"/events", "application/json", bytes.NewReader(body))
		if err == nil {
			_ = r.Body.Close()
		}
	}
}
