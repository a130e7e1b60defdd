package vzenith

import (
	"encoding/base64"

	"communitypass.cn/communitypass/model"
)

// What the maker's page of the HTTP push (车牌识别一体机 HTTP 协议) lets an answer to a
// plate or to a poll carry beside the barrier: a voice (2.6.5), bytes for a serial port
// (2.6.2), and lines of an LCD screen (2.6.7.7), in any combination (2.6). Texts are
// Base64 of UTF-8.

// voiceOrder reads out a line.
type voiceOrder struct {
	Type     string `json:"type"`
	Voice    string `json:"voice"`
	Interval int    `json:"voice_interval"`
	Volume   int    `json:"voice_volume"`
	Male     int    `json:"voice_male"`
}

func spoken(text string) *voiceOrder {
	if text == "" {
		return nil
	}
	return &voiceOrder{Type: "ps_voice_play", Voice: coded(text), Volume: loud, Male: female}
}

// serialOut are bytes for a serial port; the length is that of the bytes.
type serialOut struct {
	Channel int    `json:"serialChannel"`
	Data    string `json:"data"`
	Length  int    `json:"dataLen"`
}

func serialOuts(frames []model.SerialFrame) []serialOut {
	out := make([]serialOut, 0, len(frames))
	for _, f := range frames {
		out = append(out, serialOut{f.Channel, base64.StdEncoding.EncodeToString(f.Data), len(f.Data)})
	}
	return out
}

// screenOrder puts lines on an LCD screen, in the scene that is shown while a vehicle is
// there. The page has it for the layout of half a screen alone; its two examples of a
// whole screen contradict its table.
type screenOrder struct {
	Module string      `json:"module,omitempty"`
	Type   string      `json:"type,omitempty"`
	Body   *screenBody `json:"body,omitempty"`
}

type screenBody struct {
	Scene string   `json:"scene_name"`
	Lines []string `json:"custom"`
}

// busyHalf is the name of that scene.
const busyHalf = "busy_half"

func shown(lines ...string) screenOrder {
	if len(lines) == 0 {
		return screenOrder{}
	}
	body := &screenBody{Scene: coded(busyHalf)}
	for _, line := range lines {
		body.Lines = append(body.Lines, coded(line))
	}
	return screenOrder{Module: "AD_CONFIG_REQUESTION", Type: "ad_push_message", Body: body}
}

func coded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
