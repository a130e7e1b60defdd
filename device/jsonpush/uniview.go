package jsonpush

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// uniview is LAPI: a heartbeat every ten seconds and notifications of what the
// terminal has decided. It repeats one until the answer names its Seq. It asks
// nothing.
type uniview struct{}

const univiewHeartbeat = "/HeartReportInfo"

func (uniview) texts(r device.Request) ([][]byte, error) { return plain(r) }

func (u uniview) idle(r device.Request) device.Response {
	return answer(http.StatusOK, map[string]any{"ResponseURL": univiewPath(r), "Code": 0, "Data": map[string]any{"Time": univiewTime(r)}})
}

// univiewPath is the request's own path, as the answer repeats it.
func univiewPath(r device.Request) string { return r.Path[:min(len(r.Path), 256)] }

func univiewTime(r device.Request) string { return r.At.In(device.Zone).Format(time.DateTime) }

func (u uniview) message(r device.Request, said []object) (device.Message, error) {
	o := said[0]
	m := device.Message{Serial: o.text("DeviceCode"), Reply: func([]model.DeviceAnswer) device.Response { return u.heard(r, o, 0, "Succeed") }, Busy: u.heard(r, o, 1, "Busy")}
	m.Busy.Status = http.StatusServiceUnavailable
	switch {
	case strings.HasSuffix(r.Path, univiewHeartbeat) || o.has("NextTime"):
		m.Reply = func([]model.DeviceAnswer) device.Response { return u.idle(r) }
		m.Clock = device.LocalMoment(o.text("Time"))
	case o.has("FaceInfoList") || o.has("CardInfoList") || o.has("LibMatInfoList"):
		m.Events = []model.DeviceEvent{u.verified(o)}
	case o.has("AlarmInfo"):
		m.Events = []model.DeviceEvent{u.alarm(o, o.inside("AlarmInfo"))}
	case o.has("AlarmType"):
		m.Events = []model.DeviceEvent{u.alarm(o, o)}
	case o.has("Seq") || o.has("Reference") || o.has("NotificationType"):
		m.Events = []model.DeviceEvent{u.event(o, model.DeviceUnknown, "notification."+o.text("NotificationType"), o.whole("Timestamp"))}
	default:
		return device.Message{}, device.Refuse("no_notification", http.StatusBadRequest)
	}
	return m, nil
}

// heard names the Seq, which is how the terminal learns what it need not send again.
func (uniview) heard(r device.Request, o object, status int, word string) device.Response {
	data := map[string]any{"Time": univiewTime(r)}
	if seq, ok := o["Seq"].(json.Number); ok {
		data["RecordID"] = seq
	} else if seq, ok := o["Seq"].(string); ok {
		data["RecordID"] = seq[:min(len(seq), 64)]
	}
	return answer(http.StatusOK, map[string]any{"Response": map[string]any{"ResponseURL": univiewPath(r), "StatusCode": status, "StatusString": word, "Data": data}})
}

func (uniview) event(o object, kind model.DeviceEventKind, native string, at int64) model.DeviceEvent {
	e := model.DeviceEvent{Kind: kind, Native: device.Word(native), DeviceAt: device.Moment(at), Detail: facts("seq", o.text("Seq"))}
	// Seq alone may begin anew after a reset.
	if e.DeviceAt != 0 {
		e.Key = device.Key("uniview", native, o.text("Seq"), strconv.FormatInt(at, 10))
	}
	return e
}

// verified is somebody whom the terminal has compared with its lists.
func (u uniview) verified(o object) model.DeviceEvent {
	var face, match object
	if list := o.each("FaceInfoList"); len(list) > 0 {
		face = list[0]
	}
	if list := o.each("LibMatInfoList"); len(list) > 0 {
		match = list[0]
	}
	at := o.whole("Timestamp")
	if at == 0 {
		at = face.whole("Timestamp")
	}
	e := u.event(o, model.DeviceCode, "PersonVerification."+match.text("MatchStatus"), at)
	e.State = outcome(match.text("MatchStatus") == "1")
	e.TemperatureTenths = device.Tenths(face.number("Temperature"), device.Celsius)
	for name, value := range facts("mask", face.text("MaskFlag")) {
		e.Detail[name] = value
	}
	return e
}

// univiewAlarms are the alarms that are known, by their word without On or Off.
var univiewAlarms = map[string]string{"InputAlarm": "input", "TamperAlarm": "tamper", "DoorForcedOpenAlarm": "forced", "DoorOpenTimeoutAlarm": "left_open", "DuressAlarm": "duress", "FireAlarm": "fire"}

func (u uniview) alarm(o, info object) model.DeviceEvent {
	word := info.text("AlarmType")
	e := u.event(o, model.DeviceAlarm, word, max(info.whole("TimeStamp"), info.whole("Timestamp")))
	e.State = "raised"
	if strings.HasSuffix(word, "Off") {
		e.State = "cleared"
	}
	name := univiewAlarms[strings.TrimSuffix(strings.TrimSuffix(word, "Off"), "On")]
	for name, value := range facts("what", name, "source", info.text("AlarmSrcID"), "alarm_seq", info.text("AlarmSeq")) {
		e.Detail[name] = value
	}
	if e.DeviceAt != 0 {
		e.Key = device.Key("uniview", word, info.first("TimeStamp", "Timestamp"), info.text("AlarmSeq"), info.text("AlarmSrcID"), o.text("Seq"))
	}
	return e
}
