package service_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// An emergency begins and ends while a version is under way: it goes on as before,
// under other numbers, and what is brought back are the rules without the emergency.
func TestAVersionGoesOnThroughAnEmergency(t *testing.T) {
	w := newWard(t)
	h := &ruleHouse{w.Gatehouse, service.NewRules(w.Deps), w.Manager(w.Garden), w.first}
	base := mornings()
	base.Kinds.Resident.Hours[0].To = 24 * 60
	base.TemperatureLimit = 380
	putRules(t, h.Gatehouse, base) // version 2
	v := h.propose(t, service.RuleDraft{Rules: mornings()})
	other := func(step string, version int64, phase model.RulePhase) {
		t.Helper()
		a := h.show(t, w.reader)
		h.flush(t)
		got, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID)
		if err != nil || a.Passage.RuleVersion != version || total(got.Trials, phase, model.TrialRefused, "outside_hours") == 0 {
			t.Fatalf("%s: version %d, %+v, %v", step, a.Passage.RuleVersion, got.Trials, err)
		}
	}
	e := w.on(t, w.order(20))
	other("shadow in an emergency", 3, model.RuleShadow)
	h.advance(t, v.ID, model.RuleWarn)
	if _, err := w.emergencies.End(t.Context(), w.first, e.ID, "结束"); err != nil {
		t.Fatal(err)
	}
	other("warn after it", 4, model.RuleWarn)
	if got := h.advance(t, v.ID, model.RuleEnforce); got.Version != 5 || !got.Current {
		t.Fatalf("%+v", got.RuleProposal)
	}
	w.on(t, w.order(20))
	other("enforce in an emergency", 6, model.RuleEnforce)
	shown, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID)
	if err != nil || !shown.Current {
		t.Fatalf("%+v, %v", shown.RuleProposal, err)
	}
	got, err := h.rules.Withdraw(t.Context(), h.second, h.Garden.ID, v.ID, "a mistake")
	if err != nil || got.Phase != model.RuleRolledBack || got.RestoredVersion != 7 || got.Current {
		t.Fatalf("%+v, %v", got.RuleProposal, err)
	}
	set, err := w.Store.View(t.Context()).RulesInForce(w.Garden.ID)
	if err != nil || strings.Contains(set.Body, "emergency") || strings.Contains(set.Body, "report_required") ||
		!strings.Contains(set.Body, `"temperature_limit_tenths":380`) || !strings.Contains(set.Body, `"to":"24:00"`) {
		t.Errorf("in force is %s (%v)", set.Body, err)
	}
	if c, _ := w.Directory.Community(w.Garden.ID); c.Rules.EmergencyUntil == 0 || c.Rules.Version != 7 {
		t.Errorf("the gates go by %+v", c.Rules)
	}
}

// Rules that settled are still those in force after an emergency has numbered them
// anew.
func TestSettledRulesStayCurrentThroughAnEmergency(t *testing.T) {
	w := newWard(t)
	h := &ruleHouse{w.Gatehouse, service.NewRules(w.Deps), w.Manager(w.Garden), w.first}
	current := func(id string, want bool) {
		t.Helper()
		if got, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, id); err != nil || got.Current != want {
			t.Errorf("%s is current: %t, %v", id, got.Current, err)
		}
	}
	w.on(t, w.order(20))
	current(h.Garden.ID, true) // the rules that it was made with
	v := h.propose(t, service.RuleDraft{Rules: mornings()})
	h.advance(t, v.ID, model.RuleEnforce)
	current(h.Garden.ID, false)
	current(v.ID, true)
	w.Clock.Advance(25 * time.Hour)
	if err := h.rules.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	current(v.ID, true)
}

// The temperature limit of an emergency holds for rules that are only tried too.
func TestATrialIsJudgedUnderTheEmergencysLimit(t *testing.T) {
	w := newWard(t)
	h := &ruleHouse{w.Gatehouse, service.NewRules(w.Deps), w.Manager(w.Garden), w.first}
	who := w.tenant(t, w.Garden, "1", "101", true)
	order := w.order(20)
	order.TemperatureLimitTenths = 380
	w.on(t, order)
	v := h.propose(t, service.RuleDraft{Rules: admission.Rules{TemperatureLimit: 371}})
	if a := w.showsAt(t, who, 375); a.Passage.Reason != "ok" {
		t.Fatalf("%+v", a.Passage)
	}
	h.flush(t)
	got, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID)
	if err != nil || total(got.Trials, model.RuleShadow, model.TrialPassages, "") != 1 ||
		total(got.Trials, model.RuleShadow, model.TrialReferred, "temperature_high") != 0 {
		t.Errorf("%+v, %v", got.Trials, err)
	}
}
