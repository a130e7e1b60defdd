package day

import (
	"fmt"
	"net/http"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/simulator"
)

// fleet is the devices of the day, and the systems that are told of what they say.
type fleet struct {
	*Day
	recipients []*recipient
	// broker is the reader that speaks by topics.
	broker *conformance.Reader
	// units are the devices by their protocol.
	units map[string]unit
	// rounds is how often all have spoken.
	rounds int
	// told counts what the devices were told, such as an admission, by protocol; calls are
	// the lift calls.
	told  map[string]int
	calls []string
}

// unit is a device that was made known.
type unit struct{ id, url, serial string }

// Serials and passwords of the devices that have such.
const (
	dayPanel  = "7A31"
	dayCamera = "34020000001320000901"
	daySerial = "ZKDAY0001"
	dayReader = "DW200DAY0001"
	daySecret = "camera-of-the-day"
)

// kinds are the protocols of the fleet, the lift beside them.
var kinds = []string{"vguang-mqtt", "hikvision", "zkteco", "dahua", "vzenith", "sia", "gb28181"}

func (f *fleet) open() {
	f.until(8)
	f.recipient("property", "物业系统", []simulator.PropertyFault{{Status: http.StatusServiceUnavailable}, {CutAfter: true}, {CutBefore: true}, {Status: http.StatusInternalServerError}})
	f.recipient("city", "城市平台", []simulator.PropertyFault{{CutAfter: true}, {Status: http.StatusTooManyRequests, RetryAfter: "60"}, {Status: http.StatusBadGateway}, {CutBefore: true}})
	barrier := f.staff("钱经理").post(f.in("gates"), map[string]any{"name": "地库道闸", "perimeter": "garage", "kind": "barrier", "direction": "in"})
	f.must("a barrier is made known", barrier.status == http.StatusCreated, barrier)
	f.units = map[string]unit{}
	for _, kind := range kinds {
		wish := map[string]any{"gate_id": f.gateID("东门"), "name": "设备之日 " + kind, "protocol": kind}
		switch kind {
		case "vzenith":
			wish["gate_id"] = barrier.text("id")
		case "vguang-mqtt":
			wish["serial"] = dayReader
		case "zkteco":
			wish["serial"] = daySerial
		case "sia":
			wish["serial"] = dayPanel
		case "gb28181":
			wish["serial"], wish["secret"] = dayCamera, daySecret
		}
		a := f.staff("钱经理").post(f.in("devices"), wish)
		f.must(kind+" is made known", a.status == http.StatusCreated, a)
		serial, _ := wish["serial"].(string)
		f.units[kind] = unit{a.in("device").text("id"), f.demo.DeviceURL + a.text("path"), serial}
		if kind == "vguang-mqtt" {
			var err error
			login := a.in("mqtt")
			f.broker, err = conformance.NewReader(f.ctx, f.demo.MQTTURL, login.text("username"), login.text("password"), dayReader)
			f.must(kind+" is on the broker", err == nil, err)
		}
	}
	f.must("a lift is there", f.demo.Lift.LiftID != "" && len(f.demo.Lift.Floors) > 1, f.demo.Lift)
}

// round lets each device say something, and say it again as one does that missed the
// answer.
func (f *fleet) round() {
	f.rounds++
	for _, said := range []struct {
		kind string
		say  func() error
	}{
		{"vguang-mqtt", f.reader}, {"hikvision", f.terminal}, {"zkteco", f.controllerAsks}, {"dahua", f.broken}, {"vzenith", f.vehicleComes},
		{"sia", f.panel}, {"gb28181", f.cameraSees}, {"lift", f.lift},
	} {
		err := said.say()
		f.check(fmt.Sprintf("round %d: %s is understood", f.rounds, said.kind), err == nil, err)
	}
}
