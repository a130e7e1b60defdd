package viid

import (
	"encoding/json"
	"net/http"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// timeForm is how GA/T 1400 tells the time: local, without a zone.
const timeForm = "20060102150405"

func local(at time.Time) string { return at.In(device.Zone).Format(timeForm) }

// vehicle is what is read of a MotorVehicle; pictures are dropped unread.
type vehicle struct {
	MotorVehicleID string
	DeviceID       string
	PlateNo        string
	PlateColor     string
	VehicleClass   string
	PassTime       string
	ShotTime       string
}

// vehicles makes an event of each vehicle.
func (d *Dialect) vehicles(r device.Request) (device.Message, error) {
	path := "/MotorVehicles"
	var body struct {
		MotorVehicleListObject struct {
			MotorVehicleObject []vehicle
		}
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return device.Message{}, refuse(path, "form", http.StatusBadRequest, statusForm, r.At)
	}
	list := body.MotorVehicleListObject.MotorVehicleObject
	switch {
	case len(list) == 0:
		return device.Message{}, refuse(path, "form", http.StatusBadRequest, statusForm, r.At)
	case len(list) > mostObjects:
		return device.Message{}, refuse(path, "too_many", http.StatusRequestEntityTooLarge, statusInvalid, r.At)
	}
	m := device.Message{}
	statuses, busy := make([]status, len(list)), make([]status, len(list))
	for n, v := range list {
		m.Events = append(m.Events, v.event())
		statuses[n], busy[n] = status{v.MotorVehicleID, statusOK, "OK"}, status{v.MotorVehicleID, statusBusy, "Busy"}
	}
	m.Reply = func([]model.DeviceAnswer) device.Response { return statusOf(path, http.StatusOK, r.At, statuses) }
	m.Busy = statusOf(path, http.StatusServiceUnavailable, r.At, busy)
	return m, nil
}

func (v vehicle) event() model.DeviceEvent {
	plate, ok := model.NormalPlate(v.PlateNo)
	if !ok {
		plate = "" // none, or none that could be read
	}
	e := model.DeviceEvent{Kind: model.DevicePlate, Native: "viid.vehicle", Plate: plate, Key: v.MotorVehicleID, Detail: map[string]string{}}
	for _, text := range []string{v.PassTime, v.ShotTime} {
		if t, err := time.ParseInLocation(timeForm, text, device.Zone); err == nil && e.DeviceAt == 0 {
			e.DeviceAt = device.Moment(t.UnixMilli())
		}
	}
	if e.Key != "" {
		e.Key = device.Key("vehicle", e.Key)
	}
	for name, value := range map[string]string{"camera": v.DeviceID, "plate_colour": v.PlateColor, "vehicle_class": v.VehicleClass} {
		if value = device.Word(value); value != "" {
			e.Detail[name] = value
		}
	}
	return e
}

// status is what became of one object.
type status struct{ Serial, Code, Text string }

type statusObject struct {
	ID           string `json:"Id"`
	LocalTime    string
	RequestURL   string
	StatusCode   string
	StatusString string
}

func (s status) object(path string, at time.Time) statusObject {
	return statusObject{s.Serial, local(at), Root + path, s.Code, s.Text}
}

// statusOf is a ResponseStatusListObject.
func statusOf(path string, code int, at time.Time, all []status) device.Response {
	objects := make([]statusObject, len(all))
	for n, s := range all {
		objects[n] = s.object(path, at)
	}
	return encoded(code, map[string]any{"ResponseStatusListObject": map[string]any{"ResponseStatusObject": objects}})
}

// single is a ResponseStatusObject, which messages about the sender itself are answered
// with.
func single(path string, at time.Time, s status) device.Response {
	return encoded(http.StatusOK, map[string]any{"ResponseStatusObject": s.object(path, at)})
}

func encoded(code int, v any) device.Response {
	body, _ := json.Marshal(v) // ours, which always has a form
	return device.Response{Status: code, ContentType: contentType, Body: body}
}

// refuse answers what cannot be taken in the form of the standard.
func refuse(path, reason string, code int, word string, at time.Time) *device.Refusal {
	return &device.Refusal{Reason: "viid_" + reason, Response: statusOf(path, code, at, []status{{Code: word, Text: reason}})}
}
