package wechat

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/silenceper/wechat/v2/miniprogram/subscribe"
	"github.com/silenceper/wechat/v2/util"

	"communitypass.cn/communitypass/model"
)

// sendAPI is the last part of the path of subscribeMessage.send.
const sendAPI = "send"

const sendURL = "https://" + apiHost + "/cgi-bin/message/subscribe/send"

// Error codes of subscribeMessage.send.
const (
	openIDInvalid   = 40003
	templateInvalid = 40037
	pageInvalid     = 41030
	noConsent       = 43101
	textRefused     = 47003
)

// Receipt is what became of a subscribe message.
type Receipt string

// Receipts.
const (
	Sent Receipt = "sent"
	// Refused: this person cannot be reached in this mini-program.
	Refused Receipt = "refused"
	// NoConsent: the person agreed to no further message of the template.
	NoConsent Receipt = "no_consent"
	// Broken: the template or its fields are wrong, for everybody.
	Broken Receipt = "broken"
	// Later: an outage or a quota.
	Later Receipt = "later"
)

// Send sends a subscribe message, in at most two calls; fields are by the keys of
// the template and are cut to what their kind holds. code is WeChat's errcode or
// what went wrong on the way.
//
// The SDK's own Send takes no context, and so would get past no route; the token,
// the message and the transport are the SDK's.
func (c *Client) Send(ctx context.Context, openID, templateID string, fields map[string]string) (r Receipt, code string) {
	if !plain.MatchString(openID) || !plain.MatchString(templateID) {
		return Refused, "malformed"
	}
	m := &subscribe.Message{ToUser: openID, TemplateID: templateID, Data: make(map[string]*subscribe.DataItem, len(fields)), Lang: "zh_CN"}
	for key, text := range fields {
		m.Data[key] = &subscribe.DataItem{Value: FieldText(key, text)}
	}
	var last *fault
	err := c.do(ctx, func(ctx context.Context) error {
		token, err := c.sdk.GetAccessTokenContext(ctx)
		if err == nil {
			_, err = util.PostJSONContext(ctx, sendURL+"?access_token="+url.QueryEscape(token), m)
		}
		if err != nil {
			last = faultOf(err)
		}
		return err
	})
	switch {
	case err == nil:
		return Sent, ""
	case last == nil:
		return Later, string(model.CodeOf(err)) // the breaker was open
	case last.kind != toldCode:
		return Later, "unreachable"
	}
	code = strconv.FormatInt(last.errcode, 10)
	switch last.errcode {
	case noConsent:
		return NoConsent, code
	case openIDInvalid:
		return Refused, code
	case templateInvalid, pageInvalid, textRefused:
		return Broken, code
	}
	return Later, code
}

// FieldText cuts a text to what a field of a template holds: its kind is the key
// without its number. What is empty would be refused (47003), and becomes a dash.
func FieldText(key, text string) string {
	kind := strings.TrimRight(key, "0123456789")
	var most int
	keep := func(r rune) bool { return !unicode.IsControl(r) }
	switch kind {
	case "thing":
		most = 20
	case "name":
		most = 10
		keep = func(r rune) bool { return unicode.IsLetter(r) || r == ' ' || r == '·' }
	case "phrase":
		most = 5
		keep = func(r rune) bool { return unicode.Is(unicode.Han, r) }
	case "character_string":
		most = 32
		keep = func(r rune) bool { return r > ' ' && r < 0x7f }
	case "number", "letter", "symbol":
		most = map[string]int{"number": 32, "letter": 32, "symbol": 5}[kind]
		keep = func(r rune) bool { return r > ' ' && r < 0x7f }
	case "car_number":
		most = 8
	case "phone_number":
		most = 17
		keep = func(r rune) bool { return r >= '0' && r <= '9' || r == '+' || r == '-' }
	case "time": // 2026-11-22 12:00:00
		most = 19
	case "date": // 2026-11-22
		most = 10
	default:
		most = 20
	}
	var out []rune
	for _, r := range text {
		if keep(r) && len(out) < most {
			out = append(out, r)
		}
	}
	cut := strings.TrimSpace(string(out))
	if cut == "" {
		return map[bool]string{true: "通知", false: "-"}[kind == "phrase"]
	}
	return cut
}
