// Package webhook tells recipients (property, city, parking and alarm systems)
// what happened: CloudEvents 1.0 in its JSON format, signed by Standard Webhooks
// 1.0, one POST per event. It sends once and says what came of it; what to do
// next (retry, dead-letter, disable) is the caller's, by the Class of an Outcome.
//
// Addresses are chosen by the staff of recipients, so every connection is judged
// after name resolution and before it is made: nothing inside the operator's
// network is reached unless the operator allowed it.
package webhook

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// sequenceDigits is the width of the sequence attribute, enough for any int64.
const sequenceDigits = 19

// maxID bounds an event id. It travels in a header and in the signed text.
const maxID = 128

// Event is one CloudEvents 1.0 event for one recipient.
type Event struct {
	// ID is the same on every attempt, so that a receiver can drop duplicates. It
	// is visible ASCII without "." (the signed text is joined with full stops).
	ID string
	// Type is reverse-DNS, such as cn.communitypass.passage.recorded.
	Type string
	// Source is "/communities/<id>".
	Source string
	// Subject is the id of what the event is about; left out when empty.
	Subject string
	// Time is when it happened, not when it is sent.
	Time time.Time
	// Sequence counts 1, 2, 3 … without a gap per recipient. 0 leaves the
	// attribute out, for an event outside of the stream (a test).
	Sequence int64
	// Data is a JSON value, sent as it stands; left out when empty.
	Data json.RawMessage
}

// Encode is the event in the JSON event format of CloudEvents 1.0. The same event
// gives the same bytes, so a retry differs only in its timestamp and signature.
func (e Event) Encode() []byte { return e.AppendTo(make([]byte, 0, e.size())) }

// AppendTo is Encode at the end of dst.
//
// The sequence attribute is a decimal string of 19 digits with leading zeros: the
// CloudEvents sequence extension demands that the strings sort like the numbers.
func (e Event) AppendTo(dst []byte) []byte {
	dst = append(dst, `{"specversion":"1.0","id":`...)
	dst = appendString(dst, e.ID)
	dst = append(dst, `,"source":`...)
	dst = appendString(dst, e.Source)
	dst = append(dst, `,"type":`...)
	dst = appendString(dst, e.Type)
	if e.Subject != "" {
		dst = append(dst, `,"subject":`...)
		dst = appendString(dst, e.Subject)
	}
	dst = append(dst, `,"time":"`...)
	dst = e.Time.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	dst = append(dst, '"')
	if e.Sequence > 0 {
		dst = append(dst, `,"sequence":"`...)
		dst = appendPadded(dst, e.Sequence)
		dst = append(dst, '"')
	}
	if len(e.Data) > 0 {
		dst = append(dst, `,"datacontenttype":"application/json","data":`...)
		dst = append(dst, e.Data...)
	}
	return append(dst, '}')
}

// size is room enough for the encoding of an ordinary event.
func (e Event) size() int {
	return 192 + len(e.ID) + len(e.Type) + len(e.Source) + len(e.Subject) + len(e.Data)
}

// sendable says whether the event is a valid CloudEvent that can be signed.
func (e Event) sendable() bool {
	return validID(e.ID) && e.Type != "" && e.Source != "" && !e.Time.IsZero() && e.Sequence >= 0 &&
		(len(e.Data) == 0 || jsontext.Value(e.Data).IsValid())
}

func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '.' {
			return false
		}
	}
	return true
}

// appendString quotes s as JSON; bytes that are not UTF-8 become U+FFFD, which is
// all that the dropped error says.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

func appendPadded(dst []byte, n int64) []byte {
	var digits [sequenceDigits]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	for range sequenceDigits - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}
