package service_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// ways is a gatehouse with one home, 3-1-1201, where 单小明 lives and carries his
// mother, and a guard.
type ways struct {
	*testkit.Gatehouse
	cards     *service.Cards
	spoken    *service.Spoken
	lookups   *service.Lookups
	home      model.Household
	residency model.Residency
	person    model.Person
	pass      model.Pass
	mother    model.Person
	guard     *model.Caller
}

func newWays(t testing.TB) *ways {
	t.Helper()
	g := testkit.NewGatehouse(t)
	w := &ways{Gatehouse: g, cards: service.NewCards(g.Deps), spoken: service.NewSpoken(g.Deps), lookups: service.NewLookups(g.Deps)}
	now := model.Millis(g.Clock.Now())
	w.home = model.Household{ID: g.ID(), CommunityID: g.Garden.ID, Building: "3", Unit: "1", Room: "1201", CreatedAt: now}
	w.person, w.mother = g.Person(t, "单小明", "13800000009"), g.Person(t, "赵秀英", "")
	w.residency = model.Residency{ID: g.ID(), CommunityID: g.Garden.ID, HouseholdID: w.home.ID, PersonID: w.person.ID, Relation: "owner",
		Status: model.ResidencyActive, CreatedAt: now}
	w.pass = model.Pass{ID: g.ID(), Number: model.NewPassNumber(), CommunityID: g.Garden.ID, PersonID: w.person.ID, ResidencyID: w.residency.ID,
		Kind: "resident", AccessGroup: 1, Building: "3", State: model.PassActive, ValidFrom: now, CreatedAt: now}
	g.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(w.home); err != nil {
			return err
		}
		if err := tx.CreateResidency(w.residency); err != nil {
			return err
		}
		if err := tx.CreateDependant(model.Dependant{ID: g.ID(), CommunityID: g.Garden.ID, HouseholdID: w.home.ID, CarerID: w.person.ID,
			PersonID: w.mother.ID, Relation: "elder", CreatedAt: now}); err != nil {
			return err
		}
		return tx.CreatePass(w.pass)
	})
	w.guard = g.StaffCaller(model.RoleGuard, model.ScopeCommunity, g.Garden.ID)
	return w
}

func (w *ways) resident() *model.Caller {
	return &model.Caller{Kind: model.CallerPerson, AccountID: w.person.ID, PersonID: w.person.ID}
}

// reload is what the feed does on a replica within a quarter of a second.
func (w *ways) reload(t testing.TB) {
	t.Helper()
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *ways) asked() service.NewCard {
	return service.NewCard{ResidencyID: w.residency.ID, GateIDs: []string{w.Garden.Entrance.ID}, LastDay: "2026-11-23"}
}

// card makes a card and gives its code.
func (w *ways) card(t testing.TB, in service.NewCard) (service.CardView, string) {
	t.Helper()
	v, err := w.cards.Issue(t.Context(), w.Manager(w.Garden), w.Garden.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	w.reload(t)
	sheet, err := w.cards.Sheet(t.Context(), w.Manager(w.Garden), w.Garden.ID, v.Card.PassID)
	if err != nil {
		t.Fatal(err)
	}
	return v, sheet.Card.Code
}

func (w *ways) shows(t testing.TB, reader *model.Caller, code, decision, reason string) {
	t.Helper()
	a := w.Scan(t, reader, code, admission.In).Passage
	if a.Decision != decision || a.Reason != reason {
		t.Fatalf("the gate says %s, %s; want %s, %s", a.Decision, a.Reason, decision, reason)
	}
}

func TestAHandAdmitsWithAReason(t *testing.T) {
	w := newWays(t)
	front := w.Garden.Entrance.ID
	e := service.ManualEntry{PassID: w.pass.ID, Direction: admission.In, Reason: "phone_dead", Note: "13900001111 的手机没电", ScanID: "m1"}
	a, err := w.Gates.Manual(t.Context(), w.guard, front, e)
	if err != nil || a.Passage.Decision != "admit" || a.Passage.Reason != "manual" || a.Passage.PassNumber != w.pass.Number {
		t.Fatalf("the hand gives %+v (%v)", a.Passage, err)
	}
	if again, err := w.Gates.Manual(t.Context(), w.guard, front, e); err != nil || again.Passage.ID != a.Passage.ID {
		t.Fatalf("sent again it is %+v (%v)", again.Passage, err)
	}
	entries, err := w.Store.View(t.Context()).AuditEntries(w.Garden.ID, "", 10)
	if err != nil || entries[0].Action != "passage.manual" || entries[0].ActorID != w.guard.AccountID || strings.Contains(entries[0].Detail, "139") {
		t.Fatalf("the log says %+v (%v)", entries, err)
	}
	if _, err := w.Gates.Manual(t.Context(), w.guard, front, service.ManualEntry{Direction: admission.In, Reason: "emergency_service"}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Gates.Manual(t.Context(), w.guard, front, service.ManualEntry{Direction: admission.In, Reason: "other"})
	wantCode(t, err, model.CodeInvalid)
	harbour := w.Pass(t, w.Harbour, w.Person(t, "何雨桐", ""))
	_, err = w.Gates.Manual(t.Context(), w.guard, front, service.ManualEntry{PassID: harbour.ID, Direction: admission.In, Reason: "elder"})
	wantCode(t, err, model.CodeNotFound)
	_, err = w.Gates.Manual(t.Context(), w.guard, w.Harbour.Entrance.ID, service.ManualEntry{Direction: admission.In, Reason: "elder"})
	wantCode(t, err, model.CodeNotFound)
}

func TestAHandIsWarned(t *testing.T) {
	w := newWays(t)
	w.Update(t, func(tx *store.Tx) error {
		_, err := tx.WithdrawPasses(w.Garden.ID, w.residency.ID, "moved_out")
		return err
	})
	e := service.ManualEntry{PassID: w.pass.ID, Direction: admission.In, Reason: "no_phone"}
	_, err := w.Gates.Manual(t.Context(), w.guard, w.Garden.Entrance.ID, e)
	wantCode(t, err, model.CodeOverrideRequired, "revoked")
	e.Override = true
	_, err = w.Gates.Manual(t.Context(), w.guard, w.Garden.Entrance.ID, e)
	wantCode(t, err, model.CodeInvalid)
	e.Note = "来搬最后的家具"
	if _, err = w.Gates.Manual(t.Context(), w.guard, w.Garden.Entrance.ID, e); err != nil {
		t.Fatal(err)
	}
	e = service.ManualEntry{PassID: w.pass.ID, Direction: admission.Out, Reason: "no_phone"} // an exit never locks
	if _, err = w.Gates.Manual(t.Context(), w.guard, w.Garden.Entrance.ID, e); err != nil {
		t.Fatal(err)
	}
}

func TestSealsHoldForPassagesByHand(t *testing.T) {
	w := newWays(t)
	w.Scan(t, w.Reader(t, w.Garden.Entrance), w.Code(t, w.pass, w.Clock.Now()), admission.In)
	if _, err := w.Gates.Manual(t.Context(), w.guard, w.Garden.Back.ID, service.ManualEntry{PassID: w.pass.ID, Direction: admission.Out, Reason: "child"}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	sealer := service.NewSealer(w.Deps, 0)
	mustDo[int](t)(sealer.Seal(t.Context()))
	if report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil)); report.Break != nil || report.Passages != 2 {
		t.Fatalf("the chain says %+v", report)
	}
}

func (w *ways) find(t testing.TB, initial byte) []service.FoundPerson {
	t.Helper()
	found, err := w.lookups.Find(t.Context(), w.guard, w.Garden.ID, service.Doorstep{Building: "3号楼", Unit: "1单元", Room: "1201室", Initial: initial})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAGuardFindsWhomHeIsTold(t *testing.T) {
	w := newWays(t)
	found := w.find(t, 's') // 单 as a surname is Shàn
	if len(found) != 1 || found[0].NameMasked != "单**" || found[0].PassID != w.pass.ID || found[0].Standing != service.PassValid {
		t.Fatalf("found %+v", found)
	}
	if found := w.find(t, 'Z'); len(found) != 1 || found[0].NameMasked != "赵**" || found[0].PassID != "" || found[0].Standing != "none" {
		t.Fatalf("found %+v", found)
	}
	in := w.asked()
	in.PersonID = w.mother.ID
	card, _ := w.card(t, in)
	if found := w.find(t, 'z'); len(found) != 1 || found[0].PassID != card.Card.PassID || found[0].Standing != service.PassValid {
		t.Fatalf("with a card alone she is %+v", found)
	}
	if found := w.find(t, 'd'); len(found) != 0 {
		t.Fatalf("found %+v", found)
	}
	_, err := w.lookups.Find(t.Context(), w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Harbour.ID), w.Garden.ID,
		service.Doorstep{Building: "3", Unit: "1", Room: "1201", Initial: 's'})
	wantCode(t, err, model.CodeNotFound)
	for range 26 {
		w.find(t, 'd')
	}
	_, err = w.lookups.Find(t.Context(), w.guard, w.Garden.ID, service.Doorstep{Building: "3", Unit: "1", Room: "1201", Initial: 's'})
	wantCode(t, err, model.CodeRateLimited)
	w.Clock.Advance(10 * time.Minute)
	w.find(t, 's')
}
