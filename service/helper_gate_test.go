package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// The gate itself keeps a helper's hours and end, to the millisecond, and lets
// nobody in who was removed.
func TestTheGateKeepsAHelpersHours(t *testing.T) {
	g := testkit.NewGatehouse(t)
	e := &estate{House: g.House, households: service.NewHouseholds(g.Deps), residencies: service.NewResidencies(g.Deps),
		residents: service.NewResidents(g.Deps, phones{}), codes: service.NewCodes(g.Deps)}
	e.home = e.addHome(t, "1201室")
	owner := e.resident(t, "", phoneWang)
	e.mustClaim(t, owner, e.wang(), "active")
	families := service.NewFamilies(e.Deps)
	// Noon on a Sunday; the helper comes on Sundays from 13:00 to 15:00, and until 14:30.
	until := e.Clock.Now().Add(2*time.Hour + 30*time.Minute)
	m, err := families.AddHelper(t.Context(), owner, service.NewMember{Name: "赵姨", Phone: phoneLi, Until: model.Millis(until),
		Hours: admission.Hours{{Days: admission.Days(time.Sunday), From: 13 * 60, To: 15 * 60}}})
	if err != nil {
		t.Fatal(err)
	}
	helper := e.resident(t, "", "")
	if _, err := e.residents.SetPhone(t.Context(), helper, "code-li"); err != nil {
		t.Fatal(err)
	}
	pass := e.passes(t, helper)[0].Pass
	reader := g.Reader(t, g.Garden.Back)
	for _, c := range []struct {
		after  time.Duration
		reason admission.Reason
	}{
		{time.Hour - time.Millisecond, admission.ReasonOutsideHours},
		{time.Hour, admission.ReasonOK},
		{2*time.Hour + 30*time.Minute - time.Millisecond, admission.ReasonOK},
		{2*time.Hour + 30*time.Minute, admission.ReasonPassExpired},
	} {
		e.Clock.Advance(testkit.Noon.Add(c.after).Sub(e.Clock.Now()))
		if a := g.Scan(t, reader, g.Code(t, pass, e.Clock.Now()), admission.In); a.Passage.Reason != string(c.reason) {
			t.Errorf("after %v: %s, want %s", c.after, a.Passage.Reason, c.reason)
		}
	}
	if err := families.RemoveHelper(t.Context(), owner, m.ID); err != nil {
		t.Fatal(err)
	}
	if a := g.Scan(t, reader, g.Code(t, pass, e.Clock.Now()), admission.In); a.Passage.Reason != string(admission.ReasonRevoked) {
		t.Errorf("removed: %s", a.Passage.Reason)
	}
}
