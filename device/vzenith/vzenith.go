// Package vzenith reads what plate cameras of Vzenith 臻识 and of those who speak like
// them (Alphadigi and others) push by HTTP. Opening the barrier is the answer: only
// the words "info":"ok" in the response to a vehicle that stands there now open it.
package vzenith

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// longestText is more than any fact that is looked at; a picture is longer.
	longestText = 4 << 10
	// longestBody is what may remain of a body without its pictures.
	longestBody = 256 << 10
)

// Dialect reads and answers. It remembers nothing.
type Dialect struct{}

// Slim drops the pictures, which come as Base64.
func (Dialect) Slim(in io.Reader) ([]byte, error) {
	return device.SlimJSON(in, longestText, longestBody)
}

// Read takes a plate, a heartbeat or anything else that a camera pushes, wherever
// below its address it pushes it.
func (Dialect) Read(r device.Request) (device.Message, error) {
	if r.Method != http.MethodPost {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	m, err := read(r)
	if err == nil && r.Path == cometPath && len(m.Events) == 0 {
		m.Order, m.Patience, m.Took = cometOrder, cometPatience, true
	}
	return m, err
}

func read(r device.Request) (device.Message, error) {
	body := utf8Of(bytes.TrimSpace(bytes.TrimPrefix(r.Body, []byte("\ufeff"))))
	if !bytes.HasPrefix(body, []byte("{")) {
		serial, ok := beat(r.Header.Get("Content-Type"), r.Body)
		if !ok {
			return device.Message{}, device.Refuse("no_event", http.StatusBadRequest)
		}
		return heartbeat(serial), nil
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil {
		return device.Message{}, device.Refuse("json", http.StatusBadRequest)
	}
	for name, part := range parts {
		if strings.EqualFold(name, "AlarmInfoPlate") {
			return plate(r, part)
		}
	}
	return other(parts)
}

// other keeps what is no plate: the inputs of the camera, and what we have no word for.
func other(parts map[string]json.RawMessage) (device.Message, error) {
	for name, part := range parts {
		word := device.Word(name)
		if word == "" || strings.HasPrefix(word, "Response_") || len(parts) != 1 {
			continue
		}
		var told struct {
			Serialno text
			Result   struct {
				TriggerResult struct{ Source, Value number }
			}
		}
		if json.Unmarshal(part, &told) != nil {
			continue
		}
		if strings.EqualFold(word, "heartbeat") {
			return heartbeat(told.Serialno.word()), nil
		}
		e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: word}
		if strings.HasPrefix(word, "AlarmGioIn") {
			e.Kind, e.Detail = model.DeviceStatus, map[string]string{"what": "input", "input": told.Result.TriggerResult.Source.String(),
				"value": told.Result.TriggerResult.Value.String()}
		}
		// Nobody stands at the barrier for these: the answer opens nothing.
		return device.Message{Serial: told.Serialno.word(), Events: []model.DeviceEvent{e}, Busy: again(),
			Reply: func([]model.DeviceAnswer) device.Response { return say("Response_"+word, verdict{Info: "no"}) }}, nil
	}
	return device.Message{}, device.Refuse("no_event", http.StatusBadRequest)
}

// utf8Of is a text in UTF-8; older firmwares write GB2312.
func utf8Of(body []byte) []byte {
	if utf8.Valid(body) {
		return body
	}
	if decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body); err == nil {
		return decoded
	}
	return body
}

// verdict is the camera's part of an answer. Clones send the same again for ever
// unless they are told to stop, and want the other words to be there.
type verdict struct {
	Info       string      `json:"info"`
	Content    string      `json:"content,omitempty"`
	IsPay      string      `json:"is_pay,omitempty"`
	SerialData []serialOut `json:"serialData,omitzero"`
	Voice      *voiceOrder `json:"playserver_json_request,omitempty"`
	Look       string      `json:"manualTrigger,omitempty"`
	screenOrder
}

func say(name string, what any) device.Response {
	raw, err := json.Marshal(map[string]any{name: what})
	if err != nil {
		return again() // words always marshal
	}
	return device.JSON(raw)
}

// again makes the camera push the same once more; it opens nothing.
func again() device.Response {
	return device.Response{Status: http.StatusServiceUnavailable, ContentType: "text/plain; charset=utf-8", Body: []byte("busy")}
}
