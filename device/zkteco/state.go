package zkteco

import (
	"encoding/hex"
	"fmt"
	"net/http"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// alarmBits are what stands at a door, from the lowest bit of its byte.
var alarmBits = [8]string{"forced", "tamper", "duress", "duress_finger", "left_open", "mains_lost", "battery_low", "reader_removed"}

// mostDoors is how many doors a state can speak of.
const mostDoors = 16

// state is how all doors stand. Which alarms have come and gone since follows from
// what stood before.
func state(r device.Request, serial string) (device.Message, error) {
	lines, err := split(r.Body)
	if err != nil {
		return device.Message{}, err
	}
	if len(lines) != 1 {
		return device.Message{}, device.Refuse("no_state", http.StatusBadRequest)
	}
	f := fieldsOf(lines[0])
	alarm, err := hex.DecodeString(f["alarm"])
	if err != nil || len(alarm) > mostDoors {
		return device.Message{}, device.Refuse("no_state", http.StatusBadRequest)
	}
	standing := []string{}
	for n, b := range alarm {
		for bit, name := range alarmBits {
			if b&(1<<bit) != 0 {
				standing = append(standing, fmt.Sprintf("%d.%s", n+1, name))
			}
		}
	}
	m := told(serial, "OK")
	m.Clock = timeOf(f)
	m.Events = []model.DeviceEvent{{Kind: model.DeviceAlarm, Native: "rtstate", DeviceAt: timeOf(f), Standing: standing}}
	return m, nil
}
