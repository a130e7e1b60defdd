package service_test

import (
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// 赵秀兰 lives alone and has no phone: staff register her, and her card opens.
func TestARegisteredResidentHasACard(t *testing.T) {
	w := newWays(t)
	residencies := service.NewResidencies(w.Deps)
	v, err := residencies.Register(t.Context(), w.Manager(w.Garden), w.Garden.ID,
		service.Register{HouseholdID: w.home.ID, Name: "赵秀兰", Relation: "owner", AgeGroup: model.AgeElder})
	if err != nil || v.Status != model.ResidencyActive || v.NameMasked != "赵**" {
		t.Fatalf("%+v, %v", v, err)
	}
	card := w.asked()
	card.ResidencyID = v.ID
	_, code := w.card(t, card)
	w.shows(t, w.Reader(t, w.Garden.Entrance), code, "admit", "ok")
	if _, err := residencies.End(t.Context(), w.Manager(w.Garden), w.Garden.ID, v.ID, "搬走"); err != nil {
		t.Fatal(err)
	}
	w.reload(t)
	w.shows(t, w.Reader(t, w.Garden.Entrance), code, "refuse", "revoked")
}

func TestRegisteringTakesTheRoster(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	manager := e.Manager(e.Garden)
	in := service.Register{HouseholdID: e.home.ID, Name: "王芳", Relation: "owner"}
	if _, err := e.residencies.Register(t.Context(), manager, e.Garden.ID, in); err != nil {
		t.Fatal(err)
	}
	_, err := e.residencies.Register(t.Context(), manager, e.Garden.ID, in)
	wantCode(t, err, model.CodeResidencyExists, model.ResidencyActive)
	// The entry is spent: who comes later with that phone waits for staff.
	e.mustClaim(t, e.resident(t, "", phoneWang), e.wang(), model.ResidencyPending)
	for name, c := range map[string]struct {
		by   *model.Caller
		in   service.Register
		code model.Code
	}{
		"staff of elsewhere":    {e.Manager(e.Harbour), in, model.CodeNotFound},
		"a guard":               {e.StaffCaller(model.RoleGuard, model.ScopeCommunity, e.Garden.ID), in, model.CodeNotFound},
		"a home that is not":    {manager, service.Register{HouseholdID: e.ID(), Name: "某某", Relation: "owner"}, model.CodeNotFound},
		"a name that is no one": {manager, service.Register{HouseholdID: e.home.ID, Name: " · ", Relation: "owner"}, model.CodeInvalid},
	} {
		if _, err := e.residencies.Register(t.Context(), c.by, e.Garden.ID, c.in); model.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of many who register one entry of the roster at once, one takes it.
func TestOneEntryIsTakenOnce(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	manager, wang := e.Manager(e.Garden), e.resident(t, "", phoneWang)
	var wait sync.WaitGroup
	var claimed service.ResidencyView
	wait.Go(func() {
		_, _ = e.residencies.Register(t.Context(), manager, e.Garden.ID, service.Register{HouseholdID: e.home.ID, Name: "王芳", Relation: "owner"})
	})
	wait.Go(func() { claimed, _ = e.residencies.Claim(t.Context(), wang, e.wang()) })
	wait.Wait()
	list, err := e.residencies.List(t.Context(), manager, e.Garden.ID, model.ResidencyActive, service.Page{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("%d active residencies, the claim is %q: %v", len(list.Items), claimed.Status, err)
	}
}
