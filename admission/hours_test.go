package admission

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The arithmetic must agree with the standard library's calendar, before 1970 and
// in any zone.
func TestLocalAtAgreesWithTheCalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(-1e13, 1e14).Draw(t, "ms"))
		zone := rapid.IntRange(-720, 840).Draw(t, "zone")
		want := at.In(time.FixedZone("", zone*60))
		got := localAt(at, time.Duration(zone)*time.Minute)
		if got.weekday != want.Weekday() || int(got.minute) != want.Hour()*60+want.Minute() {
			t.Fatalf("%s was taken for %v, minute %d", want, got.weekday, got.minute)
		}
	})
}

// A span is open exactly in the minutes that one counts when walking on from its
// beginning on each of its days.
func TestSpanCoversTheMinutesItNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		span := Span{
			Days: Weekdays(rapid.IntRange(1, int(EveryDay)).Draw(t, "days")),
			From: Minute(rapid.IntRange(0, minutesPerDay-1).Draw(t, "from")),
			To:   Minute(rapid.IntRange(0, minutesPerDay).Draw(t, "to")),
		}
		if span.From == span.To {
			return
		}
		const week = 7 * minutesPerDay
		var open [week]bool
		for day := range 7 {
			if !span.Days.Has(time.Weekday(day)) {
				continue
			}
			length := (int(span.To) - int(span.From) + minutesPerDay) % minutesPerDay
			if span.From == 0 && span.To == minutesPerDay {
				length = minutesPerDay
			}
			for i := range length {
				open[(day*minutesPerDay+int(span.From)+i)%week] = true
			}
		}
		for m := range week {
			at := localTime{weekday: time.Weekday(m / minutesPerDay), minute: Minute(m % minutesPerDay)}
			if got := (Hours{span}).open(at); got != open[m] {
				t.Fatalf("%+v: open at %+v is %v", span, at, got)
			}
		}
	})
}

func TestHoursAreOpenInAnyOfTheirSpans(t *testing.T) {
	t.Parallel()
	hours := Hours{
		{Days: Days(time.Monday), From: 8 * 60, To: 9 * 60},
		{Days: Days(time.Monday), From: 17 * 60, To: 18 * 60},
	}
	for minute, want := range map[Minute]bool{8 * 60: true, 12 * 60: false, 17*60 + 59: true, 18 * 60: false} {
		if got := hours.open(localTime{time.Monday, minute}); got != want {
			t.Errorf("open at minute %d is %v", minute, got)
		}
	}
	if !(Hours{}).open(localTime{time.Sunday, 3}) {
		t.Error("no hours at all are not always")
	}
}

func TestMinuteText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Minute{"00:00": 0, "06:05": 365, "19:09": 1149, "23:59": 1439, "24:00": 1440} {
		var m Minute
		if err := m.UnmarshalText([]byte(text)); err != nil || m != want {
			t.Errorf("%s was read as %d, %v", text, m, err)
		}
		if back, err := want.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%d was written as %s, %v", want, back, err)
		}
	}
	for _, text := range []string{"", "6:05", "06:60", "24:01", "25:00", "06-05", "0605", "+6:05", "06:5a", "06:05 ",
		"0/:00", "0::00", ":0:00", "a0:00", "00:/0", "00:0:", "/9:00", "05:/9"} {
		var m Minute
		if m.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was taken for a time of day", text)
		}
	}
	if _, err := Minute(1441).MarshalText(); err == nil {
		t.Error("a minute past the day was written")
	}
}

func TestWeekdaysJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := Weekdays(rapid.IntRange(0, int(EveryDay)).Draw(t, "set"))
		text, err := json.Marshal(set)
		var back Weekdays
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || back != set {
			t.Fatalf("%07b became %s, then %07b, %v", set, text, back, err)
		}
	})
	if text, _ := json.Marshal(Days(time.Sunday, time.Monday)); string(text) != `["mon","sun"]` {
		t.Errorf("written as %s, want Monday first", text)
	}
	for _, text := range []string{`["monday"]`, `["mon","mon"]`, `["Mon"]`, `"mon"`, `[1]`, `{}`} {
		var set Weekdays
		if json.Unmarshal([]byte(text), &set) == nil {
			t.Errorf("%s was taken for weekdays", text)
		}
	}
}
