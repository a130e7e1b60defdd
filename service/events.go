package service

import (
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// instantLayout is how instants travel: RFC 3339, UTC, milliseconds.
const instantLayout = "2006-01-02T15:04:05.000Z"

// events makes one delivery for each recipient of a community that wants the
// type, with data cut to its field policy. at is when it happened, in Unix
// milliseconds. Values of data are strings, booleans, numbers, lists of strings,
// or a time.Time (which travels as RFC 3339 in UTC with milliseconds); a nil is
// left out. Sequences are given by the store, which writes the rows in the
// transaction of the change.
func (d *Deps) events(c *CommunityView, eventType, subject string, at int64, data map[string]any) []model.Delivery {
	var out []model.Delivery
	for i := range c.Recipients {
		r := &c.Recipients[i]
		fields, wanted := r.fields[eventType]
		if state, _ := data["state"].(string); eventType == model.EventDeviceStatus && !model.TellsDevice(r.Format, state) {
			continue
		}
		if wanted {
			out = append(out, d.eventFor(r, eventType, subject, at, d.eventBody(eventType, fields, data)))
		}
	}
	return out
}

func (d *Deps) eventFor(r *RecipientView, eventType, subject string, at int64, body []byte) model.Delivery {
	return model.Delivery{ID: model.NewID(d.Clock.Now()), RecipientID: r.ID, CommunityID: r.CommunityID,
		Type: eventType, Subject: subject, OccurredAt: at, Body: string(body)}
}

// eventBody is the JSON object of the chosen fields that data has, in the order of
// their names. A value that is not JSON is a defect: it is logged and left out.
func (d *Deps) eventBody(eventType string, fields []string, data map[string]any) []byte {
	b := append(make([]byte, 0, 256), '{')
	for _, f := range fields {
		v := data[f]
		if v == nil {
			continue
		}
		before := len(b)
		next, err := appendValue(appendName(b, f), v)
		if err != nil {
			d.Log.Error("an event's value cannot be sent", "type", eventType, "field", f)
			next = b[:before]
		}
		b = next
	}
	return append(b, '}')
}

// appendName begins a member of an object; names are of the registry and need no
// escape.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendText(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case time.Time:
		return appendInstant(b, v), nil
	}
	text, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return append(b, text...), err
}

// appendText quotes a text; bytes that are not UTF-8 become U+FFFD, which is all
// that the dropped error says.
func appendText(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

func appendInstant(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, instantLayout)
	return append(b, '"')
}

// passageFieldNames are the fields of a passage event in the order of their
// names, which is that of the body.
var passageFieldNames = [...]string{"building", "decision", "device_id", "direction", "gate_id", "kind", "online", "passage_id",
	"person_id", "reason", "received_at", "rule_version", "scanned_at", "skew_seconds"}

// passageFields is a set of passageFieldNames, one bit each.
type passageFields uint16

func passageFieldsOf(names []string) passageFields {
	var out passageFields
	for i, n := range passageFieldNames {
		if slices.Contains(names, n) {
			out |= 1 << i
		}
	}
	return out
}
