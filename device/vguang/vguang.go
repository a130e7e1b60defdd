// Package vguang reads the dialects of VGuang 微光 QR readers. By HTTP, what somebody
// shows is posted as text, and the words of the answer open the relay (RTX200A
// manual; readers of the KQT300 kind send the code in hexadecimal). By MQTT, readers
// with the open firmware (DW200, VF203) ask and tell in JSON.
package vguang

import (
	"encoding/hex"
	"net/http"
	"strings"
	"unicode/utf8"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Answers of the reader's dialect: anything but opens refuses.
const (
	opens   = "code=0000"
	refuses = "code=0001"
)

// longest is more than any code of ours; a reader sends nothing longer.
const longest = 1024

// Dialect is one reader's way of sending.
type Dialect struct {
	// Hex says that the reader sends the bytes of a code in hexadecimal.
	Hex bool
}

// Read takes "vgdecoderesult=CODE&&devicenumber=N", with one ampersand or two, or a
// body that is nothing but the code. Each request is a question: such a reader has
// no memory, so that what it sends is what somebody shows it now.
func (d Dialect) Read(r device.Request) (device.Message, error) {
	if r.Method != http.MethodPost {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	code, number := split(string(r.Body))
	if d.Hex {
		raw, err := hex.DecodeString(code)
		if err != nil {
			return device.Message{}, device.Refuse("not_hexadecimal", http.StatusBadRequest)
		}
		code = string(raw)
	}
	switch {
	case code == "":
		return device.Message{}, device.Refuse("no_code", http.StatusBadRequest)
	case len(code) > longest:
		return device.Message{}, device.Refuse("too_long", http.StatusBadRequest)
	case !utf8.ValidString(code):
		return device.Message{}, device.Refuse("not_text", http.StatusBadRequest)
	}
	e := model.DeviceEvent{Kind: model.DeviceCode, Live: true, Code: code}
	if number != "" {
		e.Detail = map[string]string{"reader": number}
	}
	return device.Message{Events: []model.DeviceEvent{e}, Reply: reply, Busy: device.Text(refuses)}, nil
}

// reply says nothing but yes or no: the reader has no screen.
func reply(answers []model.DeviceAnswer) device.Response {
	if len(answers) == 1 && answers[0].Admitted() {
		return device.Text(opens)
	}
	return device.Text(refuses)
}

const (
	codeKey   = "vgdecoderesult="
	numberKey = "devicenumber="
)

// split finds the code and the reader's number. A code may hold ampersands itself,
// so it ends where the reader's own next key begins.
func split(body string) (code, number string) {
	body = strings.TrimRight(body, "\r\n")
	rest, named := strings.CutPrefix(body, codeKey)
	if !named {
		return body, ""
	}
	for _, separator := range []string{"&&" + numberKey, "&" + numberKey} {
		if i := strings.LastIndex(rest, separator); i >= 0 {
			number, _, _ = strings.Cut(rest[i+len(separator):], "&")
			return rest[:i], tidy(number)
		}
	}
	code, _, _ = strings.Cut(rest, "&&")
	return code, ""
}

// tidy keeps a number short and plain.
func tidy(number string) string {
	number = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, number)
	return number[:min(len(number), 32)]
}
