package admission

import (
	"strconv"
	"time"
)

// Hours are the times of a week at which a gate may be passed. No hours at all
// means always.
type Hours []Span

// Span is one stretch of opening, from the minute From until just before To. When
// To is before From it runs past midnight and belongs to the day it begins on:
// Friday 22:00–06:00 covers Saturday at five. A whole day is 00:00–24:00.
type Span struct {
	Days Weekdays `json:"days"`
	From Minute   `json:"from"`
	To   Minute   `json:"to"`
}

// maxSpans bounds a list of hours: seven days with seven stretches each.
const maxSpans = 49

// open reports whether the local time is within the hours.
func (h Hours) open(at localTime) bool {
	if len(h) == 0 {
		return true
	}
	for i := range h {
		if h[i].covers(at) {
			return true
		}
	}
	return false
}

func (s *Span) covers(at localTime) bool {
	if s.From < s.To {
		return s.Days.Has(at.weekday) && at.minute >= s.From && at.minute < s.To
	}
	yesterday := (at.weekday + 6) % 7
	return s.Days.Has(at.weekday) && at.minute >= s.From ||
		s.Days.Has(yesterday) && at.minute < s.To
}

// validate lists what cannot stand, with field names below the given pointer.
func (h Hours) validate(at string, bad *fieldErrors) {
	if len(h) > maxSpans {
		bad.add(at, "length", strconv.Itoa(maxSpans))
		return
	}
	for i, s := range h {
		field := at + "/" + strconv.Itoa(i)
		if s.Days == 0 {
			bad.add(field+"/days", "required", "")
		}
		if s.Days > EveryDay {
			bad.add(field+"/days", "enum", "mon..sun")
		}
		if s.From >= minutesPerDay {
			bad.add(field+"/from", "range", "00:00..23:59")
		}
		if s.To > minutesPerDay || s.To == s.From {
			bad.add(field+"/to", "range", "00:00..24:00, other than from")
		}
	}
}

// localTime is an instant in the fixed zone of a community, taken apart by
// arithmetic: China has one zone and no summer time, and a gate has no zone files.
type localTime struct {
	weekday time.Weekday
	minute  Minute
}

func localAt(t time.Time, zone time.Duration) localTime {
	const day = 24 * 60 * 60
	seconds := t.Unix() + int64(zone/time.Second)
	ofDay := ((seconds % day) + day) % day
	days := (seconds - ofDay) / day
	// 1970-01-01 was a Thursday.
	weekday := ((days+int64(time.Thursday))%7 + 7) % 7
	return localTime{weekday: time.Weekday(weekday), minute: Minute(ofDay / 60)}
}
