// Package hc tells recipients in the words of HC (java110), the open property
// platform: callbacks of JSON by POST, answered {"code":0}. Of a passage it makes a
// door record, of a device's state a heartbeat, of an order that ended its result. No name, photo or similarity of a
// face ever leaves: we give none to anybody.
//
// It sees an event only after the recipient's field policy has cut it.
package hc

import (
	"context"
	"crypto/md5" //nolint:gosec // the protocol's own checksum; TLS protects the way
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

const (
	// openedByKey is the protocol's word for every way in that is not a face.
	openedByKey = "2000"
	// doorRecord is the type of a record of a door that opened.
	doorRecord = "8888"
)

// zone is where the protocol's local times are.
var zone = time.FixedZone("UTC+8", 8*60*60)

// Encode is the callback for an event, signed with the recipient's secret; ok is false
// for a type that the protocol has no words for, and for what it would lie about: a passage that
// opened no door, a device that went away.
func Encode(d model.Delivery, secret string) (body []byte, ok bool) {
	var data map[string]any
	if json.Unmarshal([]byte(d.Body), &data) != nil {
		return nil, false
	}
	fields := map[string]string{"extCommunityId": d.CommunityID}
	switch d.Type {
	case model.EventPassageRecorded:
		if decision := text(data, "decision"); decision != "" && decision != "admit" {
			return nil, false
		}
		record(fields, d, data)
	case model.EventDeviceStatus:
		if state := text(data, "state"); state != "" && !model.TellsDevice(model.FormatHC, state) {
			return nil, false
		}
		beat(fields, d, data, text(data, "device_id"))
	case model.EventCommandEnded:
		if !result(fields, data) {
			return nil, false
		}
	case model.EventTest:
		beat(fields, d, data, "communitypass")
	default:
		return nil, false
	}
	fields["sign"] = Sign(fields, secret)
	body, err := json.Marshal(fields)
	return body, err == nil
}

// record is a door record. Members that the protocol demands and we do not give are
// empty; taskId lets the receiver drop what it has.
func record(fields map[string]string, d model.Delivery, data map[string]any) {
	fields["taskId"] = d.ID
	fields["userId"] = text(data, "person_id")
	fields["userName"], fields["photo"], fields["similar"] = "", "", "0"
	fields["machineCode"] = first(text(data, "device_id"), text(data, "gate_id"))
	fields["openTypeCd"], fields["recordTypeCd"] = openedByKey, doorRecord
	fields["dateTime"] = local(data, "scanned_at", d.OccurredAt)
}

// result is what became of an order: taskId is the receiver's own. Without it and the
// state, which the policy may keep back, nothing can be said.
func result(fields map[string]string, data map[string]any) bool {
	state := text(data, "state")
	fields["taskId"], fields["code"], fields["msg"] = text(data, "task_id"), "-1", sentences[text(data, "answer_code")]
	switch {
	case fields["taskId"] == "" || state == "":
		return false
	case state == string(model.CommandDone):
		fields["code"], fields["msg"] = "0", "成功"
	case fields["msg"] == "":
		// The device's own word is not passed on: who knows what stands in it.
		fields["msg"] = "设备未执行 the device did not do it"
	}
	return true
}

// sentences say why an order was not carried out, for codes of ours.
var sentences = map[string]string{
	model.AnswerNotSent:     "指令过期，未送达设备 expired, never sent to the device",
	model.AnswerNone:        "设备未答复，门可能已开 the device did not answer, the door may have opened",
	model.AnswerHandedOver:  "指令已交给设备，设备不报告结果 the device has the order, and does not say what it did",
	model.AnswerUnreachable: "设备连接不上 the device cannot be reached",
	model.AnswerAddress:     "设备地址不允许 the address of the device is not allowed",
	model.AnswerLogin:       "设备拒绝登录 the device refused the login",
	model.AnswerUnsupported: "设备不支持 the device does not know the order",
	model.AnswerUnreadable:  "设备答复无法识别 the device's answer cannot be read",
}

func beat(fields map[string]string, d model.Delivery, data map[string]any, machine string) {
	fields["taskId"], fields["machineCode"] = d.ID, machine
	fields["heartbeatTime"] = local(data, "changed_at", d.OccurredAt)
}

// Sign is upper-case MD5 over the members in order of their names, each "name=value&",
// and the secret behind them. Members that are empty count as well; sign itself does not.
func Sign(fields map[string]string, secret string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "sign" {
			b.WriteString(name + "=" + fields[name] + "&")
		}
	}
	b.WriteString(secret)
	sum := md5.Sum([]byte(b.String())) //nolint:gosec // see above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Sender sends callbacks.
type Sender struct{ way *webhook.Sender }

// New makes a sender on the guarded way out.
func New(way *webhook.Sender) *Sender { return &Sender{way} }

// Send makes one attempt. It is delivered when the answer is 2xx with code 0. Codes of
// 400 to 499 are final as those of HTTP are; any other may be better later.
func (s *Sender) Send(ctx context.Context, to model.Recipient, d model.Delivery) webhook.Outcome {
	if to.Secret == "" {
		return webhook.Outcome{Class: webhook.Refused, Detail: "no_secret"}
	}
	body, ok := Encode(d, to.Secret)
	if !ok {
		return webhook.Outcome{Class: webhook.Permanent, Detail: "event_invalid"}
	}
	answer, o := s.way.Exchange(ctx, webhook.Call{URL: to.URL, Body: body,
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Idempotency-Key": {d.ID}}})
	if o.Class != webhook.Delivered {
		return o
	}
	return judge(answer, o)
}

func judge(answer webhook.Answer, o webhook.Outcome) webhook.Outcome {
	var said struct {
		Code json.Number `json:"code"`
	}
	if json.Unmarshal(answer.Body, &said) != nil || said.Code == "" {
		return webhook.Outcome{Status: o.Status, Class: webhook.Retry, Detail: "answer_invalid"}
	}
	code, err := said.Code.Int64()
	switch {
	case err == nil && code == 0:
		return o
	case err == nil && code >= 400 && code <= 499 && code != 401 && code != 408 && code != 429:
		return webhook.Outcome{Status: o.Status, Class: webhook.Permanent, Detail: "code_refused"}
	}
	return webhook.Outcome{Status: o.Status, Class: webhook.Retry, Detail: "code_failed"}
}

func text(data map[string]any, name string) string {
	s, _ := data[name].(string)
	return s
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// local is an instant of data in the protocol's form, or that of the event, in Unix
// milliseconds, where the policy keeps the other back.
func local(data map[string]any, name string, otherwise int64) string {
	at, err := time.Parse(time.RFC3339, text(data, name))
	if err != nil {
		at = time.UnixMilli(otherwise)
	}
	return at.In(zone).Format(time.DateTime)
}
