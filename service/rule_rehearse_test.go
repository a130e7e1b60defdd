package service_test

import (
	"maps"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// An hour of a morning at the garden: who would be stopped, and how many of them
// are old or children.
func TestRehearsalSaysWhoWouldBeStopped(t *testing.T) {
	h := newRuleHouse(t)
	front, door := h.Reader(t, h.Garden.Entrance), h.Reader(t, h.Garden.UnitDoor)
	pass := map[model.AgeGroup]model.Pass{}
	for _, age := range []model.AgeGroup{model.AgeChild, model.AgeAdult, model.AgeElder, ""} {
		p := h.Person(t, "张三", "13800000001")
		if _, err := h.Probe(t).Exec("UPDATE persons SET age_group = ? WHERE id = ?", age, p.ID); err != nil {
			t.Fatal(err)
		}
		pass[age] = h.Pass(t, h.Garden, p)
	}
	scan := func(age model.AgeGroup, reader *model.Caller, d admission.Direction) service.ScanAnswer {
		nextWindow(h.Gatehouse)
		return h.Scan(t, reader, h.Code(t, pass[age], h.Clock.Now()), d)
	}
	first := scan(model.AgeElder, front, admission.In) // 12:00:30 in Beijing
	scan(model.AgeElder, door, admission.In)
	scan(model.AgeChild, front, admission.In)
	scan("", front, admission.Out)
	h.Scan(t, front, "HELLO", admission.In)
	h.Clock.Advance(time.Hour)
	scan(model.AgeAdult, front, admission.In) // 13:02
	before, err := h.Store.View(t.Context()).AuditEntries(h.Garden.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}

	var rules admission.Rules // residents from 13:00 on
	rules.Kinds.Resident.Hours = admission.Hours{{Days: admission.EveryDay, From: 13 * 60, To: 24 * 60}}
	got, err := h.rules.Rehearse(t.Context(), h.manager, h.Garden.ID, rules, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := got.Counts
	if !c.Complete || c.Passages != 6 || c.Replayed != 5 || c.Unlike != 0 {
		t.Errorf("%+v", c)
	}
	for name, counts := range map[string][2]map[string]int64{
		"refused":  {c.Refused, {"outside_hours": 3}},
		"referred": {c.Referred, {"outside_hours": 1}},
		"admitted": {c.Admitted, {}},
		"kinds":    {c.ByKind, {"resident": 4}},
		"gates":    {c.ByGate, {h.Garden.Entrance.ID: 3, h.Garden.UnitDoor.ID: 1}},
	} {
		if !maps.Equal(counts[0], counts[1]) {
			t.Errorf("%s: %v, want %v", name, counts[0], counts[1])
		}
	}
	if c.People != 3 || c.Elders != 1 || c.Children != 1 || c.AgeUnknown != 1 || c.ByHour[12] != 4 || c.ByHour[13] != 0 {
		t.Errorf("people %d, elders %d, children %d, unknown %d, hours %v", c.People, c.Elders, c.Children, c.AgeUnknown, c.ByHour)
	}
	if len(c.Samples) != 4 || c.Samples[0] != first.Passage.ID {
		t.Errorf("samples %v", c.Samples)
	}
	stored, err := h.rules.Rehearsal(t.Context(), h.second, h.Garden.ID, got.ID)
	if err != nil || stored.Counts.People != 3 {
		t.Errorf("stored %+v, %v", stored, err)
	}
	if _, err := h.rules.Rehearsal(t.Context(), h.Manager(h.Harbour), h.Harbour.ID, got.ID); !model.IsNotFound(err) {
		t.Errorf("by way of another community: %v", err)
	}
	// It may be named by a proposal of the same rules.
	if v := h.propose(t, service.RuleDraft{Rules: rules, RehearsalID: got.ID}); v.RehearsalID != got.ID {
		t.Errorf("%+v", v.RuleProposal)
	}
	after, err := h.Store.View(t.Context()).AuditEntries(h.Garden.ID, "", 100)
	if err != nil || len(after) != len(before)+2 {
		t.Errorf("%d audit entries, then %d, %v", len(before), len(after), err)
	}
}

// A rehearsal counts quotas, single use and annulled passages as they happened,
// and a pass as withdrawn only from then on.
func TestRehearsalGoesByWhatHistoryTells(t *testing.T) {
	h := newRuleHouse(t)
	front := h.Reader(t, h.Garden.Entrance)
	pass := h.Pass(t, h.Garden, h.Person(t, "张三", "13800000001"))
	show := func() service.ScanAnswer {
		nextWindow(h.Gatehouse)
		return h.Scan(t, front, h.Code(t, pass, h.Clock.Now()), admission.In)
	}
	show()
	annulled := show()
	if _, err := h.Gates.SetOutcome(t.Context(), front, annulled.Passage.ID, "annulled"); err != nil {
		t.Fatal(err)
	}
	show()
	show()
	h.Scan(t, front, h.Code(t, pass, h.Clock.Now()), admission.In) // the code of before: used
	h.Clock.Advance(time.Minute)
	h.Update(t, func(tx *store.Tx) error {
		_, err := tx.WithdrawPasses(h.Garden.ID, pass.ResidencyID, "moved_out")
		return err
	})
	h.Clock.Advance(time.Minute)
	for name, c := range map[string]struct {
		quota   int
		refused map[string]int64
	}{
		"two a day":   {2, map[string]int64{"quota_reached": 1}},
		"three a day": {3, map[string]int64{}},
		"none":        {0, map[string]int64{}},
	} {
		var rules admission.Rules
		rules.Kinds.Resident.Quota = c.quota
		got, err := h.rules.Rehearse(t.Context(), h.manager, h.Garden.ID, rules, 1)
		if err != nil || !maps.Equal(got.Counts.Refused, c.refused) || len(got.Counts.Admitted) != 0 || got.Counts.Unlike != 0 || got.Counts.Replayed != 5 {
			t.Errorf("%s: %+v, %v", name, got.Counts, err)
		}
	}
}

// What rules that are in force refuse, milder ones admit.
func TestRehearsalOfMilderRules(t *testing.T) {
	h := newRuleHouse(t)
	front := h.Reader(t, h.Garden.Entrance)
	putRules(t, h.Gatehouse, mornings())
	h.show(t, front)
	h.Clock.Advance(time.Minute)
	got, err := h.rules.Rehearse(t.Context(), h.manager, h.Garden.ID, admission.Rules{}, 1)
	if err != nil || !maps.Equal(got.Counts.Admitted, map[string]int64{"outside_hours": 1}) || got.Counts.People != 0 {
		t.Errorf("%+v, %v", got.Counts, err)
	}
}
