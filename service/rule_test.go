package service_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// ruleHouse is a gatehouse with people who make rules.
type ruleHouse struct {
	*testkit.Gatehouse
	rules           *service.Rules
	manager, second *model.Caller
}

func newRuleHouse(t *testing.T) *ruleHouse {
	t.Helper()
	g := testkit.NewGatehouse(t)
	return &ruleHouse{g, service.NewRules(g.Deps), g.Manager(g.Garden),
		g.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, g.Committee.ID)}
}

// mornings are rules by which residents may pass until noon; it is noon.
func mornings() admission.Rules {
	var r admission.Rules
	r.Kinds.Resident.Hours = admission.Hours{{Days: admission.EveryDay, From: 0, To: 12 * 60}}
	return r
}

func (h *ruleHouse) propose(t testing.TB, d service.RuleDraft) service.ProposalShown {
	t.Helper()
	v, err := h.rules.Propose(t.Context(), h.manager, h.Garden.ID, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (h *ruleHouse) advance(t testing.TB, id string, to model.RulePhase) service.ProposalShown {
	t.Helper()
	v, err := h.rules.Advance(t.Context(), h.second, h.Garden.ID, id, to)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// show lets a fresh resident show a code at the entrance.
func (h *ruleHouse) show(t testing.TB, reader *model.Caller) service.ScanAnswer {
	t.Helper()
	return h.Scan(t, reader, h.Code(t, h.Pass(t, h.Garden, h.Person(t, "张三", "13800000001")), h.Clock.Now()), admission.In)
}

func (h *ruleHouse) flush(t testing.TB) {
	t.Helper()
	if err := h.Gates.FlushTrials(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func total(counts []model.RuleTrial, phase model.RulePhase, what model.TrialCount, reason string) int64 {
	var n int64
	for _, c := range counts {
		if c.Phase == phase && c.What == what && c.Reason == reason {
			n += c.Total
		}
	}
	return n
}

func TestRulesGoFromShadowToEnforce(t *testing.T) {
	h := newRuleHouse(t)
	reader := h.Reader(t, h.Garden.Entrance)
	from := h.Clock.Now().Add(48 * time.Hour)
	v := h.propose(t, service.RuleDraft{Rules: mornings(), EffectiveAt: from})
	step := func(phase model.RulePhase, decision string, version int64, warns bool) {
		t.Helper()
		a := h.show(t, reader)
		if a.Passage.Decision != decision || a.Passage.RuleVersion != version || (a.Warning != nil) != warns {
			t.Errorf("%s: %s %s by version %d, warning %+v", phase, a.Passage.Decision, a.Passage.Reason, a.Passage.RuleVersion, a.Warning)
		}
	}
	step("shadow", "admit", 1, false)
	h.advance(t, v.ID, model.RuleWarn)
	step("warn", "admit", 1, true)
	if _, err := h.rules.Advance(t.Context(), h.second, h.Garden.ID, v.ID, model.RuleEnforce); model.CodeOf(err) != model.CodeInvalid {
		t.Errorf("before the day that people were told: %v", err)
	}
	h.Clock.Advance(48 * time.Hour)
	if got := h.advance(t, v.ID, model.RuleEnforce); got.Version != 2 || !got.Current || got.WatchUntil != model.Millis(h.Clock.Now().Add(24*time.Hour)) {
		t.Errorf("in force: %+v", got.RuleProposal)
	}
	step("enforce", "refuse", 2, false)
	h.flush(t)
	got, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range []model.RulePhase{model.RuleShadow, model.RuleWarn, model.RuleEnforce} {
		if total(got.Trials, phase, model.TrialPassages, "") != 1 || total(got.Trials, phase, model.TrialRefused, "outside_hours") != 1 {
			t.Errorf("%s: %+v", phase, got.Trials)
		}
	}
	h.Clock.Advance(24*time.Hour + 10*time.Second)
	if err := h.rules.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID); got.Phase != model.RuleSettled || !got.Current {
		t.Errorf("after the watch: %+v", got.RuleProposal)
	}
	// 12:00:10 on the fourth day: still refused, nothing is counted any more.
	if a := h.show(t, reader); a.Passage.Decision != "refuse" {
		t.Error(a.Passage.Decision)
	}
}

func TestWhoMayDoWhatToRules(t *testing.T) {
	h := newRuleHouse(t)
	ctx := t.Context()
	stranger := h.Manager(h.Harbour)
	guard := h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID)
	author := h.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, h.Committee.ID)
	v, err := h.rules.Propose(ctx, author, h.Garden.ID, service.RuleDraft{Rules: mornings()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		do   func() error
		want model.Code
	}{
		"a stranger reads": {func() error { _, err := h.rules.Current(ctx, stranger, h.Garden.ID); return err }, model.CodeNotFound},
		"a guard reads":    {func() error { _, err := h.rules.Current(ctx, guard, h.Garden.ID); return err }, model.CodeNotFound},
		"a stranger proposes": {func() error {
			_, err := h.rules.Propose(ctx, stranger, h.Garden.ID, service.RuleDraft{}, nil)
			return err
		}, model.CodeNotFound},
		"somebody proposes beside it": {func() error {
			_, err := h.rules.Propose(ctx, h.manager, h.Garden.ID, service.RuleDraft{}, nil)
			return err
		}, model.CodeStateChanged},
		"the author approves":         {func() error { _, err := h.rules.Advance(ctx, author, h.Garden.ID, v.ID, model.RuleWarn); return err }, model.CodeSelfApproval},
		"a manager approves":          {func() error { _, err := h.rules.Advance(ctx, h.manager, h.Garden.ID, v.ID, model.RuleWarn); return err }, model.CodeNotFound},
		"by way of another community": {func() error { _, err := h.rules.Advance(ctx, h.second, h.Harbour.ID, v.ID, model.RuleWarn); return err }, model.CodeNotFound},
		"a phase that nobody approves": {func() error {
			_, err := h.rules.Advance(ctx, h.second, h.Garden.ID, v.ID, model.RuleSettled)
			return err
		}, model.CodeStateChanged},
		"a manager withdraws another's": {func() error { _, err := h.rules.Withdraw(ctx, h.manager, h.Garden.ID, v.ID, "no"); return err }, model.CodeForbidden},
		"a gate of another community": {func() error {
			_, err := h.rules.SetGate(ctx, h.manager, h.Garden.ID, h.Harbour.Entrance.ID, service.GateSettings{Passback: "off", Fallback: "closed"})
			return err
		}, model.CodeNotFound},
		"a rehearsal by a stranger":            {func() error { _, err := h.rules.Rehearse(ctx, stranger, h.Garden.ID, mornings(), 1); return err }, model.CodeNotFound},
		"a rehearsal of more than thirty days": {func() error { _, err := h.rules.Rehearse(ctx, h.manager, h.Garden.ID, mornings(), 31); return err }, model.CodeInvalid},
	} {
		if err := c.do(); model.CodeOf(err) != c.want || err == nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := h.rules.Withdraw(ctx, author, h.Garden.ID, v.ID, "not needed"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.rules.Advance(ctx, h.second, h.Garden.ID, v.ID, model.RuleWarn); model.CodeOf(err) != model.CodeStateChanged {
		t.Errorf("after it was withdrawn: %v", err)
	}
}

func TestProposalsAreChecked(t *testing.T) {
	h := newRuleHouse(t)
	number := func(n int) *int { return &n }
	spend := func(change func(*service.RuleDraft)) service.RuleDraft {
		d := service.RuleDraft{Rules: mornings()}
		change(&d)
		return d
	}
	for field, d := range map[string]service.RuleDraft{
		"/rules/kinds/visitor/quota":       spend(func(d *service.RuleDraft) { d.Rules.Kinds.Visitor.Quota = 1001 }),
		"/rules/kinds/resident/hours/0/to": spend(func(d *service.RuleDraft) { d.Rules.Kinds.Resident.Hours[0].To = 0 }),
		"/rules/temperature_limit_tenths":  spend(func(d *service.RuleDraft) { d.Rules.TemperatureLimit = 100 }),
		"/rules/report_hours":              spend(func(d *service.RuleDraft) { d.Rules.ReportHours = -1 }),
		"/watch/hours":                     spend(func(d *service.RuleDraft) { d.WatchHours = number(0) }),
		"/watch/threshold_percent":         spend(func(d *service.RuleDraft) { d.ThresholdPercent = number(101) }),
		"/watch/least_passages":            spend(func(d *service.RuleDraft) { d.LeastPassages = number(0) }),
		"/effective_at":                    spend(func(d *service.RuleDraft) { d.EffectiveAt = h.Clock.Now().Add(-time.Millisecond) }),
		"/rehearsal_id":                    spend(func(d *service.RuleDraft) { d.RehearsalID = h.ID() }),
	} {
		_, err := h.rules.Propose(t.Context(), h.manager, h.Garden.ID, d, nil)
		fields := fieldsOf(err)
		if !slices.Equal(fields, []string{field}) {
			t.Errorf("%s: refused for %v, %v", field, fields, err)
		}
	}
	// What belongs to an emergency cannot be smuggled in.
	d := service.RuleDraft{Rules: mornings()}
	d.Rules.EmergencyUntil, d.Rules.ReportRequired, d.Rules.Version = 1<<50, true, 99
	if v := h.propose(t, d); v.Parsed.EmergencyUntil != 0 || v.Parsed.ReportRequired || v.Version != 0 {
		t.Errorf("%+v", v.Parsed)
	}
}

func TestOfManyProposalsWithOneTagOneWins(t *testing.T) {
	h := newRuleHouse(t)
	shown, err := h.rules.Current(t.Context(), h.manager, h.Garden.ID)
	if err != nil {
		t.Fatal(err)
	}
	var won, lost atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			_, err := h.rules.Propose(t.Context(), h.manager, h.Garden.ID, service.RuleDraft{Rules: mornings()}, []string{shown.Tag})
			switch model.CodeOf(err) {
			case model.CodePreconditionFailed:
				lost.Add(1)
			default:
				if err != nil {
					t.Error(err)
				}
				won.Add(1)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
}

func TestOfManyApprovalsOneCounts(t *testing.T) {
	h := newRuleHouse(t)
	v := h.propose(t, service.RuleDraft{Rules: mornings()})
	var won, lost atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		officer := h.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, h.Committee.ID)
		wait.Go(func() {
			_, err := h.rules.Advance(t.Context(), officer, h.Garden.ID, v.ID, model.RuleEnforce)
			switch {
			case err == nil:
				won.Add(1)
			case model.CodeOf(err) == model.CodeStateChanged:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
	chain, err := h.Store.View(t.Context()).ApprovalsOf(h.Garden.ID, v.ID)
	if err != nil || len(chain) != 1 || chain[0].State != model.ApprovalApproved {
		t.Errorf("%+v, %v", chain, err)
	}
}

// The rules before come back past the threshold, once, on however many replicas.
func TestRulesThatStopTooManyAreRolledBack(t *testing.T) {
	h := newRuleHouse(t)
	person := h.Person(t, "钱经理", "13800000009")
	h.manager.PersonID = person.ID
	reader := h.Reader(t, h.Garden.Entrance)
	percent, least := 50, 4
	v := h.propose(t, service.RuleDraft{Rules: mornings(), ThresholdPercent: &percent, LeastPassages: &least})
	h.advance(t, v.ID, model.RuleEnforce)
	watch := func() {
		t.Helper()
		h.flush(t)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if err := service.NewRules(h.Deps).Watch(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
	for range 3 { // too few to say anything
		h.show(t, reader)
	}
	watch()
	h.show(t, reader)
	if got, _ := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID); got.Phase != model.RuleEnforce {
		t.Fatalf("after three: %s", got.Phase)
	}
	watch()
	got, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID)
	if err != nil || got.Phase != model.RuleRolledBack || got.Version != 2 || got.RestoredVersion != 3 || got.Current {
		t.Fatalf("%+v, %v", got.RuleProposal, err)
	}
	if a := h.show(t, reader); a.Passage.Decision != "admit" || a.Passage.RuleVersion != 3 {
		t.Errorf("%s by version %d", a.Passage.Decision, a.Passage.RuleVersion)
	}
	messages, err := h.Store.View(t.Context()).MessagesOf(person.ID, "", false, 10)
	if err != nil || len(messages) != 2 || messages[0].Template != "rule_rolled_back" && messages[1].Template != "rule_rolled_back" {
		t.Errorf("%+v, %v", messages, err)
	}
	entries, err := h.Store.View(t.Context()).AuditEntries(h.Garden.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(slices.DeleteFunc(entries, func(e model.AuditEntry) bool { return e.Action != "rule.roll_back" })); n != 1 {
		t.Errorf("rolled back %d times", n)
	}
	// The way is free for the next one, from the restored version.
	if next := h.propose(t, service.RuleDraft{Rules: mornings()}); next.BaseVersion != 3 {
		t.Errorf("%+v", next.RuleProposal)
	}
}

func TestExactlyTheThresholdIsNotTooMany(t *testing.T) {
	h := newRuleHouse(t)
	percent, least := 50, 4
	v := h.propose(t, service.RuleDraft{Rules: mornings(), ThresholdPercent: &percent, LeastPassages: &least})
	h.advance(t, v.ID, model.RuleEnforce)
	add := func(passages, refused int64) {
		err := h.Store.AddRuleTrials(t.Context(), []model.RuleTrial{{ProposalID: v.ID, Phase: model.RuleEnforce, What: model.TrialPassages, Total: passages},
			{ProposalID: v.ID, Phase: model.RuleEnforce, What: model.TrialRefused, Reason: "outside_hours", Total: refused}})
		if err == nil {
			err = h.rules.Watch(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	phase := func() model.RulePhase {
		got, err := h.rules.Version(t.Context(), h.manager, h.Garden.ID, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.Phase
	}
	add(4, 2)
	if phase() != model.RuleEnforce {
		t.Error("rolled back at the threshold")
	}
	add(1, 1)
	if phase() != model.RuleRolledBack {
		t.Error("not rolled back past the threshold")
	}
}

func TestWithdrawingUnderWatchBringsTheOldRulesBack(t *testing.T) {
	h := newRuleHouse(t)
	v := h.propose(t, service.RuleDraft{Rules: mornings()})
	h.advance(t, v.ID, model.RuleEnforce)
	if _, err := h.rules.Withdraw(t.Context(), h.manager, h.Garden.ID, v.ID, "a mistake"); model.CodeOf(err) != model.CodeForbidden {
		t.Errorf("the author alone: %v", err)
	}
	got, err := h.rules.Withdraw(t.Context(), h.second, h.Garden.ID, v.ID, "a mistake")
	if err != nil || got.Phase != model.RuleRolledBack || got.RestoredVersion != 3 {
		t.Errorf("%+v, %v", got.RuleProposal, err)
	}
	list, err := h.rules.Versions(t.Context(), h.second, h.Garden.ID, service.Page{Limit: 1})
	if err != nil || len(list.Items) != 1 || list.Next == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	list, err = h.rules.Versions(t.Context(), h.second, h.Garden.ID, service.Page{Limit: 1, Cursor: list.Next})
	if err != nil || len(list.Items) != 1 || list.Items[0].Version != 1 || list.Next != "" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestGateSettingsHoldAtOnce(t *testing.T) {
	h := newRuleHouse(t)
	reader := h.Reader(t, h.Garden.Entrance)
	if _, err := h.rules.SetGate(t.Context(), h.manager, h.Garden.ID, h.Garden.Entrance.ID, service.GateSettings{Passback: "hard", Fallback: "closed"}); err != nil {
		t.Fatal(err)
	}
	pass := h.Pass(t, h.Garden, h.Person(t, "张三", "13800000001"))
	for _, want := range []string{"ok", "passback"} {
		nextWindow(h.Gatehouse)
		if a := h.Scan(t, reader, h.Code(t, pass, h.Clock.Now()), admission.In); a.Passage.Reason != want {
			t.Errorf("got %s, want %s", a.Passage.Reason, want)
		}
	}
	if _, err := h.rules.SetGate(t.Context(), h.manager, h.Garden.ID, h.Garden.Entrance.ID, service.GateSettings{Passback: "x", Fallback: "closed"}); model.CodeOf(err) != model.CodeInvalid {
		t.Error(err)
	}
}

func fieldsOf(err error) []string {
	var e *model.Error
	if !errors.As(err, &e) {
		return nil
	}
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Field)
	}
	return out
}
