// Package hc reads what HC (java110), the open property platform, and its hub of
// devices say to us: the /extApi of a hub, asked with an access token, and the callbacks
// of a hub, which are known by the device's own address. Names, numbers of identity
// cards, faces and ids of people are dropped where they are read.
package hc

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Dialect is HC's.
type Dialect struct{}

const tokenPath = "/extApi/auth/getAccessToken"

// Read takes one call of the extApi or one callback.
func (Dialect) Read(r device.Request) (device.Message, error) {
	if r.Path == tokenPath {
		return signIn(r)
	}
	if r.Method != http.MethodPost {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	o, ok := parse(r.Body)
	if !ok {
		return device.Message{}, refuse("not_json", "报文不是 JSON 对象 the body is no JSON object")
	}
	call, outward := strings.CutPrefix(r.Path, "/extApi/")
	switch {
	case outward && !signedIn(r):
		return device.Message{}, refuse("token", "access_token 无效 access_token does not hold")
	case outward && call == "machine/openDoor":
		return openDoor(o)
	case outward:
		return order(call, o)
	case o["sign"] != "" && !same(strings.ToUpper(o["sign"]), sign(o, r.Secret)):
		return device.Message{}, refuse("sign", "签名有误 the signature does not hold")
	}
	return callback(o)
}

// object are the members that are texts or numbers; what is inside of others is not ours.
type object map[string]string

func parse(body []byte) (object, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var all map[string]any
	if d.Decode(&all) != nil || all == nil || d.More() {
		return nil, false
	}
	out := object{}
	for name, value := range all {
		switch v := value.(type) {
		case string:
			out[name] = v
		case json.Number:
			out[name] = v.String()
		}
	}
	return out, true
}

// sign is upper-case MD5 over the members in order of their names, "name=value&", and
// the secret behind them.
func sign(o object, secret string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if name != "sign" {
			b.WriteString(name + "=" + o[name] + "&")
		}
	}
	sum := md5.Sum([]byte(b.String() + secret))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// openDoor is an order to open. The protocol's table calls the device extMachineId, its
// sample machineCode: either is our id of it.
func openDoor(o object) (device.Message, error) {
	machine := device.Word(o["extMachineId"])
	if machine == "" {
		machine = device.Word(o["machineCode"])
	}
	task := device.Word(o["taskId"])
	if machine == "" || task == "" {
		return device.Message{}, refuse("incomplete", "缺少 taskId 或设备编码 taskId or the device is missing")
	}
	m := said(device.Response{})
	m.Events = []model.DeviceEvent{{Kind: model.DeviceUnknown, Key: device.Key("hc", "task", task), Native: "hc.openDoor", Detail: map[string]string{"machine": machine}}}
	m.Open = &device.Opening{Device: machine, Task: task, Answer: func(out model.CommandOutcome) device.Response {
		if out.State == model.CommandDone {
			return answer(0, "成功", map[string]string{"taskId": o["taskId"]})
		}
		return answer(-1, "未开门 not opened: "+device.Word(out.Code), map[string]string{"taskId": o["taskId"]})
	}}
	return m, nil
}

// order is any other order. Who may pass is decided here, by residency and rules, and
// not by a list of faces: the order is kept, without the person, and answered for what
// it is, not done.
func order(call string, o object) (device.Message, error) {
	m := said(answer(-1, "平台不执行此指令，已登记 this order is noted and not carried out", map[string]string{"taskId": o["taskId"]}))
	e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word("hc." + call[strings.LastIndexByte(call, '/')+1:]),
		Detail: facts("machine", o["machineCode"], "person_type", o["personType"])}
	if task := device.Word(o["taskId"]); task != "" {
		e.Key = device.Key("hc", "task", task)
	}
	m.Events = []model.DeviceEvent{e}
	return m, nil
}

// callback is what a hub tells: a door record, a heartbeat, or what became of an order.
func callback(o object) (device.Message, error) {
	m := said(answer(0, "成功", ""))
	switch {
	case o["dateTime"] != "" && o["machineCode"] != "":
		// The key is shortened to a digest, so that it gives the person's id away to nobody.
		m.Events = []model.DeviceEvent{{Kind: model.DeviceDoor, State: "opened", DeviceAt: device.LocalMoment(o["dateTime"]), Native: device.Word("hc." + o["recordTypeCd"]),
			Key:    device.Key("hc record, as it came", o["machineCode"], o["dateTime"], o["recordTypeCd"], o["userId"]),
			Detail: facts("what", "opened", "machine", o["machineCode"], "open_type", o["openTypeCd"])}}
	case o["heartbeatTime"] != "" && o["machineCode"] != "":
		m.Events = []model.DeviceEvent{{Kind: model.DeviceStatus, DeviceAt: device.LocalMoment(o["heartbeatTime"]), Native: "hc.heartbeat",
			Key: device.Key("hc heartbeat", o["machineCode"], o["heartbeatTime"]), Detail: facts("what", "online", "machine", o["machineCode"])}}
	case o["taskId"] != "" && o["code"] != "":
		m.Events = []model.DeviceEvent{{Kind: model.DeviceUnknown, Native: "hc.result", Key: device.Key("hc", "result", o["taskId"]), Detail: facts("code", o["code"])}}
	default:
		return device.Message{}, refuse("unknown", "报文缺少必填项 the message is incomplete")
	}
	return m, nil
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

func said(r device.Response) device.Message {
	return device.Message{Reply: func([]model.DeviceAnswer) device.Response { return r },
		Busy: answer(-1, "系统繁忙，请重发 busy, send again", "")}
}

// answer is the protocol's form: 0 is success, -1 is not.
func answer(code int, msg string, data any) device.Response {
	body, _ := json.Marshal(map[string]any{"code": code, "msg": msg, "data": data}) // ours always has a form
	return device.JSON(body)
}

// refuse answers with status 200, since HC reads the code and not the status.
func refuse(reason, msg string) *device.Refusal {
	return &device.Refusal{Reason: reason, Response: answer(-1, msg, "")}
}
