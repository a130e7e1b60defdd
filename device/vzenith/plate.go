package vzenith

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// seen is what a camera says of one vehicle; pictures and what we do not use are
// left out.
type seen struct {
	License, PlateID text
	IsOffline        number
	Direction        number
	TriggerType      number
	Confidence       number
	ColorType        number
	Type             number
	IsFakePlate      number `json:"is_fake_plate"`
	TimeStamp        struct{ Timeval told }
}

// told are the two times of a camera, which may disagree: seconds since 1970, and
// its own calendar.
type told struct {
	Sec                                              number
	DecYear, DecMon, DecDay, DecHour, DecMin, DecSec number
}

// plate reads a vehicle. One that the camera kept while it was offline is told
// afterwards: it opens nothing, and the answer asks for the next one.
func plate(r device.Request, raw json.RawMessage) (device.Message, error) {
	var alarm struct {
		Serialno text
		Channel  number
		Result   struct{ PlateResult *seen }
	}
	if err := json.Unmarshal(raw, &alarm); err != nil {
		return device.Message{}, device.Refuse("shape", http.StatusBadRequest)
	}
	serial, p := alarm.Serialno.word(), alarm.Result.PlateResult
	if p == nil { // cameras that keep in touch in the same words
		return heartbeat(serial), nil
	}
	at, agree := p.TimeStamp.Timeval.moment(r.At)
	e := model.DeviceEvent{Kind: model.DevicePlate, Native: "AlarmInfoPlate", Live: p.IsOffline.n == 0, DeviceAt: at, Plate: model.SeenPlate(licence(string(p.License))),
		Detail: map[string]string{}}
	if p.PlateID != "" || at != 0 {
		// A camera that has started anew counts from the beginning: the time tells its
		// vehicles from those of before.
		e.Key = device.Key("plate", serial, p.PlateID.word(), p.TimeStamp.Timeval.Sec.String(), p.TimeStamp.Timeval.text())
	}
	for name, value := range map[string]number{"channel": alarm.Channel, "driven": p.Direction, "trigger": p.TriggerType, "confidence": p.Confidence,
		"colour": p.ColorType, "type": p.Type, "fake": p.IsFakePlate} {
		if value.told {
			e.Detail[name] = value.String()
		}
	}
	if !agree {
		e.Detail["clock"] = "disagrees"
	}
	m := device.Message{Serial: serial, Events: []model.DeviceEvent{e}, Reply: opens, Look: looksAgain, Busy: again()}
	if !e.Live {
		m.Look, m.Reply = nil, func([]model.DeviceAnswer) device.Response { return next(p.PlateID) }
	}
	return m, nil
}

// opens answers the vehicle that stands there now, and says what is announced beside it.
func opens(answers []model.DeviceAnswer) device.Response {
	return say("Response_AlarmInfoPlate", answered(answers))
}

// looksAgain is opens for a camera that staff asked to look again. One that has opened
// need not.
func looksAgain(answers []model.DeviceAnswer) device.Response {
	v := answered(answers)
	v.Look = look
	return say("Response_AlarmInfoPlate", v)
}

func answered(answers []model.DeviceAnswer) verdict {
	v := verdict{Info: "no", Content: "retransfer_stop", IsPay: "false", SerialData: []serialOut{}}
	if len(answers) != 1 {
		return v
	}
	a := answers[0]
	if a.Admitted() {
		v.Info = "ok"
	}
	v.SerialData, v.Voice, v.screenOrder = serialOuts(a.Announce.Serial), spoken(a.Announce.Voice), shown(a.Announce.Lines...)
	return v
}

// next says that a record was kept, without which the camera never sends another.
func next(plateID text) device.Response {
	var id any = string(plateID)
	if n, err := strconv.ParseInt(string(plateID), 10, 64); err == nil {
		id = n
	}
	return say("Response_AlarmInfoPlate", map[string]any{"ContinuePushOffline": map[string]any{"plateid": id, "continue": 1}})
}

// licence is a plate in clear: some firmwares write it in Base64, of UTF-8 or GB2312.
func licence(told string) string {
	raw, err := base64.StdEncoding.DecodeString(told)
	if err != nil || len(raw) < 7 {
		return told
	}
	if plate, ok := model.NormalPlate(string(utf8Of(raw))); ok {
		return plate
	}
	return told
}

// clockTolerance is how far the two times may be apart and still be one.
const clockTolerance = 2 * time.Minute

// moment is whichever of the two times is nearer to when it was received, in Unix
// milliseconds, 0 for none; agree is false when they contradict each other.
func (t told) moment(received time.Time) (at int64, agree bool) {
	sec, calendar := device.Moment(t.Sec.n), int64(0)
	if t.DecYear.n > 0 {
		calendar = device.Moment(time.Date(int(t.DecYear.n), time.Month(t.DecMon.n), int(t.DecDay.n), int(t.DecHour.n), int(t.DecMin.n), int(t.DecSec.n), 0, device.Zone).UnixMilli())
	}
	switch {
	case sec == 0 || calendar == 0:
		return max(sec, calendar), true
	case apart(sec, calendar) <= clockTolerance.Milliseconds():
		return sec, true
	case apart(calendar, model.Millis(received)) < apart(sec, model.Millis(received)):
		return calendar, false
	}
	return sec, false
}

func apart(a, b int64) int64 { return max(a-b, b-a) }

// text is the calendar time as it was told.
func (t told) text() string {
	if t.Sec.n != 0 || !t.DecYear.told {
		return ""
	}
	return t.DecYear.String() + "-" + t.DecMon.String() + "-" + t.DecDay.String() + "T" + t.DecHour.String() + ":" + t.DecMin.String() + ":" + t.DecSec.String()
}
