package admission

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func checkWorlds(t *testing.T, property func(*rapid.T, world)) {
	t.Helper()
	t.Parallel()
	ours, stranger := newPair(t), newPair(t)
	rapid.Check(t, func(t *rapid.T) { property(t, drawWorld(t, ours, stranger)) })
}

func TestGoingOutIsNeverRefused(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		w.question.Direction = Out
		if d := w.decide(); d.Outcome == Refuse {
			t.Fatalf("refused a way out: %+v", d)
		}
	})
}

func TestSameFactsSameDecision(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		if a, b := w.decide(), w.decide(); a != b {
			t.Fatalf("decided %+v, then %+v", a, b)
		}
	})
}

func TestReasonAndOutcomeBelongTogether(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		d := w.decide()
		if !slices.Contains(d.Reason.Outcomes(), d.Outcome) {
			t.Fatalf("%s came with %s", d.Reason, d.Outcome)
		}
		if d.Outcome == Admit && !d.Genuine {
			t.Fatal("admitted a code that was not verified")
		}
		if (d.Reason == ReasonClockSkew) != (d.SkewSeconds > 0) {
			t.Fatalf("%s with %d seconds", d.Reason, d.SkewSeconds)
		}
	})
}

func TestOneMoreFaultNeverAdmits(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		before := w.decide()
		name := rapid.SampledFrom(sortedNames()).Draw(t, "fault")
		faults[name](&w)
		if after := w.decide(); after.Outcome == Admit && before.Outcome != Admit {
			t.Fatalf("%s turned %s/%s into %s", name, before.Outcome, before.Reason, after.Outcome)
		}
	})
}

// The first fault of the table wins, so one more can only move the reason up. A
// stale bundle is left out: there the stricter of two answers stands.
func TestOneMoreFaultMovesTheReasonUp(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		w.stale = false
		before := w.decide()
		name := rapid.SampledFrom(sortedNames()).Draw(t, "fault")
		faults[name](&w)
		after := w.decide()
		if slices.Index(Reasons(), after.Reason) > slices.Index(Reasons(), before.Reason) {
			t.Fatalf("%s moved %s down to %s", name, before.Reason, after.Reason)
		}
	})
}

func TestWithdrawnIsNeverSofter(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		before := w.decide()
		faults["withdrawn"](&w)
		if after := w.decide(); after.Outcome.strictness() < before.Outcome.strictness() {
			t.Fatalf("withdrawing turned %s/%s into %s/%s", before.Outcome, before.Reason, after.Outcome, after.Reason)
		}
	})
}

func TestStaleBundleOnlyTightens(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		if w.verifier == nil {
			return // a key that a fresh bundle lacks cannot be ours, a stale one may lack it
		}
		w.stale = false
		fresh := w.decide()
		w.stale = true
		stale := w.decide()
		if stale.Outcome.strictness() < fresh.Outcome.strictness() {
			t.Fatalf("%s/%s became %s/%s", fresh.Outcome, fresh.Reason, stale.Outcome, stale.Reason)
		}
		if w.question.Direction == Out && stale != fresh {
			t.Fatalf("a stale bundle changed a way out from %s to %s", fresh.Reason, stale.Reason)
		}
	})
}

func TestOrdinaryModeKnowsNothingOfHealth(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		w.rules.EmergencyUntil = noon.UnixMilli()
		before := w.decide()
		w.pass.Colour, w.pass.ReportDue, w.question.TemperatureTenths = Red, true, 410
		if after := w.decide(); after != before {
			t.Fatalf("health changed %s to %s in ordinary mode", before.Reason, after.Reason)
		}
	})
}

func TestNoDirectionIsJudgedLikeIn(t *testing.T) {
	checkWorlds(t, func(t *rapid.T, w world) {
		w.question.Direction = In
		in := w.decide()
		w.question.Direction = 0
		if none := w.decide(); none != in {
			t.Fatalf("no direction gave %+v, in gave %+v", none, in)
		}
	})
}
