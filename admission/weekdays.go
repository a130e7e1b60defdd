package admission

import (
	"encoding/json"
	"errors"
	"time"
)

// Weekdays is a set of days: bit n is time.Weekday(n), so bit 0 is Sunday. In
// JSON it is a list of three-letter names, Monday first: ["mon","tue"].
type Weekdays uint8

// EveryDay is all seven days.
const EveryDay Weekdays = 1<<7 - 1

// weekdayNames is in the order of time.Weekday.
var weekdayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var errWeekday = errors.New(`weekdays are a list of "mon" … "sun", each once`)

// Days is the set of the given days.
func Days(days ...time.Weekday) Weekdays {
	var set Weekdays
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// Has reports whether the day is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// MarshalJSON writes the names, Monday first.
func (w Weekdays) MarshalJSON() ([]byte, error) {
	names := []string{}
	for i := range weekdayNames {
		day := (time.Monday + time.Weekday(i)) % 7
		if w.Has(day) {
			names = append(names, weekdayNames[day])
		}
	}
	return json.Marshal(names)
}

// UnmarshalJSON reads a list of names in any order. An unknown or repeated name is
// an error, since it is more likely a slip than an intention.
func (w *Weekdays) UnmarshalJSON(data []byte) error {
	var names []string
	if err := json.Unmarshal(data, &names); err != nil {
		return errWeekday
	}
	var set Weekdays
	for _, name := range names {
		day, ok := weekdayOf(name)
		if !ok || set.Has(day) {
			return errWeekday
		}
		set |= Days(day)
	}
	*w = set
	return nil
}

func weekdayOf(name string) (time.Weekday, bool) {
	for i, n := range weekdayNames {
		if n == name {
			return time.Weekday(i), true
		}
	}
	return 0, false
}
