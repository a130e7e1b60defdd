package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// visiting is a house whose gates work, with one home in the garden, 1-1-101, where
// three adults live who can be asked in turn, and a helper who cannot.
type visiting struct {
	*testkit.Gatehouse
	visits      *service.Visits
	home        model.Household
	entry       string
	owner       *model.Caller
	tenant      *model.Caller
	family      *model.Caller
	helper      *model.Caller
	guard       *model.Caller
	manager     *model.Caller
	committeeOf *model.Caller
}

func newVisiting(t testing.TB) *visiting {
	t.Helper()
	g := testkit.NewGatehouse(t)
	w := &visiting{Gatehouse: g, visits: service.NewVisits(g.Deps, service.NewCodes(g.Deps), "https://pass.example")}
	w.home = w.household(t, "101")
	w.owner, w.tenant = w.member(t, w.home, "owner"), w.member(t, w.home, "tenant")
	w.family, w.helper = w.member(t, w.home, "family"), w.member(t, w.home, "helper")
	w.guard = g.StaffCaller(model.RoleGuard, model.ScopeCommunity, g.Garden.ID)
	w.manager = g.Manager(g.Garden)
	w.committeeOf = g.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, g.Committee.ID)
	w.entry = model.NewCode(22)
	w.Update(t, func(tx *store.Tx) error {
		return tx.CreateEntryCode(model.EntryCode{Code: w.entry, CommunityID: g.Garden.ID, GateID: g.Garden.Entrance.ID, CreatedAt: 1})
	})
	return w
}

func (w *visiting) household(t testing.TB, room string) model.Household {
	t.Helper()
	home := model.Household{ID: w.ID(), CommunityID: w.Garden.ID, Building: "1", Unit: "1", Room: room, CreatedAt: 1}
	w.Update(t, func(tx *store.Tx) error { return tx.CreateHousehold(home) })
	return home
}

// member makes a person live in a home, and gives the caller.
func (w *visiting) member(t testing.TB, home model.Household, relation string) *model.Caller {
	t.Helper()
	p := w.Person(t, "某"+relation, "")
	r := model.Residency{ID: w.ID(), CommunityID: home.CommunityID, HouseholdID: home.ID, PersonID: p.ID, Relation: relation,
		Status: model.ResidencyActive, CreatedAt: model.Millis(w.Clock.Now())}
	w.Update(t, func(tx *store.Tx) error { return tx.CreateResidency(r) })
	return &model.Caller{Kind: model.CallerPerson, AccountID: w.ID(), PersonID: p.ID, SessionID: w.ID()}
}

// ask asks at the entrance for the home in a room.
func (w *visiting) ask(t testing.TB, kind model.VisitKind, room string) (service.Admitted, *model.Caller) {
	t.Helper()
	a, err := w.visits.Ask(context.Background(), w.entry, service.Asking{Kind: kind, Name: "来客人", Phone: "13900000009", Building: "1号楼", Unit: "1单元", Room: room, Plate: "京A12345"})
	if err != nil {
		t.Fatal(err)
	}
	return a, visitCaller(a)
}

func visitCaller(a service.Admitted) *model.Caller {
	return &model.Caller{Kind: model.CallerVisit, AccountID: a.ID, PersonID: a.VisitorID, VisitID: a.ID}
}

// pass moves the clock and lets the jobs have their turn.
func (w *visiting) after(t testing.TB, d time.Duration) {
	t.Helper()
	w.Clock.Advance(d)
	if err := w.visits.Climb(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.visits.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// stands insists on a state, and on who is asked.
func (w *visiting) stands(t testing.TB, id string, state model.VisitState, asked ...string) {
	t.Helper()
	v, err := w.Store.View(t.Context()).Visit(id)
	if err != nil {
		t.Fatal(err)
	}
	if v.State != state {
		t.Fatalf("the visit is %s (%s), want %s", v.State, v.Reason, state)
	}
	if asked == nil {
		return
	}
	pending, err := w.Store.View(t.Context()).PendingApprovals([]string{id})
	if err != nil {
		t.Fatal(err)
	}
	got := pending[id]
	if len(got) != len(asked) {
		t.Fatalf("%d are asked, want %v: %+v", len(got), asked, got)
	}
	for i, a := range got {
		if who := string(a.Answerer) + a.PersonID; who != asked[i] {
			t.Fatalf("asked is %s, want %s", who, asked[i])
		}
	}
}

func host(c *model.Caller) string { return "host" + c.PersonID }

// rules sets a chain for a kind.
func (w *visiting) rules(t testing.TB, kind model.VisitKind, fallback model.VisitFallback, steps ...model.VisitStep) {
	t.Helper()
	before, err := w.visits.Rules(t.Context(), w.manager, w.Garden.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.visits.SetRules(t.Context(), w.manager, w.Garden.ID, before.Version, []model.VisitRule{{Kind: kind, AtGate: true, Steps: steps,
		GuardMinutes: 10, Fallback: fallback, MaxParty: 5, MaxHours: 24}})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *visiting) told(t testing.TB, who *model.Caller, template string) int {
	t.Helper()
	all, err := w.Store.View(t.Context()).MessagesOf(who.PersonID, "", false, 100)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range all {
		if m.Template == template {
			n++
		}
	}
	return n
}

// at moves the clock to an instant.
func (w *visiting) at(at time.Time) { w.Clock.Advance(at.Sub(w.Clock.Now())) }
