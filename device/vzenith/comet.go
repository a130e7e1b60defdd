package vzenith

import (
	"encoding/base64"
	"slices"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// cometPath is where a camera is told to poll (comet 轮询): it sends its heartbeat, and
// the next one as soon as it was answered, and does what the answer says. The answer to a
// plain heartbeat it does not look at, so that the two need addresses of their own.
const cometPath = "/comet"

// cometPatience is how long a poll waits when there is nothing to do, less than any
// camera waits for an answer.
const cometPatience = 2 * time.Second

// fetched are the commands that a camera can be given when it polls.
var fetched = []model.CommandKind{model.CommandOpen, model.CommandVoice}

// Carries reports whether a camera can be given the command when it polls. Whether it
// polls is set on the camera: what nobody fetches expires.
func (Dialect) Carries(_ *model.Device, kind model.CommandKind) bool {
	return slices.Contains(fetched, kind)
}

// outputOrder holds an output of the camera for a while.
type outputOrder struct {
	Delay int `json:"delay"`
	IO    int `json:"io"`
	Value int `json:"value"`
}

// voiceOrder reads out a line.
type voiceOrder struct {
	Type     string `json:"type"`
	Voice    string `json:"voice"`
	Interval int    `json:"voice_interval"`
	Volume   int    `json:"voice_volume"`
	Male     int    `json:"voice_male"`
}

// cometOrder is the answer to a poll that carries a command. The camera says nothing of
// what became of it.
func cometOrder(c model.DeviceCommand) device.Response {
	var what struct {
		Output *outputOrder `json:"ivs_ioctrl,omitempty"`
		Voice  *voiceOrder  `json:"playserver_json_request,omitempty"`
	}
	switch {
	case c.Kind == model.CommandOpen && c.Args.Door <= outputs:
		what.Output = &outputOrder{Delay: pulse, IO: max(c.Args.Door, 1) - 1, Value: onThenOff}
	case c.Kind == model.CommandVoice:
		what.Voice = &voiceOrder{Type: "ps_voice_play", Voice: base64.StdEncoding.EncodeToString(c.Args.Text), Volume: loud, Male: female}
	}
	return say("Response_AlarmInfoPlate", what)
}
