package vguang_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/model"
)

// payload reads one captured publication.
func payload(t *testing.T, name string) device.Publication {
	t.Helper()
	text, err := os.ReadFile("../../../shared/payloads/" + name)
	if err != nil {
		t.Skipf("NOT TESTED: the payloads are not here: %v", err)
	}
	var p struct {
		Topic   string
		Payload json.RawMessage
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return device.Publication{Topic: p.Topic, Payload: p.Payload, At: time.Unix(1732263001, 0), Serial: "29c9de2d7d1b"}
}

func answers(t *testing.T, posts []device.Post) (topic, code, reference string) {
	t.Helper()
	var e struct{ SerialNo, Code string }
	if len(posts) != 1 || json.Unmarshal(posts[0].Payload, &e) != nil {
		t.Fatalf("the answers are %v", posts)
	}
	return posts[0].Topic, e.Code, e.SerialNo
}

func TestBrokerPayloads(t *testing.T) {
	told, err := vguang.Broker{}.Hear(payload(t, "gate-vguang-mqtt-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	if e := told.Events[0]; len(told.Events) != 1 || told.Serial != "29c9de2d7d1b" || !e.Live || e.Code != "A1B2C3D4E5" || e.DeviceAt != 1732263000000 {
		t.Errorf("the question is %+v", told)
	}
	for decision, want := range map[string]string{"admit": "000000", "refuse": "100000", "refer": "100000", "": "100000"} {
		topic, code, reference := answers(t, told.Reply([]model.DeviceAnswer{{Decision: decision}}))
		if topic != "access_device/v1/event/29c9de2d7d1b/access_online_reply" || code != want || reference != "kq3v9x0a2m" {
			t.Errorf("%q is answered %s %s %s", decision, topic, code, reference)
		}
	}
	if _, code, _ := answers(t, told.Busy); code == "000000" {
		t.Error("a server that is busy opens")
	}

	told, err = vguang.Broker{}.Hear(payload(t, "gate-vguang-mqtt-3.json"))
	if err != nil || len(told.Events) != 2 {
		t.Fatal(told, err)
	}
	for _, e := range told.Events {
		if e.Live || e.Code != "" || e.State != "admitted" || e.Key == "" {
			t.Errorf("a record is %+v, state %s", e, e.State)
		}
	}
	if told.Busy != nil {
		t.Error("records that were not stored are acknowledged")
	}
	if topic, code, reference := answers(t, told.Reply(nil)); topic != "access_device/v1/event/29c9de2d7d1b/access_reply" || code != "000000" || reference != "b7c1d2e3f4" {
		t.Errorf("records are answered %s %s %s", topic, code, reference)
	}

	told, err = vguang.Broker{}.Hear(payload(t, "gate-vguang-mqtt-5.json"))
	if err != nil || len(told.Events) != 1 || told.Events[0].State != "offline" || told.Reply != nil {
		t.Errorf("the last will is %+v %v", told, err)
	}
}

func TestBrokerOrders(t *testing.T) {
	p := vguang.Control("SN1", "r1", vguang.Open, time.Unix(1732263000, 0))
	if p.Topic != "access_device/v1/cmd/SN1/control" || p.QoS != 1 || p.Life <= 0 || p.Life > 10*time.Second ||
		string(p.Payload) != `{"serialNo":"r1","uuid":"SN1","sign":"","data":{"command":1},"time":1732263000}` {
		t.Errorf("the order is %+v %s", p, p.Payload)
	}
	p = vguang.Show("SN1", "r2", "请稍等", time.Unix(1732263000, 0))
	if p.Topic != "access_device/v1/cmd/SN1/control" || string(p.Payload) != `{"serialNo":"r2","uuid":"SN1","sign":"","data":{"command":5,"extra":{"wavFileName":"","msg":"请稍等","msgTimeout":5000}},"time":1732263000}` {
		t.Errorf("the line is %s", p.Payload)
	}
	for code, ok := range map[string]bool{"000000": true, "100001": false, "": false} {
		told, err := vguang.Broker{}.Hear(device.Publication{Topic: "access_device/v1/cmd/control_reply", Payload: []byte(`{"serialNo":"r1","uuid":"SN1","code":"` + code + `"}`)})
		if err != nil || told.Done == nil || told.Done.Ref != "r1" || told.Done.OK != ok || len(told.Events) != 0 {
			t.Errorf("%q is %+v %v", code, told.Done, err)
		}
	}
}

func TestBrokerRefuses(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for name, p := range map[string]device.Publication{
		"no JSON":            {Topic: "access_device/v1/event/access", Payload: []byte("{")},
		"nobody":             {Topic: "access_device/v1/event/alarm", Payload: []byte(`{"serialNo":"a"}`)},
		"a topic as a name":  {Topic: "access_device/v1/event/alarm", Payload: []byte(`{"serialNo":"a","uuid":"a/+/b"}`)},
		"a long reference":   {Topic: "access_device/v1/event/alarm", Payload: []byte(`{"serialNo":"` + long + `","uuid":"u"}`)},
		"no reference":       {Topic: "access_device/v1/event/access_online", Payload: []byte(`{"uuid":"u","data":{"type":100,"code":"x"}}`)},
		"a long code":        {Topic: "access_device/v1/event/access_online", Payload: []byte(`{"serialNo":"a","uuid":"u","data":{"type":100,"code":"` + long + `"}}`)},
		"no records":         {Topic: "access_device/v1/event/access", Payload: []byte(`{"serialNo":"a","uuid":"u","data":{}}`)},
		"an order to itself": {Topic: "access_device/v1/cmd/control", Payload: []byte(`{"serialNo":"a","uuid":"u","code":"000000"}`)},
	} {
		var refusal *device.Refusal
		if told, err := (vguang.Broker{}).Hear(p); !errors.As(err, &refusal) {
			t.Errorf("%s: %+v %v", name, told, err)
		}
	}
}

func FuzzHear(f *testing.F) {
	f.Add("access_online", `{"serialNo":"a","uuid":"u","data":{"type":100,"code":"x","time":1},"time":1}`)
	f.Add("access", `{"serialNo":"a","uuid":"u","data":[{"type":900,"result":1}]}`)
	f.Fuzz(func(t *testing.T, event, text string) {
		told, err := vguang.Broker{}.Hear(device.Publication{Topic: "access_device/v1/event/" + event, Payload: []byte(text)})
		if err != nil {
			return
		}
		for _, e := range told.Events {
			if e.Live && (event != "access_online" || e.Code == "") {
				t.Errorf("%s asks %q", event, e.Code)
			}
		}
		if told.Serial == "" {
			t.Error("nobody said it")
		}
	})
}
