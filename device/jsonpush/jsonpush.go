// Package jsonpush reads the dialects of terminals that push JSON by HTTP: SenseTime
// 商汤 Nebula Pass, Dahua 大华 and Uniview 宇视. They share how a request is taken
// apart; each has its own words and its own answer.
package jsonpush

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"unicode/utf8"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// maker is what differs between the dialects.
type maker interface {
	// texts finds the JSON in a request.
	texts(device.Request) ([][]byte, error)
	// message reads what was said; it may be nothing.
	message(r device.Request, said []object) (device.Message, error)
	// idle answers a request that only asks whether we are there.
	idle(device.Request) device.Response
}

// Dialect is one maker's.
type Dialect struct{ maker }

// SenseTime is the dialect of Nebula Pass terminals.
func SenseTime() Dialect { return Dialect{senseTime{}} }

// Dahua is the dialect of the HTTP upload of Dahua's terminals.
func Dahua() Dialect { return Dialect{dahua{}} }

// Uniview is the LAPI dialect of Uniview's terminals.
func Uniview() Dialect { return Dialect{uniview{}} }

// mostEvents bounds what one request may say.
const mostEvents = 500

// Read makes events of a request. A GET is only a question whether we are there.
func (d Dialect) Read(r device.Request) (device.Message, error) {
	switch r.Method {
	case http.MethodGet:
		return device.Message{Reply: func([]model.DeviceAnswer) device.Response { return d.idle(r) }, Busy: d.idle(r)}, nil
	case http.MethodPost, http.MethodPut:
	default:
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	texts, err := d.texts(r)
	if err != nil {
		return device.Message{}, err
	}
	said := make([]object, 0, len(texts))
	for _, text := range texts {
		o, err := parse(text)
		if err != nil {
			return device.Message{}, err
		}
		said = append(said, o)
	}
	m, err := d.message(r, said)
	if err == nil && len(m.Events) > mostEvents {
		return device.Message{}, device.Refuse("too_many", http.StatusRequestEntityTooLarge)
	}
	return m, err
}

// plain is a body that is nothing but one JSON text.
func plain(r device.Request) ([][]byte, error) { return [][]byte{r.Body}, nil }

// parse reads one JSON object. Pictures inside it are dropped with the rest that no
// dialect asks for.
func parse(text []byte) (object, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if !utf8.Valid(text) {
		return nil, device.Refuse("not_text", http.StatusBadRequest)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil || o == nil || d.More() {
		return nil, device.Refuse("not_json", http.StatusBadRequest)
	}
	return o, nil
}

// object is what a maker said. Firmwares differ in whether a number is in quotes, so
// that each value is asked for as what it should be; what is not that is empty.
type object map[string]any

// text is a string, or a number as it was written.
func (o object) text(name string) string {
	switch v := o[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// number is 0 for what is no number.
func (o object) number(name string) float64 {
	n, err := strconv.ParseFloat(o.text(name), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	return n
}

// whole is a number without its fraction; 0 for what does not fit.
func (o object) whole(name string) int64 {
	n := o.number(name)
	if math.Abs(n) > 1<<53 {
		return 0
	}
	return int64(n)
}

func (o object) yes(name string) bool { return o.text(name) == "true" || o.text(name) == "1" }

func (o object) has(name string) bool { return o[name] != nil }

// inside is an object within; nil, which is empty, for what is none.
func (o object) inside(name string) object {
	v, _ := o[name].(map[string]any)
	return v
}

// each are the objects of a list.
func (o object) each(name string) []object {
	list, _ := o[name].([]any)
	out := make([]object, 0, len(list))
	for _, v := range list {
		if v, ok := v.(map[string]any); ok {
			out = append(out, v)
		}
	}
	return out
}

// first is the first non-empty text of several names.
func (o object) first(names ...string) string {
	for _, name := range names {
		if v := o.text(name); v != "" {
			return v
		}
	}
	return ""
}

// outcome is a device's own decision.
func outcome(admitted bool) string {
	if admitted {
		return "admitted"
	}
	return "refused"
}

// facts are details without those that are empty.
func facts(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := device.Word(pairs[i+1]); value != "" {
			out[pairs[i]] = value
		}
	}
	return out
}

// answer is v as JSON; v is one of ours, which always has a form.
func answer(status int, v any) device.Response {
	body, _ := json.Marshal(v)
	r := device.JSON(body)
	r.Status = status
	return r
}
