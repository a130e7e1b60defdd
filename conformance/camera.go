package conformance

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// cameraTold is what a plate camera of Vzenith is told, as it would take it: in the answer
// to a plate or to a poll, or by orders on a broker.
type cameraTold struct {
	// Opens is the answer that raises the barrier, Output the output that is held for a
	// pulse, counted from 1; 0 is none.
	Opens  bool
	Output int
	// Says is read out, Shows are the lines of the screen.
	Says  string
	Shows []string
	// Serial are bytes for the serial ports, in hexadecimal after the number of the port.
	Serial []string
	// Looks has it look once more.
	Looks bool
}

// cameraSerial are bytes for a serial port, as both transports have them.
type cameraSerial struct {
	Channel int    `json:"serialChannel"`
	Data    string `json:"data"`
	Length  int    `json:"dataLen"`
}

// hears takes the answer to a request of the camera.
func (c *cameraTold) hears(body []byte) error {
	var answer struct {
		Told struct {
			Info   string
			Serial []cameraSerial `json:"serialData"`
			Voice  *struct {
				Type, Voice string
				Volume      int `json:"voice_volume"`
			} `json:"playserver_json_request"`
			Output *struct{ IO, Value, Delay int } `json:"ivs_ioctrl"`
			Look   string                          `json:"manualTrigger"`
			Module string
			Type   string
			Body   struct {
				Scene string   `json:"scene_name"`
				Lines []string `json:"custom"`
			}
		} `json:"Response_AlarmInfoPlate"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	t := answer.Told
	c.Opens, c.Looks = t.Info == "ok", t.Look == "ok"
	if t.Output != nil {
		if t.Output.Value != 2 || t.Output.Delay < 500 {
			return fmt.Errorf("an output that is held for no pulse: %+v", *t.Output)
		}
		c.Output = t.Output.IO + 1
	}
	var err error
	if v := t.Voice; v != nil {
		if v.Type != "ps_voice_play" || v.Volume < 1 {
			return fmt.Errorf("a voice that nobody hears: %s at %d", v.Type, v.Volume)
		}
		if c.Says, err = uncoded(v.Voice); err != nil {
			return err
		}
	}
	if t.Module == "AD_CONFIG_REQUESTION" && t.Type == "ad_push_message" {
		for _, line := range t.Body.Lines {
			text, err := uncoded(line)
			if err != nil {
				return err
			}
			c.Shows = append(c.Shows, text)
		}
	}
	return c.passesOn(t.Serial)
}

// ordered takes an order on a broker.
func (c *cameraTold) ordered(name string, payload []byte) error {
	var order struct {
		Payload struct {
			Body struct {
				IO     int
				Value  int
				Voice  string         `json:"voice_data"`
				Serial []cameraSerial `json:"serialData"`
			}
		}
	}
	if err := json.Unmarshal(payload, &order); err != nil {
		return err
	}
	b := order.Payload.Body
	var err error
	switch name {
	case "gpio_out":
		c.Output = b.IO + 1
	case "ivs_trigger":
		c.Looks = true
	case "tts_voice":
		c.Says, err = uncoded(b.Voice)
	case "serial_data":
		err = c.passesOn(b.Serial)
	default:
		err = fmt.Errorf("an order that is not known: %s", name)
	}
	return err
}

func (c *cameraTold) passesOn(frames []cameraSerial) error {
	for _, f := range frames {
		data, err := base64.StdEncoding.DecodeString(f.Data)
		if err != nil || len(data) != f.Length {
			return fmt.Errorf("%d bytes for a serial port are called %d", len(data), f.Length)
		}
		c.Serial = append(c.Serial, fmt.Sprintf("%d:%s", f.Channel, hex.EncodeToString(data)))
	}
	return nil
}

// uncoded is a text that is read out or shown.
func uncoded(text string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err == nil && !utf8.Valid(raw) {
		err = errors.New("a text that is not UTF-8")
	}
	return string(raw), err
}

// any reports whether the camera does something.
func (c *cameraTold) any() bool {
	return c.Opens || c.Looks || c.Output > 0 || c.Says != "" || len(c.Shows)+len(c.Serial) > 0
}

// String is what somebody who stands beside it would see and hear.
func (c *cameraTold) String() string {
	var out []string
	add := func(when bool, text string) {
		if when {
			out = append(out, text)
		}
	}
	add(c.Opens, "opens 抬杆")
	add(c.Output > 0, fmt.Sprintf("output %d 输出", c.Output))
	add(c.Says != "", "says 播报「"+c.Says+"」")
	add(len(c.Shows) > 0, "shows 屏显「"+strings.Join(c.Shows, " | ")+"」")
	add(len(c.Serial) > 0, "serial 串口 "+strings.Join(c.Serial, " "))
	add(c.Looks, "looks again 再次识别")
	return strings.Join(out, ", ")
}

// plateCamera is how a played camera is set up: it says the plate that it has read, and
// sends a made-up frame to a display.
func plateCamera(screen bool) map[string]any {
	a := map[string]any{"voice": "plate", "serial": []map[string]any{{"decision": "refuse", "channel": 1, "data": "AGT//w=="}}}
	if screen {
		a["screen"] = "words"
	}
	return a
}
