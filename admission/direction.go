package admission

import "errors"

// Direction is the way through a gate. Its zero value is no direction; the engine
// judges it like In, the stricter of the two.
type Direction uint8

// Directions. The numbers are stored.
const (
	In  Direction = 1
	Out Direction = 2
)

var errDirection = errors.New(`direction is neither "in" nor "out"`)

// String is "in", "out" or empty.
func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	default:
		return ""
	}
}

// MarshalText writes "in" or "out", and fails for anything else.
func (d Direction) MarshalText() ([]byte, error) {
	if d != In && d != Out {
		return nil, errDirection
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads "in" or "out" exactly; other text is an error.
func (d *Direction) UnmarshalText(text []byte) error {
	switch string(text) {
	case "in":
		*d = In
	case "out":
		*d = Out
	default:
		return errDirection
	}
	return nil
}
