package jsonpush

import (
	"net/http"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// senseTime is Nebula Pass: "remote authentication" asks at a passage, "event push"
// tells afterwards, both at one address. The terminal asks by GET every 30 seconds
// whether we are there, and decides for itself when we are not.
type senseTime struct{}

// What verify_code says of a question.
const (
	senseTimePassed  = 2
	senseTimeNoRight = 3
	senseTimeNoMatch = 4
	senseTimeNotNow  = 5
)

func (senseTime) texts(r device.Request) ([][]byte, error) { return plain(r) }

func (senseTime) idle(device.Request) device.Response {
	return answer(http.StatusOK, map[string]any{"code": 200, "msg": "OK", "data": map[string]any{}})
}

func (s senseTime) message(_ device.Request, said []object) (device.Message, error) {
	o := said[0]
	if !o.has("type") {
		return s.question(o)
	}
	data := o.inside("data")
	if data == nil {
		return device.Message{}, device.Refuse("no_data", http.StatusBadRequest)
	}
	m := device.Message{Serial: data.text("deviceSN"), Reply: s.heard, Busy: answer(http.StatusServiceUnavailable, map[string]any{"code": 503, "msg": "busy", "data": map[string]any{}})}
	switch o.text("type") {
	case "0":
		m.Events = []model.DeviceEvent{s.record(data)}
	case "1":
		m.Events = []model.DeviceEvent{s.alarm(data)}
	default:
		at := device.Moment(max(data.whole("timestamp"), data.whole("event_time")))
		m.Events = []model.DeviceEvent{{Kind: model.DeviceUnknown, Key: firstOf(data.text("uuid"), data.text("trace_id")), DeviceAt: at, Native: device.Word("type." + o.text("type"))}}
	}
	return m, nil
}

// question is somebody who waits at the terminal. The device knows faces and we do
// not: only what can be read as a code is decided, anything else is kept and refused.
func (s senseTime) question(o object) (device.Message, error) {
	if !o.has("entry_mode") && !o.has("recognizeStatus") && !o.has("qrcode_content") {
		return device.Message{}, device.Refuse("no_question", http.StatusBadRequest)
	}
	code := o.text("qrcode_content")
	if code == "" && o.text("entry_mode") == "3" {
		code = o.inside("user").text("ic_number")
	}
	if len(code) > device.LongestCode {
		return device.Message{}, device.Refuse("too_long", http.StatusBadRequest)
	}
	e := model.DeviceEvent{Kind: model.DeviceCode, Live: true, Code: code, DeviceAt: device.Moment(o.whole("timestamp")), Native: device.Word("remote." + o.text("entry_mode")),
		TemperatureTenths: device.Tenths(o.number("bodyTemperature"), device.Celsius), Detail: facts("mask", o.text("mask"))}
	if code == "" {
		e.Live, e.State = false, "refused"
		if e.DeviceAt != 0 {
			e.Key = device.Key("question", o.text("timestamp"), o.text("entry_mode"), o.text("recognizeScore"), o.inside("user").text("user_id"))
		}
	}
	return device.Message{Serial: o.text("deviceSN"), Events: []model.DeviceEvent{e}, Reply: s.decided, Busy: s.decided(nil)}, nil
}

// decided says yes or no, and never who it was.
func (senseTime) decided(answers []model.DeviceAnswer) device.Response {
	pass, why := false, senseTimeNoRight
	if len(answers) == 1 {
		switch a := answers[0]; {
		case a.Admitted():
			pass, why = true, senseTimePassed
		case a.Reason == "unknown_code" || a.Reason == "":
			why = senseTimeNoMatch
		case a.Reason == "outside_hours":
			why = senseTimeNotNow
		}
	}
	return answer(http.StatusOK, map[string]any{"code": 200, "msg": "OK", "data": map[string]any{"pass": pass, "customtips": "", "verify_code": why}})
}

func (senseTime) heard([]model.DeviceAnswer) device.Response {
	return answer(http.StatusOK, map[string]any{"code": 200, "msg": "success", "data": map[string]any{}})
}

// record is a passage that the terminal has let through or refused.
func (senseTime) record(o object) model.DeviceEvent {
	at := o.text("timestamp")
	native := "record." + firstOf(o.text("entry_mode"), "0")
	if abnormal := o.text("abnormal_type"); abnormal != "" && abnormal != "0" {
		native = "abnormal." + abnormal
	}
	e := model.DeviceEvent{Kind: model.DeviceCode, Key: o.text("uuid"), DeviceAt: device.Moment(o.whole("timestamp")), Native: device.Word(native), State: outcome(o.yes("pass")),
		TemperatureTenths: device.Tenths(o.number("bodyTemperature"), device.Celsius), Detail: facts("mask", o.text("mask"), "entry_mode", o.text("entry_mode"))}
	if e.Key == "" && e.DeviceAt != 0 { // older firmware names no event
		e.Key = device.Key("record", at, o.text("recognizeStatus"), o.text("recognizeScore"), o.inside("user").text("user_id"), o.text("pass"))
	}
	return e
}

// senseTimeAlarms are the codes of alarms that are known.
var senseTimeAlarms = map[string]string{"10001": "tamper"}

// alarm is raised by status 1 and cleared by 3; 2 is a clearing that failed.
func (senseTime) alarm(o object) model.DeviceEvent {
	code, status, at := o.text("code"), o.text("status"), o.text("event_time")
	e := model.DeviceEvent{Kind: model.DeviceAlarm, DeviceAt: device.Moment(o.whole("event_time")), Native: device.Word("alarm." + code), State: "raised", Detail: facts("what", senseTimeAlarms[code], "status", status)}
	if status == "3" {
		e.State = "cleared"
	}
	if trace := o.text("trace_id"); trace != "" || e.DeviceAt != 0 {
		e.Key = device.Key("alarm", trace, code, status, at)
	}
	return e
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
