package zkteco

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// reboot is CONTROL DEVICE AABBCCDD with 03; the rest of it means nothing then.
const reboot = "CONTROL DEVICE 03000000"

// longestOpen is the most seconds that a device can be told; FF would be for good.
const longestOpen = 0xfe

// Carries reports whether a device can be given the command when it asks.
func (Dialect) Carries(_ *model.Device, kind model.CommandKind) bool {
	return kind == model.CommandOpen || kind == model.CommandReboot
}

// order is the answer to "what am I to do", C:<id>:<command>.
func order(c model.DeviceCommand) (device.Response, bool) {
	what := reboot
	if c.Kind == model.CommandOpen {
		what = openDoor(c.Args.Door, c.Args.Seconds)
	}
	return device.Text(fmt.Sprintf("C:%d:%s", c.Number, what)), true
}

// openDoor is CONTROL DEVICE AABBCCDD: 01 output, the door (00 would be all), 01 its
// lock, for how many seconds.
func openDoor(door, seconds int) string {
	return fmt.Sprintf("CONTROL DEVICE 01%02X01%02X", max(min(door, mostDoors), 1), max(min(seconds, longestOpen), 1))
}

// outcomes are lines of ID=…&Return=…&CMD=…; a return of 0 or more is success.
func outcomes(r device.Request, serial string) (device.Message, error) {
	lines, err := split(r.Body)
	if err != nil {
		return device.Message{}, err
	}
	m := told(serial, "OK")
	for _, line := range lines {
		said, _ := url.ParseQuery(line) // what can be read of it: CMD repeats what is no query
		number, err := strconv.ParseInt(said.Get("ID"), 10, 64)
		if err != nil {
			continue
		}
		code, err := strconv.Atoi(strings.TrimSpace(said.Get("Return")))
		result := model.CommandResult{Number: number, Done: err == nil && code >= 0, Code: device.Word(said.Get("Return"))}
		if err != nil {
			result.Code = model.AnswerUnreadable
		}
		m.Results = append(m.Results, result)
	}
	return m, nil
}

// firmware is what the list of a registration says of it, "…,FirmVer=…,…".
func firmware(body []byte) string {
	for field := range strings.SplitSeq(string(body), ",") {
		if name, value, _ := strings.Cut(strings.TrimSpace(field), "="); strings.EqualFold(strings.TrimPrefix(name, "~"), "FirmVer") {
			return device.Word(value)
		}
	}
	return ""
}

// firmwareOf is what an attendance device says first of itself when it asks.
func firmwareOf(info string) string {
	version, _, _ := strings.Cut(info, ",")
	return device.Word(version)
}
