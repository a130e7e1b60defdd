package service_test

import (
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestAnEmergencyNeedsTwoOthersThanItsAuthor(t *testing.T) {
	w := newWard(t)
	before, _ := w.Directory.Community(w.Garden.ID)
	e := w.declared(t, w.order(7))
	_, err := w.emergencies.Approve(t.Context(), w.author, e.ID)
	wantCode(t, err, model.CodeSelfApproval)
	if e, err = w.emergencies.Approve(t.Context(), w.first, e.ID); err != nil || e.State != model.EmergencyDeclared {
		t.Fatalf("after the first: %s, %v", e.State, err)
	}
	_, err = w.emergencies.Approve(t.Context(), w.first, e.ID)
	wantCode(t, err, model.CodeAlreadyApproved)
	if e, err = w.emergencies.Approve(t.Context(), w.second, e.ID); err != nil || e.State != model.EmergencyActive || e.StartedAt == 0 {
		t.Fatalf("after the second: %+v, %v", e, err)
	}
	third := w.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, w.Street.ID)
	_, err = w.emergencies.Approve(t.Context(), third, e.ID)
	wantCode(t, err, model.CodeStateChanged, "active")

	c, _ := w.Directory.Community(w.Garden.ID)
	if c.Mode != model.ModeEmergency || c.Rules.EmergencyUntil != e.EndsAt || !c.Rules.ReportRequired || c.Rules.Version != before.Rules.Version+1 {
		t.Errorf("the garden is %s with %+v", c.Mode, c.Rules)
	}
	if h, _ := w.Directory.Community(w.Harbour.ID); h.Mode != model.ModeOrdinary || h.Rules.EmergencyUntil != 0 {
		t.Error("the harbour is in the emergency too")
	}
	next := w.declared(t, w.order(7)) // may be prepared, not begun
	if _, err := w.emergencies.Approve(t.Context(), w.first, next.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.emergencies.Approve(t.Context(), w.second, next.ID)
	wantCode(t, err, model.CodeEmergencyExists)
	if n := w.count(t, "SELECT COUNT(*) FROM approvals WHERE subject_id = ? AND state = 'approved'", next.ID); n != 1 {
		t.Errorf("%d answers are kept of a start that failed", n)
	}
}

func TestWhatAnEmergencyMustSay(t *testing.T) {
	w := newWard(t)
	now := w.Clock.Now()
	for name, c := range map[string]struct {
		change func(*service.NewEmergency)
		caller *model.Caller
		want   model.Code // empty: may
	}{
		"thirty days to the millisecond": {func(e *service.NewEmergency) { e.EndsAt = now.Add(30 * 24 * time.Hour) }, w.author, ""},
		"a millisecond more":             {func(e *service.NewEmergency) { e.EndsAt = now.Add(30*24*time.Hour + time.Millisecond) }, w.author, model.CodeInvalid},
		"ends now":                       {func(e *service.NewEmergency) { e.EndsAt = now }, w.author, model.CodeInvalid},
		"a scope without this community": {func(e *service.NewEmergency) { e.Scope = []string{w.Harbour.ID} }, w.author, model.CodeInvalid},
		"a community twice":              {func(e *service.NewEmergency) { e.Scope = []string{w.Garden.ID, w.Garden.ID} }, w.author, model.CodeInvalid},
		"both communities":               {func(e *service.NewEmergency) { e.Scope = []string{w.Garden.ID, w.Harbour.ID} }, w.author, ""},
		"a community that is not":        {func(e *service.NewEmergency) { e.Scope = []string{w.Garden.ID, w.ID()} }, w.author, model.CodeNotFound},
		"fields beside own rules": {func(e *service.NewEmergency) {
			e.Fields, e.Rules = []string{service.FieldTravel}, []service.ColourRule{{ID: "x", Field: service.FieldTravel, Colour: admission.Red, ZH: "是", EN: "yes"}}
		}, w.author, model.CodeInvalid},
		"by a property manager": {func(*service.NewEmergency) {}, w.Manager(w.Garden), model.CodeNotFound},
		"by another committee":  {func(*service.NewEmergency) {}, w.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, w.ID()), model.CodeNotFound},
	} {
		in := w.order(7)
		c.change(&in)
		_, err := w.emergencies.Declare(t.Context(), c.caller, w.Garden.ID, in)
		if c.want == "" && err != nil || c.want != "" && (err == nil || model.CodeOf(err) != c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Many approve at the same time, each twice: exactly two answers count, of two people.
func TestApproversRace(t *testing.T) {
	w := newWard(t)
	e := w.declared(t, w.order(7))
	var all []*model.Caller
	for range 4 {
		all = append(all, w.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, w.Street.ID))
	}
	var wait sync.WaitGroup
	for _, who := range append(all, all...) {
		wait.Go(func() { _, _ = w.emergencies.Approve(t.Context(), who, e.ID) })
	}
	wait.Wait()
	got, err := w.emergencies.Get(t.Context(), w.author, e.ID)
	if err != nil || got.State != model.EmergencyActive || len(got.Approvals) != 2 || got.Approvals[0].DecidedBy == got.Approvals[1].DecidedBy {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM data_keys WHERE subject_id = ?", e.ID); n != 1 {
		t.Errorf("%d keys", n)
	}
}

func TestAnEmergencyEndsByItselfAtTheInstant(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	e := w.on(t, w.order(7))
	w.report(t, who, model.HealthAnswers{Exposure: yes()})
	w.Clock.Advance(model.FromMillis(e.EndsAt).Sub(w.Clock.Now()) - time.Millisecond)
	if n, err := w.emergencies.Lapse(t.Context()); err != nil || n != 0 {
		t.Fatalf("a millisecond before: %d, %v", n, err)
	}
	if _, err := w.health.Mine(t.Context(), who.Caller, service.Page{}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Millisecond)
	// At the instant itself nothing works any more, whether or not the job has run.
	_, err := w.health.Mine(t.Context(), who.Caller, service.Page{})
	wantCode(t, err, model.CodeNotInEmergency)
	_, err = w.health.Report(t.Context(), who.Caller, service.NewReport{Answers: model.HealthAnswers{TemperatureTenths: 365}})
	wantCode(t, err, model.CodeNotInEmergency)
	w.wantReason(t, who, admission.ReasonOK)
	if n, err := w.emergencies.Lapse(t.Context()); err != nil || n != 1 {
		t.Fatalf("at the instant: %d, %v", n, err)
	}
	if n, err := w.emergencies.Lapse(t.Context()); err != nil || n != 0 {
		t.Fatalf("again: %d, %v", n, err)
	}
	got, err := w.emergencies.Get(t.Context(), w.author, e.ID)
	if err != nil || got.State != model.EmergencyEnded || got.EndedBy != "clock" || got.KeyFingerprint == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	w.wantReason(t, who, admission.ReasonOK)
}

func TestARenewalMovesTheEnd(t *testing.T) {
	w := newWard(t)
	e := w.on(t, w.order(7))
	until := model.FromMillis(e.EndsAt)
	ask := func(ends time.Time) error {
		_, err := w.emergencies.Renew(t.Context(), w.author, e.ID, service.NewRenewal{EndsAt: ends, Reason: "仍未平息", ImpactAssessment: "PIA-2026-8"})
		return err
	}
	wantCode(t, ask(until), model.CodeInvalid)
	wantCode(t, ask(until.Add(30*24*time.Hour+time.Millisecond)), model.CodeInvalid)
	if err := ask(until.Add(30 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, ask(until.Add(time.Hour)), model.CodeConflict)
	_, err := w.emergencies.Approve(t.Context(), w.author, e.ID)
	wantCode(t, err, model.CodeSelfApproval)
	if _, err := w.emergencies.Approve(t.Context(), w.first, e.ID); err != nil {
		t.Fatal(err)
	}
	got, err := w.emergencies.Approve(t.Context(), w.second, e.ID)
	if err != nil || got.EndsAt != model.Millis(until.Add(30*24*time.Hour)) || got.Renewal != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if c, _ := w.Directory.Community(w.Garden.ID); c.Rules.EmergencyUntil != got.EndsAt {
		t.Error("the gates have the old end")
	}
	w.Clock.Advance(until.Sub(w.Clock.Now()))
	if n, err := w.emergencies.Lapse(t.Context()); err != nil || n != 0 {
		t.Errorf("at the old end: %d, %v", n, err)
	}
}

func TestADeclaredEmergencyIsCancelledOrLapses(t *testing.T) {
	w := newWard(t)
	e := w.declared(t, w.order(1))
	got, err := w.emergencies.End(t.Context(), w.first, e.ID, "误报")
	if err != nil || got.State != model.EmergencyCancelled {
		t.Fatalf("%+v, %v", got, err)
	}
	late := w.declared(t, w.order(1))
	w.Clock.Advance(24 * time.Hour)
	_, err = w.emergencies.Approve(t.Context(), w.first, late.ID)
	wantCode(t, err, model.CodeStateChanged, "lapsed")
	if n, err := w.emergencies.Lapse(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if got, _ = w.emergencies.Get(t.Context(), w.author, late.ID); got.State != model.EmergencyLapsed {
		t.Errorf("it is %s", got.State)
	}
}

func TestEveryResidentIsToldOnceAndRemindedOnce(t *testing.T) {
	w := newWard(t)
	who, other := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", true)
	w.tenant(t, w.Harbour, "1", "101", true)
	e := w.on(t, w.order(7))
	for _, want := range []int{2, 0} {
		if n, err := w.emergencies.Announce(t.Context(), store.Lease{}); err != nil || n != want {
			t.Fatalf("told %d, want %d (%v)", n, want, err)
		}
	}
	late := w.tenant(t, w.Garden, "1", "103", true)
	if n, err := w.emergencies.Announce(t.Context(), store.Lease{}); err != nil || n != 1 {
		t.Fatalf("told %d (%v)", n, err)
	}
	if n, err := w.emergencies.Remind(t.Context(), store.Lease{}); err != nil || n != 0 {
		t.Fatalf("reminded %d too early (%v)", n, err)
	}
	w.report(t, other, model.HealthAnswers{TemperatureTenths: 365})
	w.Clock.Advance(model.FromMillis(e.StartedAt).Add(24*time.Hour + time.Minute).Sub(w.Clock.Now()))
	w.report(t, other, model.HealthAnswers{TemperatureTenths: 366})
	for _, want := range []int{2, 0} {
		if n, err := w.emergencies.Remind(t.Context(), store.Lease{}); err != nil || n != want {
			t.Fatalf("reminded %d, want %d (%v)", n, want, err)
		}
	}
	for _, p := range []tenant{who, late} {
		messages, err := w.Store.View(t.Context()).MessagesOf(p.PersonID, "", false, 9)
		if err != nil || len(messages) != 2 || messages[0].Template != "health_report_due" || messages[1].Template != "emergency_started" {
			t.Errorf("messages: %v, %v", messages, err)
		}
	}
}
