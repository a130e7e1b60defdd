package service_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// day is what happens in the garden on one day: six with phones pass the entrance at
// noon, one of them after 40 s of trouble; six without are helped by hand, each after
// 20 s, at the back.
func day(t *testing.T, w *ways) {
	t.Helper()
	front := w.Reader(t, w.Garden.Entrance)
	for i := range 6 {
		pass := w.Pass(t, w.Garden, w.Person(t, "张三", ""))
		if i == 0 {
			old := w.Code(t, pass, w.Clock.Now().Add(-5*time.Minute))
			w.shows(t, front, old, "refuse", "expired")
			w.Clock.Advance(40 * time.Second)
		}
		w.shows(t, front, w.Code(t, pass, w.Clock.Now()), "admit", "ok")
	}
	for range 6 {
		pass := w.Pass(t, w.Garden, w.Person(t, "李四", ""))
		_, err := w.Gates.Manual(t.Context(), w.guard, w.Garden.Back.ID, service.ManualEntry{PassID: pass.ID, Direction: admission.In,
			Reason: "no_phone", PresentedAt: w.Clock.Now().Add(-20 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Scan(t, front, "HELLO", admission.In)
}

func numbers(t *testing.T, w *ways, from, to string) service.Numbers {
	t.Helper()
	n, err := service.NewStatistics(w.Deps).Between(t.Context(), w.Manager(w.Garden), w.Garden.ID, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func said(groups []service.Group) map[string]int64 {
	out := map[string]int64{}
	for _, g := range groups {
		out[g.Key] = -1
		if g.Passages != nil {
			out[g.Key] = *g.Passages
		}
	}
	return out
}

func TestTheGapIsMeasured(t *testing.T) {
	w := newWays(t)
	day(t, w)
	n := numbers(t, w, "2026-11-22", "2026-11-22")
	if n.Passages != 14 || n.Admissions != 12 || n.Refusals != 2 {
		t.Fatalf("the day is %+v", n)
	}
	if n.Phone.Attempts == nil || *n.Phone.Attempts != 6 || *n.Phone.MedianSeconds != 0 || *n.Phone.RefusalRate != 0 {
		t.Fatalf("the phones are %+v", n.Phone)
	}
	if n.NoPhone.Attempts == nil || *n.NoPhone.Attempts != 6 || *n.NoPhone.MedianSeconds != 20 {
		t.Fatalf("those without are %+v", n.NoPhone)
	}
	// expired and unknown_code are of one each, so that both stay hidden.
	if got := said(n.ByReason); got["ok"] != 6 || got["manual"] != 6 || got["expired"] != -1 || got["unknown_code"] != -1 {
		t.Errorf("by reason: %v", got)
	}
	// One small group alone would follow from the sum, so that a second is hidden too.
	if got := said(n.ByWay); len(got) != 3 || got["unknown"] != -1 || got["code"] == -1 == (got["manual"] == -1) {
		t.Errorf("by way: %v", got)
	}
}

func TestFewPeopleAreNotTold(t *testing.T) {
	w := newWays(t)
	front := w.Reader(t, w.Garden.Entrance)
	for range 20 { // often, but always the same
		w.shows(t, front, w.Code(t, w.pass, w.Clock.Now()), "admit", "ok")
		w.Clock.Advance(time.Minute)
	}
	n := numbers(t, w, "2026-11-22", "2026-11-22")
	if n.Passages != 20 || n.BusiestDayPasses != nil || n.Phone.Attempts != nil || n.Phone.MedianSeconds != nil || said(n.ByGate)[w.Garden.Entrance.ID] != -1 {
		t.Fatalf("one person's day is told: %+v", n)
	}
}

// A day that was counted answers the same as before it was, also when its passages
// are gone; and it is counted once.
func TestDaysOutliveTheirPassages(t *testing.T) {
	w := newWays(t)
	day(t, w)
	before := numbers(t, w, "2026-11-22", "2026-11-22")
	stats := service.NewStatistics(w.Deps)
	w.Clock.Advance(12*time.Hour + time.Minute) // a minute past midnight: not complete yet
	if n := mustDo[int](t)(stats.CountDays(t.Context())); n != 0 {
		t.Fatalf("%d days were counted before they were over", n)
	}
	w.Clock.Advance(2 * time.Minute)
	if n := mustDo[int](t)(stats.CountDays(t.Context())); n != 2 { // of two communities
		t.Fatalf("%d days were counted", n)
	}
	if n := mustDo[int](t)(stats.CountDays(t.Context())); n != 0 {
		t.Fatalf("%d days were counted twice", n)
	}
	w.Clock.Advance(40 * 24 * time.Hour)
	purge, err := service.NewPurge(w.Deps, service.Retention{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := purge.Pass(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
	after := numbers(t, w, "2026-11-22", "2027-01-15")
	a, _ := json.Marshal(before)
	b, _ := json.Marshal(after)
	if !slices.Equal(a, b) {
		t.Fatalf("before %s\nafter %s", a, b)
	}
}

func TestRangesOfStatistics(t *testing.T) {
	w := newWays(t)
	stats := service.NewStatistics(w.Deps)
	for name, c := range map[string]struct {
		from, to string
		ok       bool
	}{
		"one day": {"2026-11-22", "2026-11-22", true}, "ninety-two days": {"2026-09-01", "2026-12-01", true},
		"one more": {"2026-09-01", "2026-12-02", false}, "backwards": {"2026-11-22", "2026-11-21", false},
		"no date": {"2026-02-30", "2026-03-01", false}, "before all": {"2024-12-31", "2025-01-01", false},
	} {
		_, err := stats.Between(t.Context(), w.Manager(w.Garden), w.Garden.ID, c.from, c.to)
		if (err == nil) != c.ok || err != nil && model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := stats.Between(t.Context(), w.Manager(w.Harbour), w.Garden.ID, "2026-11-22", "2026-11-22")
	wantCode(t, err, model.CodeNotFound)
	_, err = stats.Between(t.Context(), w.guard, w.Garden.ID, "2026-11-22", "2026-11-22")
	wantCode(t, err, model.CodeNotFound)
}
