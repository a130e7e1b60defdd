package store_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestOneOpenResidencyPerPersonAndHome(t *testing.T) {
	h := testkit.NewHouse(t)
	home, person := h.ID(), h.ID()
	create := func(household, who string) (string, error) {
		r := model.Residency{ID: h.ID(), CommunityID: h.Garden.ID, HouseholdID: household, PersonID: who,
			Relation: "owner", Status: model.ResidencyPending}
		return r.ID, h.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateResidency(r) })
	}
	first, err := create(home, person)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := create(home, person); model.CodeOf(err) != model.CodeConflict {
		t.Fatalf("a second open one: %v", err)
	}
	for _, other := range [][2]string{{h.ID(), person}, {home, h.ID()}} {
		if _, err := create(other[0], other[1]); err != nil {
			t.Fatal(err)
		}
	}
	move := func(community string, m store.ResidencyMove) (moved bool) {
		t.Helper()
		h.Update(t, func(tx *store.Tx) (err error) {
			moved, err = tx.MoveResidency(community, first, m)
			return err
		})
		return moved
	}
	approve := store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyActive, By: "x"}
	if move(h.Harbour.ID, approve) {
		t.Fatal("another community has moved it")
	}
	if !move(h.Garden.ID, approve) || move(h.Garden.ID, approve) {
		t.Fatal("a step is made once")
	}
	if _, err := create(home, person); model.CodeOf(err) != model.CodeConflict {
		t.Fatalf("an active one is open too: %v", err)
	}
	if !move(h.Garden.ID, store.ResidencyMove{From: model.ResidencyActive, To: model.ResidencyEnded, Reason: "已搬走"}) {
		t.Fatal("it does not end")
	}
	r, err := h.Store.View(t.Context()).Residency(h.Garden.ID, first)
	if err != nil || r.Status != "ended" || r.Reason != "已搬走" || r.DecidedBy != "x" || r.EndedAt == 0 {
		t.Fatalf("%+v (%v)", r, err)
	}
	if _, err := h.Store.View(t.Context()).OpenResidency(h.Garden.ID, home, person); !model.IsNotFound(err) {
		t.Fatalf("it is still open: %v", err)
	}
	if _, err := create(home, person); err != nil {
		t.Fatalf("after the end: %v", err)
	}
	if _, err := h.Store.View(t.Context()).Residency(h.Harbour.ID, first); !model.IsNotFound(err) {
		t.Fatalf("another community reads it: %v", err)
	}
}
