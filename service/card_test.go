package service_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestACardIsBoundToItsGates(t *testing.T) {
	w := newWays(t)
	front, back := w.Reader(t, w.Garden.Entrance), w.Reader(t, w.Garden.Back)
	v, code := w.card(t, w.asked())
	if v.NameMasked != "单**" || v.Standing != service.PassValid || v.DailyCap != admission.DefaultCardQuota || len(v.Gates) != 1 {
		t.Fatalf("the card is %+v", v)
	}
	w.shows(t, back, code, "refuse", "wrong_gate")
	w.shows(t, front, code, "admit", "ok")
	w.shows(t, front, code, "refuse", "used")
	w.Clock.Advance(time.Minute)
	w.shows(t, front, code, "admit", "ok")
	if again, err := w.cards.Sheet(t.Context(), w.Manager(w.Garden), w.Garden.ID, v.Card.PassID); err != nil || again.Card.Code != code {
		t.Errorf("the card is signed anew when it is printed again (%v)", err)
	}
	if v.Card.Code == "" || strings.Contains(fmt.Sprintf("%v %+v %#v", v.Card, v.Card, v.Card), code) {
		t.Error("a careless log line shows the code")
	}
}

// A card is good to the last moment of its last day in Beijing, and no longer.
func TestACardEndsAtMidnight(t *testing.T) {
	w := newWays(t)
	front := w.Reader(t, w.Garden.Entrance)
	_, code := w.card(t, w.asked())
	midnight := time.Date(2026, 11, 24, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))
	w.Clock.Advance(midnight.Add(-time.Millisecond).Sub(w.Clock.Now()))
	w.shows(t, front, code, "admit", "ok")
	w.Clock.Advance(time.Millisecond)
	w.shows(t, front, code, "refuse", "pass_expired")
}

func TestACardCanBeRevokedAndReplaced(t *testing.T) {
	w := newWays(t)
	front, manager, cid := w.Reader(t, w.Garden.Entrance), w.Manager(w.Garden), w.Garden.ID
	v, code := w.card(t, w.asked())
	w.shows(t, front, code, "admit", "ok")
	other, err := w.cards.Reissue(t.Context(), manager, cid, v.Card.PassID, "遗失")
	if err != nil || other.Card.ReplacesID != v.Card.PassID || len(other.Gates) != 1 || other.LastDay != v.LastDay {
		t.Fatalf("the new card is %+v (%v)", other, err)
	}
	w.Clock.Advance(time.Minute)
	w.shows(t, front, code, "refuse", "revoked")
	_, err = w.cards.Revoke(t.Context(), manager, cid, v.Card.PassID, "again")
	wantCode(t, err, model.CodeStateChanged, "withdrawn")
	_, err = w.cards.Reissue(t.Context(), manager, cid, v.Card.PassID, "again")
	wantCode(t, err, model.CodeStateChanged, "withdrawn")
	_, err = w.cards.Sheet(t.Context(), manager, cid, v.Card.PassID)
	wantCode(t, err, model.CodePassInvalid, "withdrawn")

	mine, err := w.cards.Own(t.Context(), w.resident(), service.Page{})
	if err != nil || len(mine.Items) != 2 || mine.Items[0].Card.PassID != other.Card.PassID || mine.Items[0].Card.Code != "" {
		t.Fatalf("own cards are %+v (%v)", mine, err)
	}
	stranger := w.Person(t, "何雨桐", "13800000008")
	_, err = w.cards.RevokeOwn(t.Context(), &model.Caller{Kind: model.CallerPerson, PersonID: stranger.ID}, other.Card.PassID)
	wantCode(t, err, model.CodeNotFound)
	lost, err := w.cards.RevokeOwn(t.Context(), w.resident(), other.Card.PassID)
	if err != nil || lost.Standing != service.PassWithdrawn || lost.Reason() != "lost" {
		t.Fatalf("the lost card is %+v (%v)", lost, err)
	}
}

func TestACardGoesWithTheResidency(t *testing.T) {
	w := newWays(t)
	front := w.Reader(t, w.Garden.Entrance)
	_, own := w.card(t, w.asked())
	in := w.asked()
	in.PersonID = w.mother.ID
	v, carried := w.card(t, in)
	if v.NameMasked != "赵**" {
		t.Fatalf("the card is of %s", v.NameMasked)
	}
	w.shows(t, front, carried, "admit", "ok")
	if _, err := service.NewResidencies(w.Deps).End(t.Context(), w.Manager(w.Garden), w.Garden.ID, w.residency.ID, "已搬走"); err != nil {
		t.Fatal(err)
	}
	w.shows(t, front, own, "refuse", "revoked")
	w.Clock.Advance(time.Minute)
	w.shows(t, front, carried, "refuse", "revoked")
	_, err := w.cards.Issue(t.Context(), w.Manager(w.Garden), w.Garden.ID, w.asked())
	wantCode(t, err, model.CodeStateChanged, "ended")
}

func TestNobodyHoldsThreeCards(t *testing.T) {
	w := newWays(t)
	manager, cid := w.Manager(w.Garden), w.Garden.ID
	var mu sync.Mutex
	made, errs := []string{}, []error{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			v, err := w.cards.Issue(context.Background(), manager, cid, w.asked())
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made = append(made, v.Card.PassID)
			} else {
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	if len(made) != model.CardsPerPerson {
		t.Fatalf("%d cards were made: %v", len(made), errs)
	}
	for _, err := range errs {
		wantCode(t, err, model.CodeCardLimit)
	}
	list, err := w.cards.List(t.Context(), manager, cid, w.residency.ID, service.Page{})
	if err != nil || len(list.Items) != model.CardsPerPerson {
		t.Fatalf("the list has %d cards (%v)", len(list.Items), err)
	}
	w.Clock.Advance(48 * time.Hour) // they have run out, so that there is room again
	in := w.asked()
	in.LastDay = "2026-11-30"
	w.card(t, in)
}

func TestWhatNoCardIsMadeFor(t *testing.T) {
	w := newWays(t)
	manager, cid := w.Manager(w.Garden), w.Garden.ID
	for name, c := range map[string]struct {
		change func(*service.NewCard)
		code   model.Code
	}{
		"a day that is past":              {func(n *service.NewCard) { n.LastDay = "2026-11-21" }, model.CodeInvalid},
		"more than a year":                {func(n *service.NewCard) { n.LastDay = "2027-11-23" }, model.CodeInvalid},
		"no such day":                     {func(n *service.NewCard) { n.LastDay = "2026-02-30" }, model.CodeInvalid},
		"a gate of another community":     {func(n *service.NewCard) { n.GateIDs = []string{w.Harbour.Entrance.ID} }, model.CodeInvalid},
		"somebody who is not carried":     {func(n *service.NewCard) { n.PersonID = w.ID() }, model.CodeInvalid},
		"a residency that does not exist": {func(n *service.NewCard) { n.ResidencyID = w.ID() }, model.CodeNotFound},
	} {
		in := w.asked()
		c.change(&in)
		_, err := w.cards.Issue(t.Context(), manager, cid, in)
		if model.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	for last, ok := range map[string]bool{"2026-11-22": true, "2027-11-22": true} {
		in := w.asked()
		in.LastDay = last
		if _, err := w.cards.Issue(t.Context(), manager, cid, in); (err == nil) != ok {
			t.Errorf("a card until %s: %v", last, err)
		}
	}
	_, err := w.cards.Issue(t.Context(), w.Manager(w.Harbour), cid, w.asked())
	wantCode(t, err, model.CodeNotFound)
	_, err = w.cards.Issue(t.Context(), w.guard, cid, w.asked())
	wantCode(t, err, model.CodeNotFound)
	v := func() service.CardView {
		l, _ := w.cards.List(t.Context(), manager, cid, "", service.Page{})
		return l.Items[0]
	}()
	_, err = w.cards.Sheet(t.Context(), w.Manager(w.Harbour), w.Harbour.ID, v.Card.PassID)
	wantCode(t, err, model.CodeNotFound)
	_, err = service.NewCodes(w.Deps).Issue(t.Context(), w.resident(), v.Card.PassID, 1)
	wantCode(t, err, model.CodePassInvalid, "card")
}
