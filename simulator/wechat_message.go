package simulator

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// WeChatMessage is a subscribe message that the simulated WeChat took.
type WeChatMessage struct {
	OpenID, TemplateID string
	Fields             map[string]string
}

// Consent makes a person agree to one more message of a template, as a tap on
// requestSubscribeMessage does.
func (w *WeChat) Consent(openID, templateID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.consents[[2]string{openID, templateID}]++
}

// Sent are the subscribe messages that were taken.
func (w *WeChat) Sent() []WeChatMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]WeChatMessage(nil), w.sent...)
}

// send is POST /cgi-bin/message/subscribe/send: one consent, one message, and
// fields that fit their kinds.
func (w *WeChat) send(token string, body []byte) weChatAnswer {
	if refusal := w.refuseToken(token); refusal != nil {
		return refusal
	}
	var ask struct {
		ToUser     string `json:"touser"`
		TemplateID string `json:"template_id"`
		Data       map[string]struct {
			Value string `json:"value"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &ask) != nil {
		return weChatError(47001, "data format error")
	}
	m := WeChatMessage{ask.ToUser, ask.TemplateID, map[string]string{}}
	for key, item := range ask.Data {
		most, known := map[string]int{"thing": 20, "name": 10, "phrase": 5, "character_string": 32, "time": 19, "date": 10}[strings.TrimRight(key, "0123456789")]
		if n := utf8.RuneCountInString(item.Value); !known || n == 0 || n > most {
			return weChatError(47003, "argument invalid! data."+key+".value invalid")
		}
		m.Fields[key] = item.Value
	}
	key := [2]string{ask.ToUser, ask.TemplateID}
	switch {
	case ask.ToUser == "":
		return weChatError(40003, "invalid openid")
	case ask.TemplateID == "":
		return weChatError(40037, "invalid template_id")
	case w.consents[key] == 0:
		return weChatError(43101, "user refuse to accept the msg")
	}
	w.consents[key]--
	w.sent = append(w.sent, m)
	return weChatAnswer{"errcode": 0, "errmsg": "ok"}
}
