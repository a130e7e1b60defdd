package vzenith

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Protocol is the name of the dialect that is spoken on a broker.
const Protocol = model.ProtocolVzenithMQTT

// Topics of the maker's MQTT protocol (自定义MQTT协议 1.1.14) are
// device/<sn>/message/up/<name> for what a camera tells,
// device/<sn>/message/down/<name> for what it is told, and …/down/<name>/reply for its
// answer.
const (
	topicRoot = "device/"
	topicUp   = "/message/up/"
	topicDown = "/message/down/"
	reply     = "/reply"
)

// Names of what a camera tells.
const (
	upPlate   = "ivs_result"
	upBeat    = "keep_alive"
	upInput   = "gpio_in"
	upBarrier = "barr_gate_status"
	upOnline  = "online"
	upOffline = "offline"
)

// kept are names that are kept without their content.
var kept = []string{"offline_record", "serial_data", "snapshot"}

// done is the code of an order that was carried out.
const done = 200

// lateAfter is how far a plate may be from our clock: what is older was kept by a
// broker, and another vehicle stands there.
const lateAfter = time.Minute

// longestID is more than any reference.
const longestID = 64

// Broker is the dialogue of plate cameras by MQTT. Nobody answers a plate: an admission
// opens by an order, and what is announced are orders.
type Broker struct{}

// Topics are those of the firmware.
func (Broker) Topics() device.Topics {
	up := func(name string) string { return topicRoot + "+" + topicUp + name }
	t := device.Topics{
		Questions: []string{up(upPlate)},
		Replies:   []string{topicRoot + "+" + topicDown + "+" + reply},
		Orders:    func(serial string) []string { return []string{topicRoot + serial + topicDown + "#"} },
	}
	for _, name := range append([]string{upPlate, upBeat, upInput, upBarrier, upOnline, upOffline}, kept...) {
		t.Events = append(t.Events, up(name))
	}
	return t
}

// envelope is what stands around everything, both ways.
type envelope struct {
	ID      text            `json:"id"`
	SN      string          `json:"sn"`
	Name    string          `json:"name"`
	Version string          `json:"version"`
	Code    number          `json:"code"`
	Payload json.RawMessage `json:"payload"`
	// Timestamp is in seconds.
	Timestamp number `json:"timestamp"`
}

// content is a payload: some names have it in a body, some have not.
type content struct {
	Body           *content
	AlarmInfoPlate json.RawMessage
	AlarmGioIn     *struct {
		Result struct {
			TriggerResult struct{ Source, Value number }
		}
	}
	GateStatus number `json:"gate_status"`
}

// Hear takes one publication. The serial number stands in the topic and in the message,
// and must be the same in both.
func (Broker) Hear(p device.Publication) (device.Told, error) {
	var e envelope
	// Some firmwares begin a heartbeat with a zero byte.
	if err := json.Unmarshal(utf8Of(bytes.Trim(p.Payload, "\x00 \r\n")), &e); err != nil {
		return device.Told{}, device.Reject("json")
	}
	serial, rest, ok := strings.Cut(strings.TrimPrefix(p.Topic, topicRoot), "/")
	switch {
	case !ok || serial == "" || e.SN == "":
		return device.Told{}, device.Reject("no_sn")
	case e.SN != serial:
		return device.Told{}, device.Reject("sn")
	case len(e.ID) > longestID:
		return device.Told{}, device.Reject("id")
	}
	told := device.Told{Serial: serial}
	rest = "/" + rest
	if strings.HasPrefix(rest, topicDown) {
		if !strings.HasSuffix(rest, reply) || e.ID == "" || !e.Code.told {
			return device.Told{}, device.Reject("no_reply")
		}
		told.Done = &device.Done{Ref: string(e.ID), OK: e.Code.n == done, Native: e.Code.String()}
		return told, nil
	}
	var c content
	if len(e.Payload) > 0 && json.Unmarshal(e.Payload, &c) != nil {
		return device.Told{}, device.Reject("payload")
	}
	if c.Body != nil && len(c.AlarmInfoPlate) == 0 {
		c = *c.Body
	}
	name := strings.TrimPrefix(rest, topicUp)
	if name == upPlate {
		return seenOnTopic(told, e, c, p)
	}
	if event := happened(name, c); event.Kind != "" {
		event.DeviceAt = device.Moment(e.Timestamp.n)
		if e.ID != "" {
			event.Key = device.Key(name, serial, e.ID.word(), e.Timestamp.String())
		}
		told.Events = []model.DeviceEvent{event}
	}
	return told, nil
}

// seenOnTopic is a vehicle. One that stands there now is decided, and what opens is an order; what a
// camera or a broker had kept opens nothing.
func seenOnTopic(told device.Told, e envelope, c content, p device.Publication) (device.Told, error) {
	if len(c.AlarmInfoPlate) == 0 {
		return device.Told{}, device.Reject("no_plate")
	}
	m, err := plate(device.Request{At: p.At}, c.AlarmInfoPlate)
	switch {
	case err != nil || len(m.Events) != 1:
		return device.Told{}, device.Reject("no_plate")
	case m.Serial != "" && m.Serial != told.Serial:
		return device.Told{}, device.Reject("sn")
	}
	event := m.Events[0]
	event.Native = upPlate
	at := device.Moment(e.Timestamp.n)
	if at == 0 {
		at = event.DeviceAt
	}
	if event.Live && (at == 0 || p.At.Sub(time.UnixMilli(at)).Abs() > lateAfter) {
		event.Live = false
		event.Detail["replay"] = "true"
	}
	event.Commanded = event.Live
	told.Events = []model.DeviceEvent{event}
	if !event.Live {
		return told, nil
	}
	told.Reply = func(answers []model.DeviceAnswer) []device.Post {
		if len(answers) != 1 || answers[0].Duplicate {
			return nil
		}
		return announced(told.Serial, answers[0].Announce, p.At)
	}
	return told, nil
}

// happened is anything but a vehicle; a heartbeat is nothing.
func happened(name string, c content) model.DeviceEvent {
	switch name {
	case upBeat:
		return model.DeviceEvent{}
	case upOnline:
		return model.DeviceEvent{Kind: model.DeviceStatus, Native: name, State: "connected"}
	case upOffline:
		return model.DeviceEvent{Kind: model.DeviceStatus, Native: name, State: "offline"}
	case upInput:
		e := model.DeviceEvent{Kind: model.DeviceStatus, Native: name}
		if c.AlarmGioIn != nil {
			r := c.AlarmGioIn.Result.TriggerResult
			e.Detail = map[string]string{"what": "input", "input": r.Source.String(), "value": r.Value.String()}
		}
		return e
	case upBarrier:
		if c.GateStatus.told && (c.GateStatus.n == 0 || c.GateStatus.n == 1) {
			return model.DeviceEvent{Kind: model.DeviceDoor, Native: name, State: [2]string{"closed", "opened"}[c.GateStatus.n]}
		}
	}
	return model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word(name)}
}
