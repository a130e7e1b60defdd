package admission

import (
	"errors"
	"fmt"
)

// Minute is a time of day in whole minutes since midnight, 0 to 1440. As text it
// is "HH:MM"; 1440 is "24:00", the end of a day.
type Minute uint16

const minutesPerDay = 24 * 60

var errMinute = errors.New(`time of day is not "HH:MM" between 00:00 and 24:00`)

// MarshalText writes "HH:MM".
func (m Minute) MarshalText() ([]byte, error) {
	if m > minutesPerDay {
		return nil, errMinute
	}
	return fmt.Appendf(nil, "%02d:%02d", m/60, m%60), nil
}

// UnmarshalText reads exactly "HH:MM", two digits each.
func (m *Minute) UnmarshalText(text []byte) error {
	if len(text) != 5 || text[2] != ':' {
		return errMinute
	}
	hour, ok := twoDigits(text[0], text[1])
	minute, ok2 := twoDigits(text[3], text[4])
	total := hour*60 + minute
	if !ok || !ok2 || minute > 59 || total > minutesPerDay {
		return errMinute
	}
	*m = Minute(total)
	return nil
}

func twoDigits(tens, ones byte) (int, bool) {
	if tens < '0' || tens > '9' || ones < '0' || ones > '9' {
		return 0, false
	}
	return int(tens-'0')*10 + int(ones-'0'), true
}
