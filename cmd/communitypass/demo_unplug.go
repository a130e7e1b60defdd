package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

const (
	// unplugSeconds is how long the gate is unplugged when nothing else is said.
	unplugSeconds = 60
	// unplugMost bounds it.
	unplugMost = 600
)

// demoUnplugged is how the gate with the agent stands.
type demoUnplugged struct {
	GateID    string `json:"gate_id"`
	Gate      string `json:"gate"`
	DeviceID  string `json:"device_id"`
	Page      string `json:"page"`
	Unplugged bool   `json:"unplugged"`
	// Mode is the agent's own, Queue what waits on its disk.
	Mode  string `json:"mode"`
	Queue int    `json:"queue"`
	// Seconds is for how long it was unplugged just now.
	Seconds int `json:"seconds,omitempty"`
	// Last is what became of the last cut; nil before it is over.
	Last *demoCut `json:"last"`
}

func (g *agentGate) stands() demoUnplugged {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.Status()
	return demoUnplugged{GateID: g.ID, Gate: g.Name, DeviceID: g.device, Page: g.page, Unplugged: g.pulled, Mode: s.Mode, Queue: s.Queue, Last: g.last}
}

// gateOf is the gate with the agent. It is opened by the first who asks, so that
// whoever tests by --json finds only what they made; nil is answered already.
func (d *demo) gateOf(w http.ResponseWriter, r *http.Request) *agentGate {
	if d.house == nil {
		http.Error(w, "not open yet", http.StatusServiceUnavailable)
		return nil
	}
	g, err := d.openGate(r.Context())
	if err != nil {
		newLog(d.err, d.house.cfg.LogLevel).Error("the demo's gate", "err", err)
		http.Error(w, "the gate is not there", http.StatusServiceUnavailable)
		return nil
	}
	return g
}

// unplug cuts the gate off for ?seconds= (1 to 600, 60 when not given) and puts it back
// by itself; GET then tells what became of it. Already unplugged is 409.
func (d *demo) unplug(w http.ResponseWriter, r *http.Request) {
	seconds := unplugSeconds
	if text := r.URL.Query().Get("seconds"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil || seconds < 1 || seconds > unplugMost {
			http.Error(w, fmt.Sprintf("seconds is 1 to %d", unplugMost), http.StatusBadRequest)
			return
		}
	}
	g := d.gateOf(w, r)
	if g == nil {
		return
	}
	if err := g.unplug(); errors.Is(err, errUnplugged) {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	g.work.Go(func() { d.putBack(g, time.Duration(seconds)*time.Second) })
	d.aside("%s is unplugged for %d s 断网 %d 秒: %s", g.Name, seconds, seconds, g.page)
	s := g.stands()
	s.Seconds = seconds
	answerJSON(w, http.StatusAccepted, s)
}

// putBack waits, plugs the gate in, and says what happened.
func (d *demo) putBack(g *agentGate, after time.Duration) {
	_ = model.Wait(d.life, after) // stopped earlier, it is put back all the same
	cut, err := d.plugIn(d.life, g)
	switch {
	case d.life.Err() != nil:
	case err != nil:
		d.aside("%s is plugged in again, and what it decided could not be counted 已恢复联网，但未能核对: %v", g.Name, err)
	default:
		d.aside("%s is plugged in again 已恢复联网: %s", g.Name, cut)
	}
}

// String is the count for people.
func (c demoCut) String() string {
	return fmt.Sprintf("%d recorded alone, %d stored by the server, %d lost 断网期间记录 %d 条，平台已存 %d 条，丢失 %d 条",
		c.Recorded, c.Stored, c.Lost, c.Recorded, c.Stored, c.Lost)
}

// aside is said while the demo serves; with --json nothing is.
func (d *demo) aside(format string, args ...any) {
	if !d.json {
		fmt.Fprintf(d.out, "  "+format+"\n", args...)
	}
}

// unplugged tells how the gate stands.
func (d *demo) unplugged(w http.ResponseWriter, r *http.Request) {
	if g := d.gateOf(w, r); g != nil {
		answerJSON(w, http.StatusOK, g.stands())
	}
}

// showAtGate shows a code at the gate's reader, and tells what its screen says.
func (d *demo) showAtGate(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&b); err != nil || b.Code == "" {
		http.Error(w, `send {"code": "..."}`, http.StatusBadRequest)
		return
	}
	g := d.gateOf(w, r)
	if g == nil {
		return
	}
	a := g.show(r.Context(), b.Code)
	answerJSON(w, http.StatusOK, struct {
		ScanID  string            `json:"scan_id"`
		Outcome admission.Outcome `json:"outcome"`
		Reason  admission.Reason  `json:"reason"`
		Message string            `json:"message"`
		// Online says that the server has decided.
		Online bool `json:"online"`
	}{a.ScanID, a.Outcome, a.Reason, a.Message, a.Online})
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
