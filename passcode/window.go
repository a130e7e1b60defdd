package passcode

import (
	"math"
	"time"
)

// StepSeconds is the length of a window, in which a rotating code stays the same.
const StepSeconds = 30

const daySeconds = 24 * 60 * 60

// Epoch is the beginning of window 0 and of day 0. Its 24 bits of windows end in
// December 2040.
var Epoch = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

// WindowAt is the number of the window that t lies in. An instant before Epoch,
// as of a gate whose clock was never set, counts as window 0. A number above 24
// bits does not fit a code and is refused by Sign.
func WindowAt(t time.Time) uint32 { return stepAt(t, StepSeconds) }

// WindowStart is the first instant of window w, in UTC.
func WindowStart(w uint32) time.Time { return startOf(w, StepSeconds) }

// DayAt is the number of t's date in UTC, counted from 2025-01-01; before that it
// is 0. A card carries the last date on which it is good where its community is,
// so that a caller adds the community's offset from UTC to t first.
func DayAt(t time.Time) uint32 { return stepAt(t, daySeconds) }

// DayStart is the first instant of date d in UTC.
func DayStart(d uint32) time.Time { return startOf(d, daySeconds) }

// chinaOffset is China Standard Time, which knows no summer time.
const chinaOffset = 8 * time.Hour

// ExpiresAt is the first instant at which the code is too old, whatever its
// other merits: two windows after a rotating code's window began, so that it
// lives 30 to 60 seconds, or the end of a card's date in China. A community whose
// rules name another offset counts the date by that.
func (h Header) ExpiresAt() time.Time {
	if h.Format == Card {
		return DayStart(h.Window + 1).Add(-chinaOffset)
	}
	return WindowStart(h.Window + 2)
}

func stepAt(t time.Time, seconds int64) uint32 {
	since := t.Unix() - Epoch.Unix()
	if since < 0 {
		return 0
	}
	return uint32(min(since/seconds, math.MaxUint32))
}

func startOf(n uint32, seconds int64) time.Time {
	return time.Unix(Epoch.Unix()+int64(n)*seconds, 0).UTC()
}
