package vguang

import (
	"encoding/json"
	"strconv"
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

// commandLife is how long a command is worth anything: a door that opens later opens
// for nobody.
const commandLife = 5 * time.Second

// Control makes a command to the reader with this serial number. It answers on
// access_device/v1/cmd/control_reply with the same reference, which Hear gives as Done.
func Control(serial, reference string, c Command, at time.Time) device.Post {
	p := post(orders+serial+"/control", envelope{Serial: reference, UUID: serial, Time: at.Unix(),
		Data: json.RawMessage(`{"command":` + strconv.Itoa(int(c)) + `}`)})
	p.Life = commandLife
	return p
}
