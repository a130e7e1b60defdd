package zkteco

import (
	"net/http"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// mostLines bounds what one request may tell.
const mostLines = 2000

// split takes a body apart into lines that say something. They may hold names in
// GB2312, none of which is read: no byte of those is a tab or the end of a line.
func split(body []byte) ([]string, error) {
	var lines []string
	for line := range strings.Lines(string(body)) {
		if line = strings.Trim(line, "\r\n\x00 "); line == "" {
			continue
		}
		if lines = append(lines, line); len(lines) > mostLines {
			return nil, device.Refuse("too_many", http.StatusRequestEntityTooLarge)
		}
	}
	return lines, nil
}

// fieldsOf reads "key=value", separated by tabs. A value may hold what separates
// keys from values.
func fieldsOf(line string) map[string]string {
	f := map[string]string{}
	for field := range strings.SplitSeq(line, "\t") {
		if key, value, ok := strings.Cut(field, "="); ok {
			f[strings.ToLower(strings.TrimSpace(key))] = value
		}
	}
	return f
}

func either(f map[string]string, a, b string) string {
	if f[a] != "" {
		return f[a]
	}
	return f[b]
}

// alarms are codes of events that need a person, with our word for each.
var alarms = map[int]string{28: "left_open", 37: "left_open", 54: "battery_low", 55: "battery_low", 57: "mains_lost", 58: "left_open", 100: "tamper", 101: "duress", 102: "forced", 103: "duress",
	105: "offline", 106: "battery_low", 107: "mains_lost", 108: "offline", 109: "reader_removed", 110: "reader_offline", 111: "mains_lost", 112: "offline",
	114: "fire_input_fault", 115: "fire_input_fault", 154: "fire_input_fault", 155: "fire_input_fault", 210: "fire", 243: "fire_input_fault", 244: "fire_input_fault"}

// cleared are codes that end an alarm; 7 ends all of a door.
var cleared = map[int]string{7: "all", 132: "all", 236: "reader_removed", 237: "reader_offline"}

// doors are codes of doors, with what became of them.
var doors = map[int]string{5: "opened", 8: "opened", 9: "closed", 200: "opened", 201: "closed", 202: "opened", 205: "opened", 211: "closed", 227: "opened", 228: "closed"}

// states are codes of devices that came or went.
var states = map[int]string{206: "started", 214: "connected", 217: "connected"}

// meaning is what a code is about and what it came to. Codes that have no word are
// kept as they are.
func meaning(code int) (kind model.DeviceEventKind, state, alarm string) {
	switch {
	case alarms[code] != "":
		return model.DeviceAlarm, "raised", alarms[code]
	case cleared[code] != "":
		return model.DeviceAlarm, "cleared", cleared[code]
	case doors[code] != "":
		return model.DeviceDoor, doors[code], ""
	case states[code] != "":
		return model.DeviceStatus, states[code], ""
	case code >= 100 && code < 150:
		return model.DeviceAlarm, "raised", ""
	case code >= 0 && code <= 4, code >= 14 && code <= 19, code == 203, code == 207, code == 208, code == 215, code == 216, code == 218, code == 222, code == 232, code == 4007:
		return model.DeviceCode, "admitted", ""
	case code >= 20 && code < 77, code == 5021, code == 6001, code == 6002:
		return model.DeviceCode, "refused", ""
	}
	return model.DeviceUnknown, "", ""
}

// record is a line that the device decided itself: it never opens anything. The same
// one may come at once and again with what the device had kept.
func record(f map[string]string) model.DeviceEvent {
	native := either(f, "event", "eventtype")
	e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word(native), DeviceAt: timeOf(f), Direction: direction(f), TemperatureTenths: temperature(f), Detail: details(f)}
	if code, err := strconv.Atoi(native); err == nil {
		var alarm string
		if e.Kind, e.State, alarm = meaning(code); alarm != "" {
			e.Detail["what"] = alarm
		}
	}
	if index := f["index"]; e.DeviceAt != 0 && index != "" {
		// The index alone may begin anew after a reset.
		e.Key = device.Key("log", index, strconv.FormatInt(e.DeviceAt, 10), native)
	}
	return e
}

func timeOf(f map[string]string) int64 {
	if seconds, err := strconv.ParseInt(f["time_second"], 10, 64); err == nil {
		return decodeTime(seconds)
	}
	return device.LocalMoment(f["time"])
}

func direction(f map[string]string) string {
	return device.Direction(either(f, "inoutstatus", "inoutstate"), "0", "1")
}

// temperature is 0 for 0, which is "not measured", and for 255, "switched off".
func temperature(f map[string]string) int {
	measured, err := strconv.ParseFloat(f["temperature"], 64)
	if err != nil {
		return 0
	}
	return device.Tenths(measured, device.Celsius)
}

// details are what says nothing about a person.
func details(f map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range map[string]string{"door": either(f, "eventaddr", "doorid"), "way": either(f, "verifytype", "verified"), "mask": f["maskflag"], "index": f["index"]} {
		if value = device.Word(value); value != "" {
			out[name] = value
		}
	}
	return out
}
