package service_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func (w *ways) say(t testing.TB, gate string) service.IssuedSpoken {
	t.Helper()
	s, err := w.spoken.Issue(t.Context(), w.resident(), w.pass.ID, gate, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *ways) hears(t testing.TB, gate, code, decision, reason string) {
	t.Helper()
	a, err := w.Gates.RedeemByGuard(t.Context(), w.guard, gate, service.SpokenEntry{Code: code, Direction: admission.In})
	if err != nil || a.Passage.Decision != decision || a.Passage.Reason != reason {
		t.Fatalf("the guard hears %s, %s (%v); want %s, %s", a.Passage.Decision, a.Passage.Reason, err, decision, reason)
	}
}

func TestASpokenCodeAdmitsOnce(t *testing.T) {
	w := newWays(t)
	front, door := w.Garden.Entrance.ID, w.Garden.UnitDoor.ID
	s := w.say(t, front)
	if len(s.Code) != 6 || s.Perimeter != "site" || s.ExpiresAt != model.Millis(w.Clock.Now().Add(5*time.Minute)) {
		t.Fatalf("the code is %+v", s)
	}
	w.hears(t, door, s.Code, "refuse", "unknown_code") // another perimeter
	e := service.SpokenEntry{Code: s.Code, Direction: admission.In, ScanID: "one"}
	first, err := w.Gates.RedeemByGuard(t.Context(), w.guard, front, e)
	if err != nil || first.Passage.Decision != "admit" || first.Passage.Way != model.WaySpoken || first.Pass.NameMasked != "单**" {
		t.Fatalf("the answer is %+v (%v)", first, err)
	}
	again, err := w.Gates.RedeemByGuard(t.Context(), w.guard, front, e)
	if err != nil || again.Passage.ID != first.Passage.ID || again.Pass == nil {
		t.Fatalf("sent again it is %+v (%v)", again, err)
	}
	w.Clock.Advance(time.Minute)
	w.hears(t, w.Garden.Back.ID, s.Code, "refuse", "used")
	list, err := service.NewPassages(w.Deps).List(t.Context(), w.guard, w.Garden.ID, service.PassageFilter{Decision: "admit"}, service.Page{})
	if err != nil || list.Items[0].StaffID != w.guard.AccountID || list.Items[0].DeviceID != "" {
		t.Fatalf("the list says %+v (%v)", list.Items, err)
	}
}

func TestASpokenCodeRunsOutToTheMillisecond(t *testing.T) {
	w := newWays(t)
	front := w.Garden.Entrance.ID
	s := w.say(t, front)
	w.Clock.Advance(5*time.Minute - time.Millisecond)
	w.hears(t, front, s.Code, "admit", "ok")
	s = w.say(t, front)
	w.Clock.Advance(5 * time.Minute)
	w.hears(t, front, s.Code, "refuse", "expired")
	old := w.say(t, front)
	fresh := w.say(t, front) // one live code a pass
	if old.Code != fresh.Code {
		w.hears(t, front, old.Code, "refuse", "unknown_code")
	}
	w.hears(t, front, fresh.Code, "admit", "ok")
}

func TestTwoGatesHearOneSpokenCode(t *testing.T) {
	w := newWays(t)
	for range 5 {
		w.Clock.Advance(20 * time.Minute)
		s := w.say(t, w.Garden.Entrance.ID)
		answers := make([]string, 2)
		var both sync.WaitGroup
		for i, gate := range []string{w.Garden.Entrance.ID, w.Garden.Back.ID} {
			guard := w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Garden.ID)
			both.Go(func() {
				a, err := w.Gates.RedeemByGuard(context.Background(), guard, gate, service.SpokenEntry{Code: s.Code, Direction: admission.In})
				if err != nil {
					t.Error(err)
				}
				answers[i] = a.Passage.Reason
			})
		}
		both.Wait()
		slices.Sort(answers)
		if !slices.Equal(answers, []string{"ok", "used"}) {
			t.Fatalf("the gates say %v", answers)
		}
	}
}

// Twenty guards who guess together at every gate of a community are heard twenty
// times in a quarter of an hour at the most.
func TestSpokenCodesAreNotGuessed(t *testing.T) {
	w := newWays(t)
	gates := []string{w.Garden.Entrance.ID, w.Garden.Back.ID, w.Garden.UnitDoor.ID}
	guards := make([]*model.Caller, 20)
	for i := range guards {
		guards[i] = w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Garden.ID)
	}
	heard, stopped := 0, 0
	for i := range 1000 {
		a, err := w.Gates.RedeemByGuard(t.Context(), guards[i%len(guards)], gates[i%len(gates)],
			service.SpokenEntry{Code: fmt.Sprintf("%06d", i), Direction: admission.In})
		switch {
		case err == nil && a.Passage.Decision == "refuse":
			heard++
		case model.CodeOf(err) == model.CodeRateLimited:
			stopped++
		default:
			t.Fatalf("guess %d: %+v (%v)", i, a.Passage, err)
		}
	}
	if heard == 0 || heard > 20 || stopped == 0 {
		t.Fatalf("%d guesses were heard, %d stopped", heard, stopped)
	}
}

func TestWrongCodesStopAGuardForAWhile(t *testing.T) {
	w := newWays(t)
	front := w.Garden.Entrance.ID
	for range 5 {
		w.hears(t, front, "000000", "refuse", "unknown_code")
	}
	s := w.say(t, front)
	_, err := w.Gates.RedeemByGuard(t.Context(), w.guard, front, service.SpokenEntry{Code: s.Code, Direction: admission.In})
	var e *model.Error
	if wantCode(t, err, model.CodeRateLimited); !asError(err, &e) || e.RetryAfterSeconds < 1 || e.RetryAfterSeconds > 901 {
		t.Fatalf("to be tried again in %d s", e.RetryAfterSeconds)
	}
	w.Clock.Advance(15 * time.Minute)
	s = w.say(t, front)
	w.hears(t, front, s.Code, "admit", "ok")
}

func TestOnlyTheHolderSays(t *testing.T) {
	w := newWays(t)
	stranger := w.Person(t, "何雨桐", "13800000008")
	_, err := w.spoken.Issue(t.Context(), &model.Caller{Kind: model.CallerPerson, PersonID: stranger.ID}, w.pass.ID, w.Garden.Entrance.ID, "")
	wantCode(t, err, model.CodeNotFound)
	for _, c := range []struct{ gate, perimeter string }{{"", ""}, {w.Garden.Entrance.ID, "site"}, {w.Harbour.Entrance.ID, ""}, {"", "elsewhere"}} {
		_, err = w.spoken.Issue(t.Context(), w.resident(), w.pass.ID, c.gate, c.perimeter)
		wantCode(t, err, model.CodeInvalid)
	}
	s := w.say(t, w.Garden.Entrance.ID)
	_, err = w.Gates.RedeemByGuard(t.Context(), w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Harbour.ID), w.Garden.Entrance.ID,
		service.SpokenEntry{Code: s.Code, Direction: admission.In})
	wantCode(t, err, model.CodeNotFound)
	a, err := w.Gates.RedeemByDevice(t.Context(), w.Reader(t, w.Garden.Back), service.SpokenEntry{Code: s.Code, Direction: admission.In})
	if err != nil || a.Passage.Decision != "admit" {
		t.Fatalf("typed at the gate it is %+v (%v)", a.Passage, err)
	}
}

// A spoken code whose admission comes too late for the last place of a quota, or for
// the use, has opened no door and is good as before.
func TestASpokenCodeThatOpensNoDoorIsNotSpent(t *testing.T) {
	w := newWays(t)
	front := w.Garden.Entrance.ID
	quota := model.QuotaSpend{Day: dayOf(w.Gatehouse), PassNumber: w.pass.Number, Direction: 1, Perimeter: "site", Limit: 1}
	use := model.Use{WindowNo: 5, PassNumber: w.pass.Number, Direction: 1, Perimeter: "site"}
	record := func(scan, spoken, reason string, u *model.Use, q *model.QuotaSpend) {
		t.Helper()
		stop := func(reason string) func(*model.Passage) {
			return func(p *model.Passage) { p.Decision, p.Reason = "refuse", reason }
		}
		r, err := w.Recorder.Record(t.Context(), store.Recording{ScanID: scan, SpokenID: spoken, Use: u, Quota: q, Lost: stop("used"), Full: stop("quota_reached"),
			Passage: model.Passage{CommunityID: w.Garden.ID, GateID: front, DeviceID: w.guard.AccountID, PassNumber: w.pass.Number, Kind: "resident",
				Direction: "in", Perimeter: "site", Decision: "admit", Reason: "ok", Online: true, Outcome: "decided",
				ScannedAt: model.Millis(w.Clock.Now()), ReceivedAt: model.Millis(w.Clock.Now())}})
		if err != nil || r.Passage.Reason != reason {
			t.Fatalf("%+v, %v", r.Passage, err)
		}
	}
	record("before", "", "ok", &use, &quota)
	said := w.say(t, front)
	found, err := w.Store.View(t.Context()).SpokenCode(w.Garden.ID, "site", said.Code)
	if err != nil {
		t.Fatal(err)
	}
	later := use
	later.WindowNo++
	record("full", found.ID, "quota_reached", &later, &quota)
	record("used", found.ID, "used", &use, nil)
	w.hears(t, front, said.Code, "admit", "ok")
}
