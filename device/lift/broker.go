package lift

import (
	"encoding/json"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Topics of the contract that a controller publishes to, below its prefix.
const (
	// TopicEvents carries how calls go on; TopicState is retained and says how things
	// are: the mode, and where the lifts stand.
	TopicEvents, TopicState = "lift/events", "lift/state"
	commands                = "lift/commands/#"
)

// Broker is the same dialect on a broker, openapi/asyncapi.yaml.
type Broker struct{}

// Topics are those of the contract.
func (Broker) Topics() device.Topics {
	return device.Topics{Events: []string{TopicEvents, TopicState}, Questions: []string{TopicEvents}, States: []string{TopicState},
		Orders: func(string) []string { return []string{commands} }}
}

// Hear takes one publication.
func (Broker) Hear(p device.Publication) (device.Told, error) {
	var body struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal(p.Payload, &body); err != nil || len(body.Events) == 0 || len(body.Events) > eventsMost {
		return device.Told{}, device.Reject("unreadable")
	}
	var told device.Told
	for _, e := range body.Events {
		switch { // an answer by the rules of MQTT 5 need not say it twice
		case e.Hold != "" && e.HoldID == "":
			e.HoldID = p.Correlation
		case e.Rights != "" && e.RightsID == "":
			e.RightsID = p.Correlation
		case e.CallID == "" && e.State != "":
			e.CallID = p.Correlation
		}
		report, ok := e.Report()
		if !ok {
			return device.Told{}, device.Reject("word")
		}
		if p.Topic == TopicState {
			report = report.OfNow() // a retained word is of the past, and answers nothing
		}
		told.Events = append(told.Events, model.DeviceEvent{Kind: model.DeviceLift, Lift: &report})
	}
	return told, nil
}
