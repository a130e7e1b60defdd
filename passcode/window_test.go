package passcode

import (
	"math"
	"testing"
	"time"
)

func TestWindowAt(t *testing.T) {
	beijing := time.FixedZone("Beijing", 8*60*60)
	for _, c := range []struct {
		at          time.Time
		window, day uint32
	}{
		{time.Time{}, 0, 0},
		{time.Unix(0, 0), 0, 0},
		{Epoch.Add(-time.Nanosecond), 0, 0},
		{Epoch, 0, 0},
		{Epoch.Add(30*time.Second - 1), 0, 0},
		{Epoch.Add(30 * time.Second), 1, 0},
		{Epoch.Add(24*time.Hour - 1), 2879, 0},
		{Epoch.Add(24 * time.Hour), 2880, 1},
		{time.Date(2025, 1, 2, 7, 59, 59, 0, beijing), 2879, 0},
		{time.Date(2025, 1, 2, 8, 0, 0, 0, beijing), 2880, 1},
		{time.Date(2040, 12, 13, 10, 7, 59, 0, time.UTC), maxUint24, 5825},
		{time.Date(2040, 12, 13, 10, 8, 0, 0, time.UTC), maxUint24 + 1, 5825},
		{time.Unix(math.MaxInt64/2, 0), math.MaxUint32, math.MaxUint32},
	} {
		if w, d := WindowAt(c.at), DayAt(c.at); w != c.window || d != c.day {
			t.Errorf("%s: window %d day %d, want %d and %d", c.at, w, d, c.window, c.day)
		}
	}
}

func TestStartsBeginTheirStep(t *testing.T) {
	for _, n := range []uint32{1, 2880, 1_989_121, maxUint24} {
		start := WindowStart(n)
		if WindowAt(start) != n || WindowAt(start.Add(-1)) != n-1 {
			t.Errorf("window %d does not begin at %s", n, start)
		}
		day := DayStart(n)
		if DayAt(day) != n || DayAt(day.Add(-1)) != n-1 {
			t.Errorf("day %d does not begin at %s", n, day)
		}
	}
	if !WindowStart(0).Equal(Epoch) || !DayStart(0).Equal(Epoch) {
		t.Error("window 0 and day 0 begin at the epoch")
	}
}

func TestExpiresAt(t *testing.T) {
	rotating := Header{Format: Rotating, Window: 10}
	if got := rotating.ExpiresAt().Sub(WindowStart(10)); got != time.Minute {
		t.Errorf("a rotating code lives %s from its window's beginning, want 1m", got)
	}
	// Day 10 is 2025-01-11; in Beijing it ends at 16:00 UTC.
	card := Header{Format: Card, Window: 10}
	if got, want := card.ExpiresAt(), time.Date(2025, 1, 11, 16, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("a card of day 10 expires at %s, want %s", got, want)
	}
}
