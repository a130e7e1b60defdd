// Package viid tells platforms above by GA/T 1400.4 (公安视频图像信息应用系统,
// 接口协议): it registers as a lower platform with Digest, keeps itself alive, sends
// vehicles that passed and takes its leave. It sends no faces and no people.
//
// It sees an event only after the recipient's field policy has cut it.
package viid

import (
	"encoding/json"
	"fmt"
	"time"

	"communitypass.cn/communitypass/model"
)

// zone is where the standard's local times are.
var zone = time.FixedZone("UTC+8", 8*60*60)

// layout is the standard's dateTime.
const layout = "20060102150405"

// motorVehicle is what we say of a vehicle: what the standard demands, with its words
// for "unknown" where we know nothing or let nothing out.
type motorVehicle struct {
	MotorVehicleID string
	InfoKind       int // 1: made by a machine
	SourceID       string
	TollgateID     string `json:",omitempty"`
	DeviceID       string
	LaneNo         int
	HasPlate       string
	PlateClass     string
	PlateColor     string
	PlateNo        string `json:",omitempty"`
	PlateDescribe  string `json:",omitempty"`
	VehicleColor   string
	Direction      string `json:",omitempty"`
	PassTime       string
}

type motorVehicles struct {
	MotorVehicleListObject struct{ MotorVehicleObject []motorVehicle }
}

// Encode is the list of one vehicle for an event; ok is false for another type. The
// same event gives the same bytes, so that a platform drops it by its id when it comes
// again.
func Encode(d model.Delivery, deviceCode string) (body []byte, ok bool) {
	var data struct {
		PlateMasked string    `json:"plate_masked"`
		PassedAt    time.Time `json:"passed_at"`
	}
	if d.Type != model.EventVehiclePassed || json.Unmarshal([]byte(d.Body), &data) != nil {
		return nil, false
	}
	if data.PassedAt.IsZero() {
		data.PassedAt = model.FromMillis(d.OccurredAt)
	}
	id, source := ids(d, deviceCode)
	v := motorVehicle{MotorVehicleID: id, InfoKind: 1, SourceID: source, DeviceID: deviceCode, LaneNo: 1, HasPlate: "1",
		PlateClass: "99", PlateColor: "99", VehicleColor: "99", PlateNo: data.PlateMasked, PassTime: data.PassedAt.In(zone).Format(layout)}
	if v.PlateNo != "" {
		v.PlateDescribe = "masked 已脱敏"
	}
	var list motorVehicles
	list.MotorVehicleListObject.MotorVehicleObject = []motorVehicle{v}
	body, err := json.Marshal(list)
	return body, err == nil
}

// ids are the standard's (GA/T 1400.1, annex A): code, 02 for what a machine collected,
// time and number are the source's 41 digits; 02 and a number make 48 of a vehicle. The
// number is the event's place in the recipient's stream: nothing has it twice within
// one second.
func ids(d model.Delivery, deviceCode string) (vehicle, source string) {
	base := fmt.Sprintf("%s02%s%05d", deviceCode, model.FromMillis(d.OccurredAt).In(zone).Format(layout), d.Sequence%100_000)
	return base + "0200001", base
}

// registration is the body of Register, Keepalive and UnRegister.
func registration(kind, deviceCode string) []byte {
	body, _ := json.Marshal(map[string]any{kind: map[string]string{"DeviceID": deviceCode}}) // texts always have a form
	return body
}
