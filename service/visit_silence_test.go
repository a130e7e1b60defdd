package service_test

import (
	"strconv"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// patience is how many minutes a visit waits until nobody has answered.
func (w *visiting) patience(t *testing.T, room string) int {
	t.Helper()
	a, _ := w.ask(t, model.VisitOnce, room)
	for m := 0; m < 60; m += 5 {
		v, err := w.Store.View(t.Context()).Visit(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if v.State == model.VisitExpired {
			return m
		}
		w.after(t, 5*time.Minute)
	}
	t.Fatal("nobody answered, and the visit waits on")
	return 0
}

func TestSilenceDoesNotTellWhoLivesWhere(t *testing.T) {
	for name, silence := range map[string]model.VisitSilence{"the guard is asked": model.SilenceGuard, "silence is a refusal": model.SilenceDecline} {
		t.Run(name, func(t *testing.T) {
			w := newVisiting(t)
			const each, guard = 5, 10 // minutes, as in the rules
			w.rules(t, model.VisitOnce, model.FallbackDecline, model.VisitStep{Who: model.AnswererHost, Minutes: each, Silence: silence})
			last := 0
			if silence == model.SilenceGuard {
				last = guard
			}
			known := map[int]bool{w.patience(t, "101"): true}
			for n, relations := range [][]string{{"owner"}, {"owner", "family"}} {
				home := w.household(t, strconv.Itoa(201+n))
				for _, r := range relations {
					w.member(t, home, r)
				}
				known[w.patience(t, home.Room)] = true
			}
			for _, people := range []int{1, 2, 3} {
				if !known[people*each+last] {
					t.Fatalf("homes wait %v", known)
				}
			}
			w.household(t, "301") // there, and nobody lives in it
			seen := map[int]bool{}
			for room := 300; room < 316; room++ {
				first := w.patience(t, strconv.Itoa(room))
				if again := w.patience(t, strconv.Itoa(room)); again != first {
					t.Fatalf("room %d waits %d minutes, then %d", room, first, again)
				}
				if seen[first] = true; !known[first] {
					t.Fatalf("room %d waits %d minutes, homes %v", room, first, known)
				}
			}
			if len(seen) == 1 {
				t.Errorf("all homes that are not there wait alike: %v", seen)
			}
		})
	}
}

func TestTheBoundsDoNotTellWhoLivesWhere(t *testing.T) {
	w := newVisiting(t)
	try := func(room string) error {
		_, err := w.visits.Ask(t.Context(), w.entry, service.Asking{Kind: model.VisitOnce, Name: "来客人", Phone: "13900000009", Building: "1", Unit: "1", Room: room})
		return err
	}
	bounds := map[string]int{}
	for _, room := range []string{"101", "999"} {
		var err error
		for err == nil {
			if err = try(room); err == nil {
				bounds[room]++
			}
		}
		wantCode(t, err, model.CodeRateLimited)
	}
	if bounds["101"] != bounds["999"] {
		t.Errorf("as many as these may wait: %v", bounds)
	}
	for room := range 60 {
		if err := try(strconv.Itoa(2000 + room)); err != nil {
			t.Fatalf("after %d others: %v", room, err)
		}
	}
	waiting, err := w.visits.Approvals(t.Context(), w.guard, w.Garden.ID, model.ApproveVisit, model.ApprovalPending, service.Page{Limit: 200})
	if err != nil || len(waiting.Items) != 50 {
		t.Fatalf("the guards are asked %d times, %v", len(waiting.Items), err)
	}
	if err := try("103"); err != nil {
		t.Error(err)
	}
}

func TestAskingAndLeavingDoesNotRingForEver(t *testing.T) {
	for name, room := range map[string]string{"a home": "101", "no home": "999"} {
		t.Run(name, func(t *testing.T) {
			w := newVisiting(t)
			rung := 0
			for range 20 {
				a, err := w.visits.Ask(t.Context(), w.entry, service.Asking{Kind: model.VisitOnce, Name: "来客人", Phone: "13900000009", Building: "1", Unit: "1", Room: room})
				if err != nil {
					wantCode(t, err, model.CodeRateLimited)
					break
				}
				rung++
				if _, err := w.visits.OwnLeave(t.Context(), visitCaller(a)); err != nil {
					t.Fatal(err)
				}
			}
			if rung != 10 {
				t.Errorf("rung %d times", rung)
			}
			w.after(t, time.Hour-time.Millisecond)
			if _, err := w.visits.Ask(t.Context(), w.entry, service.Asking{Kind: model.VisitOnce, Name: "来客人", Phone: "13900000009", Building: "1", Unit: "1", Room: room}); model.CodeOf(err) != model.CodeRateLimited {
				t.Errorf("within the hour: %v", err)
			}
			w.after(t, 2*time.Millisecond)
			w.ask(t, model.VisitOnce, room)
		})
	}
}
