package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"communitypass.cn/communitypass/simulator"
)

// A tap on allow in the simulated WeChat needs a person and a template, and nothing is
// delivered by a tap.
func TestDemoTaps(t *testing.T) {
	open := &demo{outside: &demoOutside{wechat: simulator.NewWeChat(demoAppID, demoAppSecret, simulator.WeChatOptions{}), sms: simulator.NewSMS(demoTexter)}}
	for name, c := range map[string]struct {
		d    *demo
		body string
		code int
	}{
		"both":         {open, `{"open_id": "o-1", "template_id": "t"}`, http.StatusNoContent},
		"nobody":       {open, `{"template_id": "t"}`, http.StatusBadRequest},
		"no template":  {open, `{"open_id": "o-1"}`, http.StatusBadRequest},
		"no JSON":      {open, `x`, http.StatusBadRequest},
		"not open yet": {&demo{}, `{"open_id": "o-1", "template_id": "t"}`, http.StatusBadRequest},
	} {
		w := httptest.NewRecorder()
		c.d.tap(w, httptest.NewRequest(http.MethodPost, "/demo/taps", strings.NewReader(c.body)))
		if w.Code != c.code {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for d, want := range map[*demo]string{open: `"open_ids":[]`, {}: "not open yet"} {
		w := httptest.NewRecorder()
		if d.pushes(w, nil); !strings.Contains(w.Body.String(), want) {
			t.Errorf("pushes: %s", w.Body)
		}
	}
}

// The levers of the gate with the agent wait until the house is open.
func TestDemoLeversBeforeTheHouse(t *testing.T) {
	d := &demo{}
	for path, lever := range map[string]http.HandlerFunc{"/demo/unplug": d.unplug, "/demo/unplug?seconds=5": d.unplug, "/demo/scans": d.showAtGate} {
		w := httptest.NewRecorder()
		if lever(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"code": "X"}`))); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	if d.showAtGate(w, httptest.NewRequest(http.MethodPost, "/demo/scans", strings.NewReader(`{}`))); w.Code != http.StatusBadRequest {
		t.Errorf("no code: %d", w.Code)
	}
}
