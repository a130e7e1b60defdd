package zkteco

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// attends reports whether the first call is that of a box for attendance (push 2.x),
// which wants its options and never registers. A device for doors says 3.x, or that it
// is one.
func attends(r device.Request) bool {
	version, kind := r.Query.Get("pushver"), r.Query.Get("DeviceType")
	return strings.HasPrefix(version, "2.") && !strings.EqualFold(kind, "acc")
}

// options are how such a box is to send: at once, and of what it knows only who came.
func options(serial string) string {
	return strings.Join([]string{"GET OPTION FROM: " + serial, "ATTLOGStamp=None", "OPERLOGStamp=9999", "ATTPHOTOStamp=None", "ErrorDelay=60",
		"Delay=" + requestDelay, "TransTimes=00:00;14:00", "TransInterval=1", "TransFlag=TransData AttLog", "TimeZone=8", "Realtime=1", "Encrypt=None"}, "\n") + "\n"
}

// attendance is lines of who came, by position: number of the person, time, status
// (0 in, 1 out), way. The box has decided; the number of the person is not kept.
func attendance(r device.Request, serial string) (device.Message, error) {
	lines, err := split(r.Body)
	if err != nil {
		return device.Message{}, err
	}
	m := told(serial, fmt.Sprintf("OK: %d", len(lines)))
	for _, line := range lines {
		f := strings.Split(line, "\t")
		if len(f) < 4 {
			return device.Message{}, device.Refuse("no_record", http.StatusBadRequest)
		}
		e := model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: device.Word("ATTLOG." + f[3]), DeviceAt: device.LocalMoment(f[1]),
			Direction: device.Direction(f[2], "0", "1"), Detail: map[string]string{}}
		if way := device.Word(f[3]); way != "" {
			e.Detail["way"] = way
		}
		if e.DeviceAt != 0 {
			e.Key = device.Key("attlog", f[0], strconv.FormatInt(e.DeviceAt, 10), f[2], f[3])
		}
		m.Events = append(m.Events, e)
	}
	return m, nil
}
