package jsonpush

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "payloads", name))
	if err != nil {
		t.Skip("NOT PROVED: recorded messages are not here: ../shared/payloads/" + name)
	}
	return body
}

func pushed(t *testing.T, d Dialect, body []byte) device.Message {
	t.Helper()
	m, err := d.Read(device.Request{Method: http.MethodPost, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestISecureCallbacks(t *testing.T) {
	m := pushed(t, ISecure(), recorded(t, "alarm-isecure-1.json"))
	e := m.Events[0]
	if len(m.Events) != 1 || e.Kind != model.DeviceAlarm || e.State != "raised" || e.Detail["what"] != "fire" || e.Native != "isecure.254104" || e.DeviceAt == 0 ||
		e.Detail["source"] != "4938b8b5566d4ee283a9ccbd5c607ac2" || !strings.Contains(e.Key, "F97F5A0BA985465CB2138C7291527562") {
		t.Errorf("a fire became %+v", m.Events)
	}
	if r := m.Reply(make([]model.DeviceAnswer, 1)); r.Status != 200 || string(r.Body) != `{"code":"0","msg":"success"}` {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
	m = pushed(t, ISecure(), recorded(t, "gate-isecure-1.json"))
	if e := m.Events[0]; len(m.Events) != 1 || e.Kind != model.DeviceCode || e.Live || e.State != "admitted" || e.Native != "isecure.196883" {
		t.Errorf("a passage became %+v", m.Events)
	}
}

func TestISecureKeepsWhatItDoesNotKnow(t *testing.T) {
	m := pushed(t, ISecure(), []byte(`{"method":"OnEventNotify","params":{"events":[{"eventId":"A","eventType":99,"status":1,"happenTime":"x"},{"eventId":"B","eventType":983560,"status":2}]}}`))
	if e := m.Events[0]; e.Kind != model.DeviceUnknown || e.Native != "isecure.99" || e.Key == "" {
		t.Errorf("became %+v", e)
	}
	if e := m.Events[1]; e.Kind != model.DeviceAlarm || e.State != "cleared" || e.Detail["what"] != "panic" {
		t.Errorf("became %+v", e)
	}
	for _, body := range []string{`{}`, `{"method":"Other"}`, `{"method":"OnEventNotify","params":{"events":[]}}`, `[]`} {
		if _, err := ISecure().Read(device.Request{Method: http.MethodPost, Body: []byte(body)}); err == nil {
			t.Errorf("%s was taken", body)
		}
	}
}

// SenseTime's type 1 is an alarm.
func TestSenseTimeAlarmAsRecorded(t *testing.T) {
	m := pushed(t, SenseTime(), recorded(t, "alarm-sensetime-1.json"))
	if e := m.Events[0]; len(m.Events) != 1 || e.Kind != model.DeviceAlarm || e.State != "raised" || e.Detail["what"] != "tamper" || e.DeviceAt == 0 || e.Key == "" {
		t.Errorf("became %+v", m.Events)
	}
}
