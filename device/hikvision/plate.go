package hikvision

import (
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// staleVehicle is how old a vehicle may be by the camera's own clock and still stand
// there. One without a time may be of any time.
const staleVehicle = time.Minute

// plate is a vehicle that a camera has seen. The camera's forward and reverse say how
// it drove past the camera, not whether it came in, so they are only noted: the gate
// says which way it goes. What was kept while the network was away asks nothing. The
// camera waits for no answer, so that its barrier opens by a command.
func plate(r device.Request, alert *fact) model.DeviceEvent {
	seen := alert.one("ANPR")
	e := model.DeviceEvent{Kind: model.DevicePlate, DeviceAt: timeOf(alert), Native: "ANPR", Detail: map[string]string{}}
	noted(e.Detail, alert, map[string]string{"channelID": "channel"})
	noted(e.Detail, seen, map[string]string{"confidenceLevel": "confidence", "direction": "driven", "line": "lane", "vehicleType": "vehicle"})
	e.Plate = model.SeenPlate(seen.word("licensePlate", "originalLicensePlate"))
	e.Live = !alert.yes("isDataRetransmission") && e.DeviceAt != 0 && model.Millis(r.At)-e.DeviceAt <= staleVehicle.Milliseconds()
	e.Commanded = e.Live
	if id := alert.word("UUID"); id != "" || e.DeviceAt != 0 {
		e.Key = strings.Join([]string{"anpr", alert.word("deviceID"), channelOf(alert), plain(seen.word("line")), id, strconv.FormatInt(e.DeviceAt, 10)}, ":")
	}
	return e
}
