package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// ward is a house with working gates and the use cases of an emergency, three
// officers, and residents of the garden.
type ward struct {
	*testkit.Gatehouse
	emergencies  *service.Emergencies
	health       *service.Health
	restrictions *service.Restrictions
	residents    *service.Residents
	// author declares; first and second approve.
	author, first, second *model.Caller
	reader                *model.Caller
}

func newWard(t testing.TB) *ward {
	t.Helper()
	g := testkit.NewGatehouse(t)
	w := &ward{Gatehouse: g, emergencies: service.NewEmergencies(g.Deps), health: service.NewHealth(g.Deps),
		restrictions: service.NewRestrictions(g.Deps), residents: service.NewResidents(g.Deps, phones{})}
	w.author = g.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, g.Committee.ID)
	w.first = g.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, g.Committee.ID)
	w.second = g.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, g.Street.ID)
	w.reader = g.Reader(t, g.Garden.Entrance)
	return w
}

// tenant is a resident of the garden with a home, a pass and, if agreed, the consent
// to report.
type tenant struct {
	*model.Caller
	pass model.Pass
	home model.Household
}

func (w *ward) tenant(t testing.TB, c testkit.Community, building, room string, agreed bool) tenant {
	t.Helper()
	p := w.Person(t, "住户"+room, "")
	now := model.Millis(w.Clock.Now())
	out := tenant{Caller: &model.Caller{Kind: model.CallerPerson, AccountID: w.ID(), PersonID: p.ID, SessionID: w.ID()},
		home: model.Household{ID: w.ID(), CommunityID: c.ID, Building: building, Unit: "1", Room: room, CreatedAt: now}}
	r := model.Residency{ID: w.ID(), CommunityID: c.ID, HouseholdID: out.home.ID, PersonID: p.ID, Relation: "owner", Status: model.ResidencyActive, CreatedAt: now}
	out.pass = model.Pass{ID: w.ID(), Number: model.NewPassNumber(), CommunityID: c.ID, PersonID: p.ID, ResidencyID: r.ID, Kind: "resident",
		AccessGroup: 1, Building: building, State: model.PassActive, ValidFrom: now, CreatedAt: now}
	w.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(out.home); err != nil {
			return err
		}
		if err := tx.CreateResidency(r); err != nil {
			return err
		}
		if agreed {
			err := tx.CreateConsent(model.Consent{ID: w.ID(), PersonID: p.ID, Purpose: model.ConsentHealth, TextVersion: "1", TextHash: make([]byte, 32), Channel: "miniprogram", GivenAt: now})
			if err != nil {
				return err
			}
		}
		return tx.CreatePass(out.pass)
	})
	return out
}

func (w *ward) order(days time.Duration) service.NewEmergency {
	return service.NewEmergency{OrderNumber: "应急〔2026〕7号", Reason: "流感暴发", ImpactAssessment: "PIA-2026-7", EndsAt: w.Clock.Now().Add(days * 24 * time.Hour),
		ReportEveryHours: 24}
}

// declared is an emergency of the garden that waits for its approvers.
func (w *ward) declared(t testing.TB, in service.NewEmergency) service.EmergencyShown {
	t.Helper()
	e, err := w.emergencies.Declare(t.Context(), w.author, w.Garden.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// on is an active emergency of the garden.
func (w *ward) on(t testing.TB, in service.NewEmergency) service.EmergencyShown {
	t.Helper()
	e := w.declared(t, in)
	for _, who := range []*model.Caller{w.first, w.second} {
		var err error
		if e, err = w.emergencies.Approve(t.Context(), who, e.ID); err != nil {
			t.Fatal(err)
		}
	}
	if e.State != model.EmergencyActive {
		t.Fatalf("the emergency is %s", e.State)
	}
	return e
}

func (w *ward) report(t testing.TB, who tenant, a model.HealthAnswers) service.Reported {
	t.Helper()
	r, err := w.health.Report(t.Context(), who.Caller, service.NewReport{Answers: a})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shows is the answer of the entrance to the pass, at a window of its own.
func (w *ward) shows(t testing.TB, who tenant) service.ScanAnswer {
	t.Helper()
	return w.showsAt(t, who, 0)
}

func (w *ward) showsAt(t testing.TB, who tenant, tenths int) service.ScanAnswer {
	t.Helper()
	w.Clock.Advance(31 * time.Second)
	a, err := w.Gates.Scan(t.Context(), w.reader, service.Scan{ScanID: w.ID(), Code: w.Code(t, who.pass, w.Clock.Now()), Direction: admission.In,
		ScannedAt: w.Clock.Now(), TemperatureTenths: tenths})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *ward) wantReason(t testing.TB, who tenant, want admission.Reason) {
	t.Helper()
	if a := w.shows(t, who); a.Passage.Reason != string(want) {
		t.Fatalf("the gate says %s, want %s", a.Passage.Reason, want)
	}
}

// count is a number that only a look behind the store can give.
func (w *ward) count(t testing.TB, query string, args ...any) (n int64) {
	t.Helper()
	if err := w.Probe(t).QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func yes() *bool { b := true; return &b }
