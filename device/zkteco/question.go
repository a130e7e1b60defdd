package zkteco

import (
	"cmp"
	"net/http"
	"strconv"
	"unicode/utf8"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// yes is how one edition of the specification says that somebody may pass; the other
// says SUCCESS, and which one a unit wants is a setting of the device.
const yes = "SUCCEED"

// openSeconds is how long a door stays open that we open.
const openSeconds = 5

// question is "background verification": somebody waits at a door, and the device
// does what we answer. A user's number of the device means nothing to us: only what
// was read as a card or a code is decided.
func question(r device.Request, serial string) (device.Message, error) {
	lines, err := split(r.Body)
	switch {
	case err != nil:
		return device.Message{}, err
	case len(lines) != 1:
		return device.Message{}, device.Refuse("no_question", http.StatusBadRequest)
	}
	f := fieldsOf(lines[0])
	code := f["cardno"]
	switch {
	case f["time"] == "" && f["event"] == "":
		return device.Message{}, device.Refuse("no_question", http.StatusBadRequest)
	case len(code) > device.LongestCode:
		return device.Message{}, device.Refuse("too_long", http.StatusBadRequest)
	case !utf8.ValidString(code):
		return device.Message{}, device.Refuse("not_text", http.StatusBadRequest)
	}
	e := model.DeviceEvent{Kind: model.DeviceCode, Native: device.Word("auth." + f["event"]), DeviceAt: timeOf(f), Direction: direction(f), TemperatureTenths: temperature(f), Detail: details(f)}
	if code != "" && code != "0" {
		e.Live, e.Code = true, code
	} else {
		e.State = "refused"
	}
	if index := f["index"]; index != "" && e.DeviceAt != 0 {
		// With the code in it: the answer to one code is never given to another.
		e.Key = device.Key("auth", index, strconv.FormatInt(e.DeviceAt, 10), code, f["pin"])
	}
	reply := func(answers []model.DeviceAnswer) device.Response {
		if len(answers) == 1 && answers[0].Admitted() {
			return device.Text("AUTH=" + cmp.Or(r.AuthWord, yes) + "\r\n" + lines[0] + "\r\n" + openDoor(door(f), openSeconds) + "\r\n")
		}
		return device.Text("AUTH=FAILED\r\n" + lines[0] + "\r\n")
	}
	return device.Message{Serial: serial, Events: []model.DeviceEvent{e}, Reply: reply, Busy: reply(nil), Clock: e.DeviceAt}, nil
}

// door is the door that somebody waits at. 0 would be all doors.
func door(f map[string]string) int {
	if n, err := strconv.Atoi(f["eventaddr"]); err == nil && n >= 1 && n <= 16 {
		return n
	}
	return 1
}
