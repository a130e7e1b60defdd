package jsonpush

import (
	"net/http"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// dahua is the HTTP upload: the terminal tells what it has decided and waits three
// seconds for a word that we have it. It asks nothing.
type dahua struct{}

func (dahua) idle(device.Request) device.Response {
	return answer(http.StatusOK, map[string]any{"code": 0, "message": "success"})
}

func (d dahua) message(r device.Request, said []object) (device.Message, error) {
	m := device.Message{Reply: func([]model.DeviceAnswer) device.Response { return d.idle(r) },
		Busy: answer(http.StatusServiceUnavailable, map[string]any{"code": 1, "message": "busy"})}
	for _, o := range said {
		list := []object{o}
		if o.has("Events") {
			list = o.each("Events")
		}
		for _, e := range list {
			if e.text("Code") == "" {
				return device.Message{}, device.Refuse("no_code", http.StatusBadRequest)
			}
			serial := firstOf(e.inside("Data").text("SN"), e.text("SN"), o.text("SN"))
			if serial != "" && m.Serial != "" && serial != m.Serial {
				return device.Message{}, device.Refuse("two_serials", http.StatusBadRequest)
			}
			m.Serial = firstOf(m.Serial, serial)
			m.Events = append(m.Events, d.event(e))
			if last := m.Events[len(m.Events)-1]; last.Detail["replay"] == "" {
				m.Clock = max(m.Clock, last.DeviceAt)
			}
		}
	}
	return m, nil
}

// dahuaAlarms are codes of events that need a person.
var dahuaAlarms = map[string]string{"BreakIn": "forced", "DoorNotClosed": "left_open", "Duress": "duress", "ChassisIntruded": "tamper", "Tamper": "tamper",
	"FireWarning": "fire", "FireAlarm": "fire", "AlarmLocal": "input", "RepeatEnter": "passback", "MaliciousAccessControl": "malicious"}

func (d dahua) event(o object) model.DeviceEvent {
	code, action, data := o.text("Code"), o.text("Action"), o.inside("Data")
	at := data.first("RealUTC", "CreateTime", "UTC")
	e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word(code), DeviceAt: device.Moment(object{"at": at}.whole("at")),
		Detail: facts("door", firstOf(data.text("Door"), data.text("Name")), "action", action, "index", o.text("Index"), "source", data.text("DataSource"))}
	if e.DeviceAt != 0 {
		e.Key = device.Key("dahua", code, action, at, o.text("Index"), data.first("RecNo", "EventID", "BlockId"), data.text("UserID"), data.text("CardNo"),
			data.text("Method"), data.text("Type"), data.text("Status"), data.text("Door"))
	}
	if data.text("DataSource") == "Offline" {
		e.Detail["replay"] = "yes"
	}
	switch {
	case code == "AccessControl":
		d.access(&e, data)
	case code == "DoorStatus":
		e.Kind, e.State = model.DeviceDoor, doorState(data.text("Status"))
	case dahuaAlarms[code] != "":
		e.Kind, e.State, e.Detail["what"] = model.DeviceAlarm, "raised", dahuaAlarms[code]
		if action == "Stop" {
			e.State = "cleared"
		}
	}
	return e
}

// dahuaButton is the method of a door that was opened by its button: nobody showed
// anything.
const dahuaButton = "5"

func (dahua) access(e *model.DeviceEvent, data object) {
	method := data.text("Method")
	e.Kind, e.State, e.Native = model.DeviceCode, outcome(data.text("Status") == "1"), device.Word("AccessControl."+method)
	e.Direction = device.Direction(data.text("Type"), "Entry", "Exit")
	if method == dahuaButton && e.State == "admitted" {
		e.Kind, e.State = model.DeviceDoor, "opened"
	}
	for name, value := range facts("error", data.text("ErrorCode"), "mask", data.text("Mask")) {
		e.Detail[name] = value
	}
	heat := data.inside("ManTemperatureInfo")
	if heat == nil {
		heat = data
	}
	e.TemperatureTenths = device.Tenths(heat.number("CurrentTemperature"), device.Unit(heat.whole("TemperatureUnit")))
	if heat.yes("IsOverTemperature") {
		e.Detail["over_temperature"] = "yes"
	}
}

func doorState(said string) string {
	switch strings.ToLower(said) {
	case "open", "opened":
		return "opened"
	case "close", "closed":
		return "closed"
	}
	return ""
}
