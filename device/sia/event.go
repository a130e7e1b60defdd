package sia

import (
	"regexp"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// meaning is a code in neutral words.
type meaning struct {
	what  string
	state string
	// status is a thing to know and not to act on.
	status bool
}

// contactID is a Contact-ID event (SIA DC-05): what happened, partition, zone.
var contactID = regexp.MustCompile(`^([136])([0-9][0-9A-Fa-f]{2}) ?([0-9A-Fa-f]{2}) ?([0-9A-Fa-f]{3})$`)

// mostCodes bounds what one packet may say.
const mostCodes = 32

// eventsOf makes events of a packet's data; false for what is none of its kind.
func eventsOf(id, account, data string) ([]model.DeviceEvent, bool) {
	if inner, rest, ok := strings.Cut(data, "|"); ok {
		if !strings.EqualFold(strings.TrimPrefix(inner, "#"), account) {
			return nil, false // the packet contradicts itself
		}
		data = rest
	}
	if id == tokenContactID {
		return contactIDEvent(data)
	}
	return sequenceEvents(data)
}

func contactIDEvent(data string) ([]model.DeviceEvent, bool) {
	part := contactID.FindStringSubmatch(strings.TrimSpace(data))
	if part == nil {
		return nil, false
	}
	number, _ := strconv.Atoi(part[2]) // not all are decimal; those that are not have no word
	e := eventOf("cid."+part[1]+strings.ToUpper(part[2]), contactIDMeaning(number, part[1] == "3"))
	noted(e.Detail, "partition", part[3], "zone", part[4])
	return []model.DeviceEvent{e}, true
}

// sequenceEvents reads the data of SIA-DCS (SIA DC-03): N or O, then modifiers in small
// letters and codes in capitals, separated by slashes; text stands between ^ and is
// dropped, since it may name somebody.
func sequenceEvents(data string) ([]model.DeviceEvent, bool) {
	if data == "" || data[0] != 'N' && data[0] != 'O' {
		return nil, false
	}
	old, rest := data[0] == 'O', data[1:]
	modifiers := map[string]string{}
	var out []model.DeviceEvent
	for rest != "" {
		var word, value string
		switch {
		case rest[0] == '/' || rest[0] == ' ':
			rest = rest[1:]
			continue
		case rest[0] == '^' || rest[0] == '|':
			_, rest, _ = strings.Cut(rest[1:], rest[:1])
			continue
		}
		if word, value, rest = codeOf(rest); word == "" {
			return nil, false
		}
		if word[0] >= 'a' {
			modifiers[word] = value
			continue
		}
		if len(out) == mostCodes {
			return nil, false
		}
		e := eventOf("sia."+word, sequenceMeanings[word])
		noted(e.Detail, "zone", value, "partition", modifiers["ri"])
		if old {
			e.Detail["replay"] = "true"
		}
		out = append(out, e)
	}
	return out, len(out) > 0
}

// codeOf takes two letters of one case and what they are about off the front of a text.
// A modifier's value ends where a code in capitals begins; a code's at the next sign.
func codeOf(text string) (word, value, rest string) {
	if len(text) < 2 {
		return "", "", ""
	}
	small := lower(text[0]) && lower(text[1])
	if !small && !(capital(text[0]) && capital(text[1])) {
		return "", "", ""
	}
	end := 2
	for end < len(text) && (digit(text[end]) || text[end] == ':' || text[end] == '-' || !small && (capital(text[end]) || lower(text[end]))) {
		end++
	}
	return text[:2], text[2:end], text[end:]
}

func lower(b byte) bool   { return b >= 'a' && b <= 'z' }
func capital(b byte) bool { return b >= 'A' && b <= 'Z' }
func digit(b byte) bool   { return b >= '0' && b <= '9' }

func eventOf(native string, m meaning) model.DeviceEvent {
	e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word(native), State: m.state, Detail: map[string]string{}}
	switch {
	case m.what == "":
		return e
	case m.status:
		e.Kind = model.DeviceStatus
	default:
		e.Kind = model.DeviceAlarm
	}
	e.Detail["what"] = m.what
	return e
}

func noted(detail map[string]string, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := device.Word(pairs[i+1]); value != "" {
			detail[pairs[i]] = value
		}
	}
}
