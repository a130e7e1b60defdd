package service_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// TestForwardTakesOverFromADeadWorker is F37: a worker that died after its claim,
// or after it sent, is replaced when its lease runs out, and can no longer mark.
func TestForwardTakesOverFromADeadWorker(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 10)
	until := model.Millis(p.Clock.Now().Add(time.Minute))
	dead, err := p.Store.ClaimDeliveries(t.Context(), r.ID, "dead-worker", until, 4)
	if err != nil || len(dead.Deliveries) != 4 {
		t.Fatalf("%+v, %v", dead, err)
	}
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 6, "leased": 4})
	p.Clock.Advance(time.Minute)
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 6, "leased": 4})
	p.Clock.Advance(time.Millisecond)
	if n, err := p.Forwarder.Reap(t.Context()); n != 4 || err != nil {
		t.Fatalf("%d taken back, %v", n, err)
	}
	again, err := p.Store.ClaimDeliveries(t.Context(), r.ID, "next-worker", model.Millis(p.Clock.Now().Add(time.Minute)), 4)
	if err != nil || len(again.Deliveries) != 4 {
		t.Fatalf("%+v, %v", again, err)
	}
	// The first worker was only slow: its lease is no longer the one that counts.
	d := dead.Deliveries[0]
	d.State, d.Attempts = model.DeliveryDead, 1
	err = p.Store.Update(t.Context(), func(tx *store.Tx) error {
		if n, err := tx.MarkDelivered("dead-worker", []string{d.ID}, 200); n != 0 || err != nil {
			t.Errorf("marked %d, %v", n, err)
		}
		if did, err := tx.MarkFailed(d); did || err != nil {
			t.Errorf("marked %v, %v", did, err)
		}
		if n, err := tx.ReleaseDeliveries("dead-worker", []string{d.ID}); n != 0 || err != nil {
			t.Errorf("released %d, %v", n, err)
		}
		n, err := tx.MarkDelivered("next-worker", []string{d.ID}, 200)
		if n != 1 {
			t.Errorf("the owner marked %d", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestForwardHandsBackWhatALeaseIsTooShortFor: a slow recipient never makes a
// worker send what another one may hold by then.
func TestForwardHandsBackWhatALeaseIsTooShortFor(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 60)
	var mu sync.Mutex
	seen := map[string]int{}
	p.answer = func(_ context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		mu.Lock()
		defer mu.Unlock()
		seen[d.ID]++
		p.Clock.Advance(3 * time.Second) // each attempt takes that long
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	for range 20 {
		p.pass(t)
	}
	p.wantStates(t, r, map[string]int{"delivered": 60})
	for id, n := range seen {
		if n != 1 {
			t.Fatalf("%s was sent %d times", id, n)
		}
	}
}

// TestTwoForwardersShareTheWork holds laws L2 and L3 with a recipient that fails
// at random, also after it took the event in: every event is delivered, and no
// event is taken twice unless the recipient's answer was lost.
func TestTwoForwardersShareTheWork(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	recipients := []service.RecipientShown{p.recipient(t, p.Garden), p.recipient(t, p.Harbour)}
	for _, r := range recipients {
		p.emit(t, r, 300)
	}
	var mu sync.Mutex
	bodies, accepted, lost := map[string]string{}, map[string]int{}, map[string]int{}
	p.answer = func(_ context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		fate := rand.IntN(10)
		if fate == 0 {
			return unavailable
		}
		mu.Lock()
		defer mu.Unlock()
		if body, before := bodies[d.ID]; before && body != d.Body {
			t.Errorf("%s came with another body", d.ID)
		}
		bodies[d.ID] = d.Body
		if fate == 1 {
			lost[d.ID]++
			return service.DeliveryOutcome{Class: service.OutcomeRetry, Detail: "connection_cut"}
		}
		accepted[d.ID]++
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	workers := []*service.Forwarder{p.Forwarder, service.NewForwarder(p.Deps, p.courier)}
	for round := 0; round < 60; round++ {
		var both sync.WaitGroup
		for _, w := range workers {
			both.Go(func() {
				if err := w.Pass(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if p.states(t, recipients[0])["delivered"] == 300 && p.states(t, recipients[1])["delivered"] == 300 {
			break
		}
		// Time moves between the passes only, so that no lease runs out.
		p.Clock.Advance(time.Hour)
	}
	for _, r := range recipients {
		p.wantStates(t, r, map[string]int{"delivered": 300})
	}
	if len(bodies) != 600 {
		t.Errorf("%d ids received, want 600", len(bodies))
	}
	for id, n := range accepted {
		if n != 1 {
			t.Errorf("%s was accepted %d times", id, n)
		}
	}
	t.Logf("%d answers were lost", len(lost))
}

// TestClaimsNeverOverlap: many workers claim at once; each row has one owner.
func TestClaimsNeverOverlap(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 600)
	until := model.Millis(p.Clock.Now().Add(time.Minute))
	var mu sync.Mutex
	owners := map[string]string{}
	var all sync.WaitGroup
	for w := range 6 {
		all.Go(func() {
			for i := range 40 {
				owner := string(rune('a'+w)) + string(rune('A'+i))
				claim, err := p.Store.ClaimDeliveries(context.Background(), r.ID, owner, until, 25)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, d := range claim.Deliveries {
					if owners[d.ID] != "" {
						t.Errorf("%s belongs to %s and %s", d.ID, owners[d.ID], owner)
					}
					owners[d.ID] = owner
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(owners) != 600 {
		t.Errorf("%d claimed, want 600", len(owners))
	}
	for _, d := range p.stream(t, r) {
		if d.LeasedBy != owners[d.ID] {
			t.Errorf("%s is %s's, claimed by %s", d.ID, d.LeasedBy, owners[d.ID])
		}
	}
}
