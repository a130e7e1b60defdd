package vguang

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// mostRecords is how many records the firmware sends at once.
const mostRecords = 500

// stale is how far a question may be from our clock. The reader's own may be wrong by
// minutes; what is older was kept by a broker.
const stale = 5 * time.Minute

// access is one showing of something. Pictures and names are not read.
type access struct {
	ID     json.RawMessage `json:"id"`
	Type   json.Number     `json:"type"`
	Code   string          `json:"code"`
	Time   int64           `json:"time"`
	Result json.Number     `json:"result"`
}

// Types of what was shown.
const (
	typeQR     = "100"
	typeCard   = "200"
	typeBLE    = "600"
	typeButton = "800"
	typeRemote = "900"
)

// question is somebody who waits at the reader: it opens for "000000" and nothing else.
func question(told device.Told, e envelope, at time.Time) (device.Told, error) {
	var a access
	if err := json.Unmarshal(e.Data, &a); err != nil {
		return device.Told{}, device.Reject("no_question")
	}
	switch {
	case a.Code == "" && a.Type.String() == typeQR, e.Serial == "":
		return device.Told{}, device.Reject("no_code")
	case len(a.Code) > device.LongestCode:
		return device.Told{}, device.Reject("too_long")
	case !utf8.ValidString(a.Code):
		return device.Told{}, device.Reject("not_text")
	}
	event := model.DeviceEvent{Kind: model.DeviceCode, Native: native("online", a.Type), DeviceAt: device.Moment(e.Time), Detail: map[string]string{},
		Key: device.Key("online", e.Serial, strconv.FormatInt(e.Time, 10), a.Code)}
	asked := event.DeviceAt == 0 || at.Sub(time.UnixMilli(event.DeviceAt)).Abs() <= stale
	switch shown := a.Type.String(); {
	case (shown == typeQR || shown == typeCard || shown == typeBLE) && a.Code != "" && asked:
		event.Live, event.Code = true, a.Code
	case !asked:
		event.State, event.Detail["replay"] = "refused", "true"
	default:
		event.State = "refused"
	}
	told.Events = []model.DeviceEvent{event}
	told.Reply = func(answers []model.DeviceAnswer) []device.Post {
		code := failed
		if event.Live && len(answers) == 1 && answers[0].Admitted() {
			code = done
		}
		return []device.Post{e.answer("access_online", code, at)}
	}
	told.Busy = []device.Post{e.answer("access_online", failed, at)}
	return told, nil
}

// records are what the reader decided itself, now or while it was alone. They open
// nothing. A record is named by what it says: the reader sends it again under another
// serialNo until it was answered.
func records(e envelope) ([]model.DeviceEvent, error) {
	var all []access
	if err := json.Unmarshal(e.Data, &all); err != nil {
		return nil, device.Reject("no_records")
	}
	if len(all) > mostRecords {
		return nil, device.Reject("too_many")
	}
	out := make([]model.DeviceEvent, 0, len(all))
	for _, a := range all {
		event := model.DeviceEvent{Kind: model.DeviceCode, Native: native("access", a.Type), DeviceAt: device.Moment(a.Time), State: "refused",
			Key: device.Key("access", string(a.ID), a.Type.String(), a.Code, strconv.FormatInt(a.Time, 10), a.Result.String())}
		if a.Result.String() == "1" {
			event.State = "admitted"
		}
		switch a.Type.String() {
		case typeQR, typeCard, typeBLE:
		case typeButton, typeRemote:
			event.Kind, event.State = model.DeviceDoor, "opened"
		default:
			event.Kind = model.DeviceUnknown
		}
		out = append(out, event)
	}
	return out, nil
}

func native(what string, kind json.Number) string { return device.Word(what + "." + kind.String()) }
