// Package instant is the one way times travel: RFC 3339, UTC, milliseconds.
package instant

import (
	"errors"
	"time"
)

// Layout is RFC 3339 with exactly three digits of seconds.
const Layout = "2006-01-02T15:04:05.000Z"

// Time is an instant on the wire. It reads any RFC 3339 instant and writes
// UTC with milliseconds.
type Time struct{ time.Time }

// Of is the wire form of stored Unix milliseconds.
func Of(ms int64) Time { return Time{time.UnixMilli(ms).UTC()} }

// Maybe is Of, or nil for zero, which is how "never" is stored.
func Maybe(ms int64) *Time {
	if ms == 0 {
		return nil
	}
	t := Of(ms)
	return &t
}

// AppendText writes the instant without quotes.
func (t Time) AppendText(b []byte) ([]byte, error) { return t.UTC().AppendFormat(b, Layout), nil }

// MarshalText writes the instant without quotes.
func (t Time) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// MarshalJSON writes the instant in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, len(Layout)+2)
	b = append(b, '"')
	b, _ = t.AppendText(b)
	return append(b, '"'), nil
}

// UnmarshalText reads RFC 3339.
func (t *Time) UnmarshalText(b []byte) error {
	if len(b) > 40 {
		return errors.New("instant: too long")
	}
	v, err := time.Parse(time.RFC3339Nano, string(b))
	// time.Parse takes an hour of one digit and a comma before the fraction, which
	// RFC 3339 does not (https://go.dev/issue/54580).
	if err != nil || b[len("2006-01-02T15")] != ':' || b[len("2006-01-02T15:04:05")] == ',' {
		return errors.New("instant: not RFC 3339")
	}
	t.Time = v.UTC()
	return nil
}

// Bind reads an instant that is a parameter. Without it the generated binder takes
// the type for an object with fields, and passes over what was asked.
func (t *Time) Bind(text string) error { return t.UnmarshalText([]byte(text)) }

// UnmarshalJSON reads a JSON string of RFC 3339.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return errors.New("instant: not a string")
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}
