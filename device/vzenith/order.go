package vzenith

import (
	"encoding/json"
	"strconv"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// orderLife is how long an order is worth anything: a barrier that opens later opens
	// for the next vehicle.
	orderLife = 5 * time.Second
	// pulse is how long an output is held, in milliseconds; the maker allows 500 to 5000.
	pulse = 500
	// onThenOff is the value of an output that is held for a pulse.
	onThenOff = 2
	// outputs is how many outputs a camera has at most.
	outputs = 4
	// loud is the full volume, and female the voice that the maker's examples have.
	loud, female = 100, 1
)

// Open makes an order to hold an output for a moment, which is wired to "open" of the
// barrier. Outputs count from 1 here, from 0 on the camera; ok is false for one that no
// camera has. The camera answers on …/gpio_out/reply with the reference, which Hear gives
// as Done.
func Open(serial, reference string, output int, at time.Time) (p device.Post, ok bool) {
	return order(serial, reference, "gpio_out", map[string]any{"io": output - 1, "value": onThenOff, "delay": pulse}, at), output >= 1 && output <= outputs
}

// Speak makes an order to read out a line. Its payload is of another type than its name.
func Speak(serial, reference, text string, at time.Time) device.Post {
	return typed(serial, reference, "tts_voice", "play_voice", map[string]any{"voice_data": coded(text), "voice_volume": loud, "voice_male": female}, at)
}

// Look makes an order to look once more (触发识别). What the camera sees it publishes as
// any plate.
func Look(serial, reference string, at time.Time) device.Post {
	return order(serial, reference, "ivs_trigger", map[string]any{}, at)
}

// announced are the orders that go with an answer to a plate. Nobody waits for what the
// camera says to them.
func announced(serial string, a model.Announcement, at time.Time) (posts []device.Post) {
	reference := func(what string) string { return what + strconv.FormatInt(at.UnixNano(), 36) }
	if len(a.Serial) > 0 {
		posts = append(posts, order(serial, reference("serial"), "serial_data", map[string]any{"serialData": serialOuts(a.Serial)}, at))
	}
	if a.Voice != "" {
		posts = append(posts, Speak(serial, reference("voice"), a.Voice, at))
	}
	return posts
}

func order(serial, reference, name string, body map[string]any, at time.Time) device.Post {
	return typed(serial, reference, name, name, body, at)
}

func typed(serial, reference, name, kind string, body map[string]any, at time.Time) device.Post {
	raw, _ := json.Marshal(map[string]any{"id": reference, "sn": serial, "name": name, "version": "1.0", "timestamp": at.Unix(),
		"payload": map[string]any{"type": kind, "body": body}}) // of texts and numbers
	return device.Post{Topic: topicRoot + serial + topicDown + name, Payload: raw, QoS: 1, Life: orderLife}
}
