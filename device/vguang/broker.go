package vguang

import (
	"encoding/json"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Topics of the open firmware of DW200 and VF203 (DejaOS, MIT). What devices tell
// carries no serial number in its topic: who it was is known by the login, and must be
// the uuid of the payload.
const (
	events = "access_device/v1/event/"
	orders = "access_device/v1/cmd/"
)

// Codes of the dialect's answers.
const (
	done   = "000000"
	failed = "100000"
)

// answerLife is longer than a reader waits for an answer, and no longer than somebody
// stands before it.
const answerLife = 5 * time.Second

// Broker is the dialogue of VGuang readers by MQTT.
type Broker struct{}

// Topics are those of the firmware.
func (Broker) Topics() device.Topics {
	return device.Topics{
		Events:    []string{events + "connect", events + "access", events + "access_online", events + "alarm", events + "heartbeat", events + "offline"},
		Questions: []string{events + "access_online"},
		Replies:   []string{orders + "+"},
		Orders: func(serial string) []string {
			return []string{orders + serial + "/#", events + serial + "/#"}
		},
	}
}

// envelope is what stands around everything, both ways; "sign" is always empty.
type envelope struct {
	Serial string          `json:"serialNo"`
	UUID   string          `json:"uuid"`
	Sign   string          `json:"sign"`
	Code   string          `json:"code,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
	// Time is in seconds.
	Time int64 `json:"time"`
}

// mostReference is more than the ten characters that the firmware draws.
const mostReference = 64

// Hear takes one publication. A question is decided now; records of what the reader
// decided itself, an alarm and its comings and goings are kept, and answered with the
// same serialNo after they were.
func (b Broker) Hear(p device.Publication) (device.Told, error) {
	var e envelope
	if err := json.Unmarshal(p.Payload, &e); err != nil {
		return device.Told{}, device.Reject("json")
	}
	switch {
	case e.UUID == "" || len(e.UUID) > mostReference || strings.ContainsAny(e.UUID, "/+#"):
		return device.Told{}, device.Reject("no_uuid")
	case len(e.Serial) > mostReference:
		return device.Told{}, device.Reject("serial_no")
	}
	told := device.Told{Serial: e.UUID}
	if what, ok := strings.CutPrefix(p.Topic, orders); ok {
		if !strings.HasSuffix(what, "_reply") || e.Serial == "" {
			return device.Told{}, device.Reject("no_reply")
		}
		told.Done = &device.Done{Ref: e.Serial, OK: e.Code == done, Native: device.Word(e.Code)}
		return told, nil
	}
	what := strings.TrimPrefix(p.Topic, events)
	var err error
	switch what {
	case "access_online":
		return question(told, e, p.At)
	case "access":
		told.Events, err = records(e)
	case "connect", "offline":
		told.Events = []model.DeviceEvent{status(e, what)}
	case "alarm":
		told.Events = []model.DeviceEvent{alarm(e)}
	case "heartbeat":
	}
	if err != nil {
		return device.Told{}, err
	}
	if what == "connect" || what == "access" || what == "alarm" {
		told.Reply = func([]model.DeviceAnswer) []device.Post { return []device.Post{e.answer(what, done, p.At)} }
	}
	return told, nil
}

// answer is the reply to an event; a reader takes it for its own by the serialNo.
func (e envelope) answer(what, code string, at time.Time) device.Post {
	return post(events+e.UUID+"/"+what+"_reply", envelope{Serial: e.Serial, UUID: e.UUID, Code: code, Time: at.Unix()})
}

func post(topic string, e envelope) device.Post {
	if len(e.Data) == 0 {
		e.Data = json.RawMessage("{}")
	}
	text, _ := json.Marshal(e) // of texts and a number
	return device.Post{Topic: topic, Payload: text, QoS: 1, Life: answerLife}
}

// status is a reader that came or went.
func status(e envelope, what string) model.DeviceEvent {
	state := "connected"
	if what == "offline" {
		state = "offline"
	}
	return model.DeviceEvent{Kind: model.DeviceStatus, Native: what, State: state, DeviceAt: device.Moment(e.Time), Key: e.key(what)}
}

// alarm keeps the maker's own type: no list of its types is public.
func alarm(e envelope) model.DeviceEvent {
	var about struct {
		Type json.RawMessage `json:"type"`
	}
	_ = json.Unmarshal(e.Data, &about) // an alarm without a type is still one
	native := device.Word(strings.Trim(string(about.Type), `"`))
	return model.DeviceEvent{Kind: model.DeviceAlarm, Native: device.Word("alarm." + native), State: "raised",
		DeviceAt: device.Moment(e.Time), Key: e.key("alarm")}
}

// key names an event that came as a whole: a broker may bring it twice.
func (e envelope) key(what string) string {
	if e.Serial == "" {
		return ""
	}
	return device.Key(what, e.Serial, time.Unix(e.Time, 0).UTC().Format(time.RFC3339))
}
