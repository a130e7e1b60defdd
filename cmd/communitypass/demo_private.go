package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"communitypass.cn/communitypass/model"
)

// privately is what the demo adds to the private listener, for scripts that play a
// day in minutes: GET of the clock tells the time, POST moves it; jobs are worked
// off at once, since their loops wait by the machine's clock; somebody gets a phone
// with WeChat, or taps "allow" there; it is shown what WeChat has delivered; and the
// gate with the agent is unplugged, and codes are shown there.
func (d *demo) privately() map[string]http.Handler {
	tell := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"now": d.clock.Now().UTC().Format(time.RFC3339Nano)})
	}
	return map[string]http.Handler{
		"GET /demo/clock": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tell(w) }),
		"POST /demo/clock": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			by, err := advance(w, r, d.clock.Now())
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			d.rest(r.Context(), by)
			d.clock.Advance(by)
			tell(w)
		}),
		"POST /demo/jobs":   http.HandlerFunc(d.workOff),
		"POST /demo/phones": http.HandlerFunc(d.handOut),
		"POST /demo/taps":   http.HandlerFunc(d.tap),
		"GET /demo/pushes":  http.HandlerFunc(d.pushes),
		"POST /demo/unplug": http.HandlerFunc(d.unplug),
		"GET /demo/unplug":  http.HandlerFunc(d.unplugged),
		"POST /demo/scans":  http.HandlerFunc(d.showAtGate),
	}
}

// leap is a step of the clock that an event on its way would not outlive: who
// receives it takes it for one of long ago.
const leap = 4 * time.Minute

// rest waits before a leap, two seconds at most, until the property system has what
// is there for it.
func (d *demo) rest(ctx context.Context, by time.Duration) {
	if by < leap || d.house == nil || d.settled.RecipientID == "" {
		return
	}
	for range 100 {
		counts, err := d.house.deps.Store.View(ctx).CountWaiting([]string{d.settled.RecipientID})
		if err != nil || counts[d.settled.RecipientID].Waiting == 0 || model.Wait(ctx, 20*time.Millisecond) != nil {
			return
		}
	}
}

// workOff does all jobs once. A request that comes before the house is open is
// refused.
func (d *demo) workOff(w http.ResponseWriter, r *http.Request) {
	if d.house == nil {
		http.Error(w, "not open yet", http.StatusServiceUnavailable)
		return
	}
	if err := d.house.WorkOff(r.Context()); err != nil {
		http.Error(w, string(model.CodeOf(err)), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// handOut gives somebody a phone with WeChat: the codes of wx.login and
// getPhoneNumber, the open id, and the number.
func (d *demo) handOut(w http.ResponseWriter, r *http.Request) {
	var b struct {
		WechatCode string `json:"wechat_code"`
		PhoneCode  string `json:"phone_code"`
		OpenID     string `json:"open_id"`
		Phone      string `json:"phone"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&b); err != nil || b.WechatCode == "" || b.OpenID == "" || d.outside == nil {
		http.Error(w, "send wechat_code, phone_code, open_id, phone", http.StatusBadRequest)
		return
	}
	d.outside.wechat.AddUser(b.WechatCode, b.PhoneCode, b.OpenID, b.Phone)
	w.WriteHeader(http.StatusNoContent)
}

// tap is somebody who allows one more message of a template in WeChat.
func (d *demo) tap(w http.ResponseWriter, r *http.Request) {
	var b struct {
		OpenID     string `json:"open_id"`
		TemplateID string `json:"template_id"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&b); err != nil || b.OpenID == "" || b.TemplateID == "" || d.outside == nil {
		http.Error(w, "send open_id, template_id", http.StatusBadRequest)
		return
	}
	d.outside.wechat.Consent(b.OpenID, b.TemplateID)
	w.WriteHeader(http.StatusNoContent)
}

// pushes shows to whom WeChat and the provider of texts have delivered messages, in
// order; not what they say.
func (d *demo) pushes(w http.ResponseWriter, _ *http.Request) {
	if d.outside == nil {
		http.Error(w, "not open yet", http.StatusServiceUnavailable)
		return
	}
	to, texted := []string{}, []string{}
	for _, m := range d.outside.wechat.Sent() {
		to = append(to, m.OpenID)
	}
	for _, t := range d.outside.sms.Sent() {
		texted = append(texted, t.Phone)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"open_ids": to, "phones": texted})
}

var errClock = errors.New(`send {"advance_seconds": 61}, or {"now": "2026-01-01T00:00:00Z"}`)

// advance reads how far the clock is to be moved.
func advance(w http.ResponseWriter, r *http.Request, now time.Time) (time.Duration, error) {
	var b struct {
		Advance *float64   `json:"advance_seconds"`
		Seconds *float64   `json:"seconds"`
		Now     *time.Time `json:"now"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&b); err != nil {
		return 0, errClock
	}
	switch {
	case b.Advance != nil:
		return time.Duration(*b.Advance * float64(time.Second)), nil
	case b.Seconds != nil:
		return time.Duration(*b.Seconds * float64(time.Second)), nil
	case b.Now != nil:
		return b.Now.Sub(now), nil
	}
	return 0, errClock
}
