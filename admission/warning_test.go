package admission_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
)

func TestWarningSaysTheDayAndTheReason(t *testing.T) {
	day := time.Date(2026, 12, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	for _, c := range []struct {
		lang string
		from time.Time
		want []string
	}{
		{"zh", day, []string{"自2026年12月1日起", "通行时间"}},
		{"en", day, []string{"From 1 December 2026", "time of day"}},
		{"zh", time.Time{}, []string{"新规则施行后"}},
		{"en", time.Time{}, []string{"Once new rules hold"}},
	} {
		got := admission.Warning(admission.ReasonOutsideHours, admission.Refuse, c.from, c.lang)
		for _, part := range c.want {
			if !strings.Contains(got, part) {
				t.Errorf("%q lacks %q", got, part)
			}
		}
	}
}

func TestDayBoundsAreMidnightsOfTheCommunity(t *testing.T) {
	beijing := time.FixedZone("", 8*3600)
	r := admission.Rules{Version: 1}
	for _, at := range []time.Time{time.Date(2026, 11, 22, 0, 0, 0, 0, beijing), time.Date(2026, 11, 22, 23, 59, 59, 999e6, beijing)} {
		from, until := r.DayBounds(at)
		if !from.Equal(time.Date(2026, 11, 22, 0, 0, 0, 0, beijing)) || !until.Equal(time.Date(2026, 11, 23, 0, 0, 0, 0, beijing)) {
			t.Errorf("%v lies in %v to %v", at, from, until)
		}
		if r.DayAt(from) != r.DayAt(at) || r.DayAt(until) != r.DayAt(at)+1 {
			t.Errorf("%v and its bounds are of other days", at)
		}
	}
}
