package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// TestOfTwoAnswersOneHolds lets the host and the guard, both asked by now, answer at
// the same moment: two hundred times, each time the other way round.
func TestOfTwoAnswersOneHolds(t *testing.T) {
	w := newVisiting(t)
	w.rules(t, model.VisitOnce, model.FallbackDecline, model.VisitStep{Who: model.AnswererHost, Minutes: 1, Silence: model.SilenceGuard})
	hostWon := 0
	for round := range 200 {
		home := w.household(t, model.NewCode(6))
		owner := w.member(t, home, "owner")
		a, _ := w.ask(t, model.VisitOnce, home.Room)
		w.after(t, time.Minute)
		w.stands(t, a.ID, model.VisitRequested, host(owner), "guard")
		yes, no := owner, w.guard
		if round%2 == 1 {
			yes, no = no, yes
		}
		errs := atOnce(
			func() error { _, err := w.visits.Approve(t.Context(), yes, a.ID); return err },
			func() error { _, err := w.visits.Decline(t.Context(), no, a.ID, "不认识"); return err },
		)
		v, err := w.Store.View(t.Context()).Visit(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		chain, err := w.Store.View(t.Context()).ApprovalsOf(w.Garden.ID, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		answers := 0
		for _, c := range chain {
			if c.DecidedBy != "" {
				answers++
			}
		}
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("approve: %v, decline: %v", errs[0], errs[1])
		}
		won, lost := model.VisitApproved, errs[1]
		if errs[0] != nil {
			won, lost = model.VisitDeclined, errs[0]
		}
		wantCode(t, lost, model.CodeStateChanged, string(won))
		if v.State != won || answers != 1 {
			t.Fatalf("%s stands as %s with %d answers", won, v.State, answers)
		}
		if v.DecidedBy == owner.PersonID {
			hostWon++
		}
	}
	t.Logf("the host decided %d of 200", hostWon)
}

// TestOfTwoApprovalsOneCounts lets both approve.
func TestOfTwoApprovalsOneCounts(t *testing.T) {
	w := newVisiting(t)
	w.rules(t, model.VisitOnce, model.FallbackDecline, model.VisitStep{Who: model.AnswererProperty, Minutes: 1, Silence: model.SilenceGuard})
	other := w.Manager(w.Garden)
	for range 100 {
		home := w.household(t, model.NewCode(6))
		a, _ := w.ask(t, model.VisitOnce, home.Room)
		errs := atOnce(
			func() error { _, err := w.visits.Approve(t.Context(), w.manager, a.ID); return err },
			func() error { _, err := w.visits.Approve(t.Context(), other, a.ID); return err },
		)
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v, %v", errs[0], errs[1])
		}
		lost := errs[0]
		if lost == nil {
			lost = errs[1]
		}
		wantCode(t, lost, model.CodeStateChanged, "approved")
	}
}

// TestTwoReplicasClimbOnce runs the ladder on two replicas at the same moment.
func TestTwoReplicasClimbOnce(t *testing.T) {
	w := newVisiting(t)
	second := w.Deps
	second.Directory = service.NewDirectory(w.Store, w.Master)
	if err := second.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := service.NewVisits(second, service.NewCodes(second), "https://pass.example")
	var asked []service.Admitted
	for range 20 {
		home := w.household(t, model.NewCode(6))
		w.member(t, home, "owner")
		w.member(t, home, "family")
		a, _ := w.ask(t, model.VisitOnce, home.Room)
		asked = append(asked, a)
	}
	w.Clock.Advance(5 * time.Minute)
	for _, err := range atOnce(func() error { return w.visits.Climb(t.Context()) }, func() error { return other.Climb(t.Context()) }) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range asked {
		chain, err := w.Store.View(t.Context()).ApprovalsOf(w.Garden.ID, a.ID)
		if err != nil || len(chain) != 2 {
			t.Fatalf("%d rungs after one step, %v", len(chain), err)
		}
	}
}

// TestAnInvitationIsClaimedOnce lets several phones open the same link.
func TestAnInvitationIsClaimedOnce(t *testing.T) {
	w := newVisiting(t)
	for range 20 {
		v, err := w.visits.Invite(t.Context(), w.owner, w.invitation())
		if err != nil {
			t.Fatal(err)
		}
		secret := v.ShareURL[len("https://pass.example/visit#"):]
		claim := func() error { _, err := w.visits.Accept(t.Context(), secret, "", ""); return err }
		got := 0
		for _, err := range atOnce(claim, claim, claim) {
			if err == nil {
				got++
			} else {
				wantCode(t, err, model.CodeStateChanged, "claimed")
			}
		}
		if got != 1 {
			t.Fatalf("%d phones have the visit", got)
		}
	}
}
