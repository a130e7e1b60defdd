package service_test

import (
	"bytes"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// TestEachKindHasItsPass: what the pass of a visit is follows from its kind.
func TestEachKindHasItsPass(t *testing.T) {
	w := newVisiting(t)
	for _, c := range []struct {
		in    service.Invitation
		kind  string
		quota int
		hours time.Duration
	}{
		{service.Invitation{Kind: model.VisitOnce, Until: 4}, "visitor", 0, 4 * time.Hour},
		{service.Invitation{Kind: model.VisitCourier}, "courier", 3, 2 * time.Hour},
		{service.Invitation{Kind: model.VisitGroup, Until: 5, PartySize: 12}, "visitor", 12, 5 * time.Hour},
		{service.Invitation{Kind: model.VisitVehicle, Until: 1, Plate: "京A12345"}, "vehicle", 0, time.Hour},
		{service.Invitation{Kind: model.VisitRecurring, Until: 24 * 90, Hours: admission.Hours{{Days: admission.EveryDay, From: 540, To: 600}}}, "visitor", 0, 90 * 24 * time.Hour},
	} {
		t.Run(string(c.in.Kind), func(t *testing.T) {
			c.in.HouseholdID = w.home.ID
			if c.in.Until != 0 {
				c.in.Until = model.Millis(w.Clock.Now().Add(time.Duration(c.in.Until) * time.Hour))
			}
			v, err := w.visits.Invite(t.Context(), w.owner, c.in)
			if err != nil {
				t.Fatal(err)
			}
			p, err := w.Store.View(t.Context()).PassOfVisit(w.Garden.ID, v.ID)
			if err != nil {
				t.Fatal(err)
			}
			if p.Kind != c.kind || p.Quota != c.quota || p.State != model.PassActive || p.ValidUntil-p.ValidFrom != c.hours.Milliseconds() || p.Building != "1" {
				t.Errorf("the pass is %+v", p)
			}
			if v.Plate != c.in.Plate {
				t.Errorf("the plate is %q", v.Plate)
			}
		})
	}
}

// TestAWeeklyVisitOpensAtItsHours goes to the gate within them and after.
func TestAWeeklyVisitOpensAtItsHours(t *testing.T) {
	w := newVisiting(t)
	reader := w.Reader(t, w.Garden.Entrance)
	in := w.invitation()
	in.Kind, in.Until = model.VisitRecurring, model.Millis(w.Clock.Now().Add(30*24*time.Hour))
	in.Hours = admission.Hours{{Days: admission.EveryDay, From: 12 * 60, To: 12*60 + 1}} // it is noon in Beijing
	v, err := w.visits.Invite(t.Context(), w.owner, in)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	visitor := &model.Caller{Kind: model.CallerVisit, PersonID: v.VisitorID, VisitID: v.ID}
	for _, want := range []string{"ok", "outside_hours"} {
		issued, err := w.visits.OwnCodes(t.Context(), visitor, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Scan(t, reader, issued.Codes[0].Text, admission.In).Passage; got.Reason != want {
			t.Errorf("got %s %s, want %s", got.Decision, got.Reason, want)
		}
		w.Clock.Advance(time.Minute)
	}
}

// TestAVisitPrintsNoName: a careless log line shows no personal data.
func TestAVisitPrintsNoName(t *testing.T) {
	v := model.Visit{ID: "v", Purpose: "看望", Plate: "京A12345"}
	if text := []byte(v.String() + v.GoString()); bytes.Contains(text, []byte("京A")) || bytes.Contains(text, []byte("看望")) {
		t.Errorf("%s", text)
	}
}
