package parkingcloud

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"communitypass.cn/communitypass/device"
)

// FourPYun is P云 (4pyun): a form to …/parking/internal/enter and …/leave, signed with
// the MD5 of its sorted fields and "&app_secret=". Times are in milliseconds, money in
// 分; parking_serial names one stay.
func FourPYun() Dialect { return Dialect{pyun{}} }

type pyun struct{}

func (pyun) open(r device.Request) (message, signature, string) {
	fields, ok := pyunFields(r)
	if !ok {
		return message{}, signature{}, "form"
	}
	sign := func(empty bool) string {
		return pyunSum(fields, empty, r.Secret, "enter_image_file", "leave_image_file", "enter_plate_image_file", "leave_plate_image_file")
	}
	// Empty fields are not signed, says the rule; the vendor's own example code signs them.
	s := signature{given: fields["sign"], expected: []string{sign(false), sign(true)}, appID: fields["app_id"]}
	m := message{native: lastOf(r.Path), plate: unescaped(fields["plate"]), lane: fields["enter_gate"], at: moment(fields["enter_time"])}
	m.direction = wayOf(m.native)
	if m.direction == "" && (m.native == "" || m.native == "internal") { // all sent to the bare address
		m.direction = "in"
		if fields["leave_time"] != "" {
			m.direction = "out"
		}
	}
	if m.direction == "out" {
		m.lane, m.at = fields["leave_gate"], moment(fields["leave_time"])
	}
	if serial := fields["parking_serial"]; serial != "" {
		m.key = fields["park_uuid"] + "/" + serial
	}
	return m, s, ""
}

// pyunFields are those of a form, or of the same as JSON.
func pyunFields(r device.Request) (map[string]string, bool) {
	out := map[string]string{}
	if strings.HasPrefix(strings.TrimSpace(string(r.Body)), "{") {
		fields, ok := flat(r.Body)
		return fields, ok
	}
	values, ok := form(r)
	if !ok {
		return nil, false
	}
	for name := range values {
		out[name] = values.Get(name)
	}
	return out, true
}

// unescaped is a text that was escaped once more than the form needs, as the vendor
// allows.
func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil && strings.Contains(text, "%") {
		return plain
	}
	return text
}

// pyunAnswer has a code that is a text. A hint is a refusal whatever the code.
type pyunAnswer struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (pyun) taken(device.Request) device.Response {
	return written(pyunAnswer{Code: "1001", Message: "ok"})
}

func (pyun) refused(_ device.Request, reason string) device.Response {
	return written(pyunAnswer{Code: "400", Message: "已忽略当前请求 request ignored", Hint: sentence(reason)})
}

func (pyun) busy(device.Request) device.Response {
	return written(pyunAnswer{Code: "500", Message: "请稍后重试 try again", Hint: "busy"})
}

// written is an answer of JSON.
func written(what any) device.Response {
	raw, err := json.Marshal(what)
	if err != nil {
		return device.Response{Status: http.StatusInternalServerError}
	}
	return device.JSON(raw)
}

// sentence says to whoever sets up the other side why a message was refused.
func sentence(reason string) string {
	switch reason {
	case "sign":
		return "签名验证不通过 wrong signature"
	case "timestamp":
		return "时间戳超出范围 timestamp out of range"
	case "unsupported":
		return "不支持此业务 not supported"
	case "app_id", "no_secret":
		return "应用标识不符 unknown app"
	}
	return "请求无法读取 request cannot be read"
}
