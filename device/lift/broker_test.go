package lift_test

import (
	"testing"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/lift"
	"communitypass.cn/communitypass/model"
)

func TestWhatAControllerOnABrokerSays(t *testing.T) {
	for name, c := range map[string]struct {
		topic, correlation, event string
		want                      model.LiftReport
		refused                   bool
	}{
		"an answer to a call, by its mark":   {lift.TopicEvents, "mark", `{"state":"acknowledged"}`, model.LiftReport{CallID: "mark", State: model.LiftAcknowledged}, false},
		"a progress has none":                {lift.TopicEvents, "", `{"call_id":"c","state":"arrived"}`, model.LiftReport{CallID: "c", State: model.LiftArrived}, false},
		"an answer to a hold, by its mark":   {lift.TopicEvents, "mark", `{"hold":"held"}`, model.LiftReport{HoldID: "mark", Hold: model.HoldHeld}, false},
		"an answer to a hold that names it":  {lift.TopicEvents, "", `{"hold_id":"h","hold":"refused","reason":"busy"}`, model.LiftReport{HoldID: "h", Hold: model.HoldRefused, Reason: "busy"}, false},
		"an answer to rights, by their mark": {lift.TopicEvents, "mark", `{"rights":"enabled"}`, model.LiftReport{RightsID: "mark", Rights: model.RightsEnabled}, false},
		"what is retained answers nothing":   {lift.TopicState, "", `{"hold_id":"h","hold":"held","mode":"fire"}`, model.LiftReport{Mode: model.LiftFire}, false},
		"an answer to nobody knows what":     {lift.TopicEvents, "", `{"hold":"held"}`, model.LiftReport{}, true},
		"one reason for two answers":         {lift.TopicEvents, "", `{"call_id":"c","state":"refused","rights_id":"r","rights":"refused"}`, model.LiftReport{}, true},
		"a word of the server's own":         {lift.TopicEvents, "mark", `{"hold":"over"}`, model.LiftReport{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			told, err := lift.Broker{}.Hear(device.Publication{Topic: c.topic, Payload: []byte(`{"events":[` + c.event + `]}`), Correlation: c.correlation})
			switch {
			case c.refused != (err != nil):
				t.Errorf("%+v, %v", told, err)
			case err == nil && *told.Events[0].Lift != c.want:
				t.Errorf("it says %+v", *told.Events[0].Lift)
			}
		})
	}
}
