package vzenith

import (
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
var fetched = []model.CommandKind{model.CommandOpen, model.CommandVoice, model.CommandLook}

// look is the word of manualTrigger (手动触发识别, 2.6.4).
const look = "ok"

// Carries reports whether a camera can be given the command when it polls. Whether it
// polls is set on the camera: what nobody fetches expires. It shows something where staff
// said that it has a screen.
func (Dialect) Carries(dev *model.Device, kind model.CommandKind) bool {
	if kind == model.CommandDisplay {
		return dev.Announcing.Screen != model.AnnounceNothing
	}
	return slices.Contains(fetched, kind)
}

// outputOrder holds an output of the camera for a while.
type outputOrder struct {
	Delay int `json:"delay"`
	IO    int `json:"io"`
	Value int `json:"value"`
}

// cometOrder is the answer to a poll that carries a command. The camera polls again as
// soon as it has it, and never says what became of it: there is no number in it to
// answer by.
// ok is false for what a camera cannot be told.
func cometOrder(c model.DeviceCommand) (answer device.Response, ok bool) {
	var what struct {
		Output *outputOrder `json:"ivs_ioctrl,omitempty"`
		Voice  *voiceOrder  `json:"playserver_json_request,omitempty"`
		Look   string       `json:"manualTrigger,omitempty"`
		screenOrder
	}
	switch {
	case c.Kind == model.CommandOpen && c.Args.Door <= outputs:
		what.Output = &outputOrder{Delay: pulse, IO: max(c.Args.Door, 1) - 1, Value: onThenOff}
	case c.Kind == model.CommandVoice:
		what.Voice = spoken(string(c.Args.Text))
	case c.Kind == model.CommandDisplay:
		what.screenOrder = shown(string(c.Args.Text))
	case c.Kind == model.CommandLook:
		what.Look = look
	default:
		return device.Response{}, false
	}
	return say("Response_AlarmInfoPlate", what), true
}
