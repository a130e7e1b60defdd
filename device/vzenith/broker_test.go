package vzenith_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/vzenith"
	"communitypass.cn/communitypass/model"
)

const sn = "fe71e106-57263272"

// publication is what a camera says by a topic, in its envelope.
func publication(name, payload string, at time.Time) device.Publication {
	return device.Publication{Topic: "device/" + sn + "/message/up/" + name, At: noon, Device: "D1", Serial: sn,
		Payload: fmt.Appendf(nil, `{"id":"a1b2","bv":12378,"sn":%q,"name":%q,"version":"1.0","timestamp":%d,"payload":%s}`, sn, name, at.Unix(), payload)}
}

func hears(t *testing.T, p device.Publication) device.Told {
	t.Helper()
	told, err := vzenith.Broker{}.Hear(p)
	if err != nil {
		t.Fatalf("%s: %v", p.Payload, err)
	}
	return told
}

// Only a vehicle that stands there now is decided, and it opens by an order alone.
func TestWhatACameraPublishesOfVehicles(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		at      time.Time
		live    bool
	}{
		"now":                   {seen("57KkQjEyMzQ1", `"isoffline":0,`), noon, true},
		"in a body":             {`{"body":` + seen("粤B12345", "") + `}`, noon, true},
		"the clock is near":     {seen("粤B12345", ""), noon.Add(-59 * time.Second), true},
		"kept by the camera":    {seen("粤B12345", `"isoffline":1,`), noon, false},
		"kept by a broker":      {seen("粤B12345", ""), noon.Add(-61 * time.Second), false},
		"of a clock ahead":      {seen("粤B12345", ""), noon.Add(2 * time.Minute), false},
		"with a picture beside": {seen("粤B12345", `"full_image_content":"`+strings.Repeat("A", 100<<10)+`",`), noon, true},
	} {
		told := hears(t, publication("ivs_result", c.payload, c.at))
		if len(told.Events) != 1 || told.Serial != sn || (told.Reply != nil) != c.live || told.Busy != nil || told.Done != nil {
			t.Fatalf("%s: %+v", name, told)
		}
		e := told.Events[0]
		if e.Kind != model.DevicePlate || e.Plate != "粤B12345" || e.Live != c.live || e.Commanded != c.live || e.Key == "" || strings.Contains(e.Key, "12345") {
			t.Errorf("%s: live %t, commanded %t, plate %t, key %q", name, e.Live, e.Commanded, e.Plate == "粤B12345", e.Key)
		}
	}
	// Told by both ways it is one vehicle.
	if byHTTP, byTopic := reads(t, request(seen("粤B12345", ""))).Events[0].Key, hears(t, publication("ivs_result", seen("粤B12345", ""), noon)).Events[0].Key; byHTTP != byTopic {
		t.Errorf("%q by HTTP, %q by MQTT", byHTTP, byTopic)
	}
	undated := publication("ivs_result", `{"AlarmInfoPlate":{"serialno":"`+sn+`","result":{"PlateResult":{"license":"粤B12345","plateid":1}}}}`, time.Unix(0, 0))
	if e := hears(t, undated).Events[0]; e.Live || e.Commanded {
		t.Error("a vehicle without a time is decided")
	}
}

func TestWhatElseACameraPublishes(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		kind    model.DeviceEventKind
		state   string
	}{
		"online":           {`null`, model.DeviceStatus, "connected"},
		"offline":          {`{}`, model.DeviceStatus, "offline"},
		"gpio_in":          {`{"body":{"AlarmGioIn":{"serialno":"` + sn + `","result":{"TriggerResult":{"source":1,"value":1}}}}}`, model.DeviceStatus, ""},
		"barr_gate_status": {`{"body":{"connect_status":1,"enable":1,"gate_status":1}}`, model.DeviceDoor, "opened"},
		"serial_data":      {`{"body":{"data":"aGVsbG8="}}`, model.DeviceUnknown, ""},
	} {
		e := hears(t, publication(name, c.payload, noon)).Events
		if len(e) != 1 || e[0].Kind != c.kind || e[0].State != c.state || e[0].Live || e[0].Commanded || e[0].DeviceAt != noon.UnixMilli() {
			t.Errorf("%s is %+v", name, e)
		}
	}
	beat := publication("keep_alive", `{"body":{"timestamp":1}}`, noon)
	beat.Payload = append([]byte{0}, beat.Payload...)
	if told := hears(t, beat); len(told.Events) != 0 || told.Serial != sn {
		t.Errorf("a heartbeat is %+v", told)
	}
	if e := hears(t, publication("barr_gate_status", `{"body":{"gate_status":0}}`, noon)).Events[0]; e.State != "closed" {
		t.Errorf("a closed barrier is %q", e.State)
	}
}

func TestWhatACameraMayNotSay(t *testing.T) {
	good := publication("ivs_result", seen("粤B12345", ""), noon)
	for name, change := range map[string]func(*device.Publication){
		"no JSON":              func(p *device.Publication) { p.Payload = []byte("{") },
		"nobody":               func(p *device.Publication) { p.Payload = []byte(`{"payload":{}}`) },
		"the topic of another": func(p *device.Publication) { p.Topic = "device/other/message/up/ivs_result" },
		"the vehicle of another": func(p *device.Publication) {
			p.Payload = publication("x", strings.Replace(seen("粤B12345", ""), "fe71", "aa71", 1), noon).Payload
		},
		"no vehicle": func(p *device.Publication) { p.Payload = publication("x", `{}`, noon).Payload },
		"a heartbeat for a vehicle": func(p *device.Publication) {
			p.Payload = publication("x", `{"AlarmInfoPlate":{"heartbeat":1}}`, noon).Payload
		},
		"an order to itself":     func(p *device.Publication) { p.Topic = "device/" + sn + "/message/down/gpio_out" },
		"a reply without a code": func(p *device.Publication) { p.Topic = "device/" + sn + "/message/down/gpio_out/reply" },
	} {
		p := good
		change(&p)
		var refusal *device.Refusal
		if told, err := (vzenith.Broker{}).Hear(p); !errors.As(err, &refusal) {
			t.Errorf("%s: %+v, %v", name, told, err)
		}
	}
}

func TestOrdersToACamera(t *testing.T) {
	p, ok := vzenith.Open(sn, "r1", 1, time.Unix(1784098020, 0))
	want := `{"id":"r1","name":"gpio_out","payload":{"body":{"delay":500,"io":0,"value":2},"type":"gpio_out"},"sn":"` + sn + `","timestamp":1784098020,"version":"1.0"}`
	if !ok || p.Topic != "device/"+sn+"/message/down/gpio_out" || string(p.Payload) != want || p.QoS != 1 || p.Life <= 0 || p.Life > 10*time.Second {
		t.Errorf("the order is %t %+v %s", ok, p, p.Payload)
	}
	for _, output := range []int{0, 5} {
		if _, ok := vzenith.Open(sn, "r1", output, noon); ok {
			t.Errorf("a camera has output %d", output)
		}
	}
	var voice struct {
		Payload struct {
			Type string
			Body struct {
				Data []byte `json:"voice_data"`
			}
		}
	}
	if p := vzenith.Speak(sn, "r2", "请稍等 wait", noon); p.Topic != "device/"+sn+"/message/down/tts_voice" || json.Unmarshal(p.Payload, &voice) != nil || string(voice.Payload.Body.Data) != "请稍等 wait" || voice.Payload.Type != "play_voice" {
		t.Errorf("what is said is %s", p.Payload)
	}
	for code, ok := range map[string]bool{"200": true, "400": false} {
		told, err := vzenith.Broker{}.Hear(device.Publication{Topic: "device/" + sn + "/message/down/gpio_out/reply", At: noon,
			Payload: []byte(`{"code":` + code + `,"id":"r1","name":"gpio_out","payload":null,"sn":"` + sn + `","timestamp":1784097917,"version":"1.0"}`)})
		if err != nil || told.Done == nil || told.Done.Ref != "r1" || told.Done.OK != ok || told.Done.Native != code || len(told.Events) != 0 {
			t.Errorf("%s is %+v, %v", code, told.Done, err)
		}
	}
}

func FuzzHear(f *testing.F) {
	f.Add("ivs_result", string(publication("ivs_result", seen("粤B12345", ""), noon).Payload))
	f.Add("gpio_in", string(publication("gpio_in", `{"body":{"AlarmGioIn":{}}}`, noon).Payload))
	f.Fuzz(func(t *testing.T, name, body string) {
		told, err := vzenith.Broker{}.Hear(device.Publication{Topic: "device/" + sn + "/message/up/" + name, Payload: []byte(body), At: noon})
		if err != nil {
			return
		}
		for _, e := range told.Events {
			if e.Live && name != "ivs_result" || e.Live != e.Commanded || len(e.Native) > 64 {
				t.Errorf("%s is %+v", name, e)
			}
		}
		if told.Serial != sn {
			t.Error("another said it")
		}
	})
}
