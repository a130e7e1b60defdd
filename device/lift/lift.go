// Package lift is the dialect in which lift controllers tell us how calls and lifts
// stand: the neutral form of docs/lifts.md, which the HTTP and the MQTT variant share.
package lift

import (
	"encoding/json"
	"net/http"
	"slices"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// eventsMost bounds one message.
const eventsMost = 200

// Dialect reads POST …/events with {"events": […]}.
type Dialect struct{}

// Event is one thing that a controller tells. With a call_id and a state it is of a
// call; with a lift also of where that lift is.
type Event struct {
	CallID    string `json:"call_id,omitempty"`
	State     string `json:"state,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Lift      string `json:"lift,omitempty"`
	Floor     string `json:"floor,omitempty"`
	Direction string `json:"direction,omitempty"`
	Door      string `json:"door,omitempty"`
	// HoldID and Hold answer a hold: held, or refused with a reason.
	HoldID string `json:"hold_id,omitempty"`
	Hold   string `json:"hold,omitempty"`
	// RightsID and Rights answer open floors: enabled, or refused with a reason.
	RightsID string `json:"rights_id,omitempty"`
	Rights   string `json:"rights,omitempty"`
	// Mode is normal, fire or service, for the group as a whole.
	Mode string `json:"mode,omitempty"`
}

// Read makes reports of a message; one word that is not ours refuses it whole, so
// that its maker hears of it.
func (Dialect) Read(r device.Request) (device.Message, error) {
	if r.Method != http.MethodPost {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	var body struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil || len(body.Events) == 0 || len(body.Events) > eventsMost {
		return device.Message{}, device.Refuse("unreadable", http.StatusBadRequest)
	}
	m := device.Message{Reply: func([]model.DeviceAnswer) device.Response { return device.JSON([]byte(`{"taken":true}`)) },
		Busy: device.Response{Status: http.StatusServiceUnavailable, ContentType: "application/json", Body: []byte(`{"taken":false}`)}}
	for _, e := range body.Events {
		report, ok := e.Report()
		if !ok {
			return device.Message{}, device.Refuse("word", http.StatusBadRequest)
		}
		m.Events = append(m.Events, model.DeviceEvent{Kind: model.DeviceLift, Lift: &report})
	}
	return m, nil
}

// Report is an event in our words, if all of its words are.
func (e Event) Report() (model.LiftReport, bool) {
	ok := oneOf(e.State, "", "acknowledged", "arriving", "arrived", "done", "refused", "failed") &&
		oneOf(e.Direction, "", "up", "down", "none") && oneOf(e.Door, "", "open", "closed") && oneOf(e.Mode, "", "normal", "fire", "service") &&
		oneOf(e.Hold, "", "held", "refused") && (e.HoldID == "") == (e.Hold == "") && oneOf(e.Rights, "", "enabled", "refused") && (e.RightsID == "") == (e.Rights == "") && e.oneAnswer() && len(e.CallID) <= 26 && len(e.HoldID) <= 26 && len(e.RightsID) <= 26 && len(e.Lift) <= 32 && len(e.Floor) <= 8
	return model.LiftReport{CallID: device.Word(e.CallID), State: model.LiftCallState(e.State), Reason: device.Word(e.Reason), Lift: device.Word(e.Lift),
		Floor: device.Word(e.Floor), Direction: e.Direction, Door: e.Door, Mode: model.LiftMode(e.Mode),
		HoldID: device.Word(e.HoldID), Hold: model.LiftHoldState(e.Hold), RightsID: device.Word(e.RightsID), Rights: model.LiftRightsState(e.Rights)}, ok
}

// oneAnswer says that an event is of one command at most: it has one reason.
func (e Event) oneAnswer() bool {
	n := 0
	for _, said := range []string{e.State, e.Hold, e.Rights} {
		if said != "" {
			n++
		}
	}
	return n <= 1
}

func oneOf(word string, words ...string) bool { return slices.Contains(words, word) }
