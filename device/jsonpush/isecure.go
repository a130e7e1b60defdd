package jsonpush

import (
	"net/http"
	"strconv"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// iSecure is the callback OnEventNotify of Hikvision's iSecure Center 海康综合安防, which
// tells for many doors and cameras at once. It never asks.
type iSecure struct{}

// ISecure is the dialect of iSecure Center's event callback.
func ISecure() Dialect { return Dialect{iSecure{}} }

// iSecureAlarms are the event types that are known to be alarms.
var iSecureAlarms = map[string]string{"254104": "fire", "254103": "fire_lane_blocked", "983556": "smoke", "983560": "panic", "930335": "falling_object"}

// iSecurePassages are those of a door that let somebody in, by a card, a document, a
// face, or several of these.
var iSecurePassages = map[string]bool{"198914": true, "197162": true, "196893": true, "196883": true}

// iSecureTemperature is a temperature that a terminal took.
const iSecureTemperature = "192517"

func (iSecure) texts(r device.Request) ([][]byte, error) { return plain(r) }

func (iSecure) idle(device.Request) device.Response {
	return answer(http.StatusOK, map[string]any{"code": "0", "msg": "success"})
}

func (s iSecure) message(_ device.Request, said []object) (device.Message, error) {
	o := said[0]
	if o.text("method") != "OnEventNotify" {
		return device.Message{}, device.Refuse("no_event", http.StatusBadRequest)
	}
	events := o.inside("params").each("events")
	if len(events) == 0 {
		return device.Message{}, device.Refuse("no_event", http.StatusBadRequest)
	}
	m := device.Message{Reply: func([]model.DeviceAnswer) device.Response { return s.idle(device.Request{}) },
		Busy: answer(http.StatusServiceUnavailable, map[string]any{"code": "503", "msg": "busy"})}
	for _, event := range events {
		details := event.each("eventDetails")
		if len(details) == 0 {
			m.Events = append(m.Events, s.event(event, event, 0))
			continue
		}
		for n, detail := range details { // a linkage rule names what set it off
			m.Events = append(m.Events, s.event(event, detail, n))
		}
	}
	return m, nil
}

// event is one thing that happened. Names of places, of people and pictures are dropped;
// where it was is kept by index.
func (s iSecure) event(outer, inner object, n int) model.DeviceEvent {
	kind := inner.first("eventType")
	e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word("isecure." + kind), DeviceAt: iSecureTime(outer.first("happenTime")),
		Detail: facts("source", firstOf(inner.text("srcIndex"), outer.text("srcIndex")), "source_type", firstOf(inner.text("srcType"), outer.text("srcType")), "level", outer.text("eventLvl"))}
	status := outer.text("status")
	switch what := iSecureAlarms[kind]; {
	case what != "":
		e.Kind, e.State, e.Detail["what"] = model.DeviceAlarm, "raised", what
		if status == "2" {
			e.State = "cleared"
		}
	case iSecurePassages[kind]:
		e.Kind, e.State = model.DeviceCode, outcome(true)
	case kind == iSecureTemperature:
		e.Kind = model.DeviceReading
	}
	if id := outer.text("eventId"); id != "" {
		e.Key = device.Key("isecure", id, status, kind, strconv.Itoa(n))
	}
	return e
}

// iSecureTime is a time with a zone; the platform's clock and the device's may differ,
// so that it may be later than when it was sent.
func iSecureTime(text string) int64 {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0
	}
	return device.Moment(t.UnixMilli())
}
