package vguang

import (
	"encoding/json"
	"time"

	"communitypass.cn/communitypass/device"
)

// Command is what a reader can be told to do.
type Command int

// Commands of the topic "control".
const (
	Reboot Command = iota
	Open
	Enable
	Disable
	// Reset clears the reader's settings.
	Reset
	Speak
)

// shownFor is how long a text stands on the screen.
const shownFor = 5 * time.Second

// commandLife is how long a command is worth anything: a door that opens later opens
// for nobody.
const commandLife = 5 * time.Second

// Control makes a command to the reader with this serial number. It answers on
// access_device/v1/cmd/control_reply with the same reference, which Hear gives as Done.
func Control(serial, reference string, c Command, at time.Time) device.Post {
	return control(serial, reference, order{Command: c}, at)
}

// Show makes a command to show a line on the reader's screen for some seconds: Speak,
// without a sound. The firmware can play its own recordings beside it, and read out nothing.
func Show(serial, reference, text string, at time.Time) device.Post {
	return control(serial, reference, order{Command: Speak, Extra: &popup{Msg: text, MsgTimeout: shownFor.Milliseconds()}}, at)
}

type order struct {
	Command Command `json:"command"`
	Extra   *popup  `json:"extra,omitempty"`
}

// popup is a line for some milliseconds, and the name of a recording.
type popup struct {
	WavFileName string `json:"wavFileName"`
	Msg         string `json:"msg"`
	MsgTimeout  int64  `json:"msgTimeout"`
}

func control(serial, reference string, o order, at time.Time) device.Post {
	data, _ := json.Marshal(o) // of texts and numbers
	p := post(orders+serial+"/control", envelope{Serial: reference, UUID: serial, Time: at.Unix(), Data: data})
	p.Life = commandLife
	return p
}
