package parkingcloud

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"communitypass.cn/communitypass/device"
)

// Bolink is 泊链: a body of Base64 of {"data":{…},"sign":…}, signed with the MD5, in
// capitals, of the text of data and the car park's ckey. Times are in seconds. The
// answer has the same form and is signed too.
func Bolink() Dialect { return Dialect{bolink{}} }

type bolink struct{}

func (bolink) open(r device.Request) (message, signature, string) {
	body := bytes.TrimSpace(r.Body)
	if decoded, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(body), nil))); err == nil {
		body = decoded
	}
	var in struct {
		Data json.RawMessage
		Sign string
	}
	if json.Unmarshal(body, &in) != nil || len(in.Data) == 0 {
		return message{}, signature{}, "json"
	}
	if in.Data[0] == '"' {
		in.Data = json.RawMessage(textOf(in.Data))
	}
	data, ok := flat(in.Data)
	if !ok {
		return message{}, signature{}, "data"
	}
	s := signature{given: in.Sign, expected: bolinkSigns(string(in.Data), r.Secret)}
	if park := pick(data, "park_id", "comid"); park != "" {
		s.appID = park
	}
	m := message{native: first(pick(data, "service_name"), lastOf(r.Path)), plate: pick(data, "car_number"), at: moment(pick(data, "in_time")),
		lane: pick(data, "in_channel_id", "channel_id")}
	if strings.Contains(m.native, "nolicence") { // asks for a barrier to be raised, which we cannot
		return message{}, signature{}, "unsupported"
	}
	switch {
	case m.plate == "":
	case strings.Contains(m.native, "out_park"), pick(data, "out_time") != "" && wayOf(m.native) != "in":
		m.direction, m.at, m.lane = "out", moment(pick(data, "out_time")), pick(data, "out_channel_id")
	case strings.Contains(m.native, "in_park"), pick(data, "in_time") != "":
		m.direction = "in"
	}
	m.key = pick(data, "order_id")
	return m, s, ""
}

// bolinkSigns are the good signatures of a text: the rule adds the key, examples add
// "key=" before it.
func bolinkSigns(data, key string) []string {
	return []string{md5Hex(data + key), md5Hex(data + "key=" + key)}
}

func (bolink) answer(r device.Request, state int, text string) device.Response {
	data, err := json.Marshal(struct {
		State   int    `json:"state"`
		Message string `json:"message"`
	}{state, text})
	if err != nil {
		return device.Response{}
	}
	raw, err := json.Marshal(struct {
		Sign string          `json:"sign"`
		Data json.RawMessage `json:"data"`
	}{strings.ToUpper(md5Hex(string(data) + r.Secret)), data})
	if err != nil {
		return device.Response{}
	}
	return device.Text(base64.StdEncoding.EncodeToString(raw))
}

func (b bolink) taken(r device.Request) device.Response { return b.answer(r, 1, "成功") }

func (b bolink) refused(r device.Request, reason string) device.Response {
	// A stranger gets no signature of ours to study.
	r.Secret = ""
	return b.answer(r, 0, sentence(reason))
}

func (b bolink) busy(r device.Request) device.Response {
	return b.answer(r, 0, "请稍后重试 try again")
}
