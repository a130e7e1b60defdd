package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func take(t testing.TB, s *store.Store, name, owner string, until time.Time) (store.Lease, bool) {
	t.Helper()
	var lease store.Lease
	var ok bool
	err := s.Update(context.Background(), func(tx *store.Tx) (err error) {
		lease, ok, err = tx.TakeLease(name, owner, model.Millis(until))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return lease, ok
}

func hold(s *store.Store, l store.Lease) error {
	return s.Update(context.Background(), func(tx *store.Tx) error { return tx.HoldLease(l) })
}

func TestALeaseHasOneHolder(t *testing.T) {
	clock := model.FrozenClock(testkit.Noon)
	s, _ := testkit.OpenStore(t, clock)
	for round := range 5 {
		var won atomic.Int32
		var fence atomic.Int64
		var wait sync.WaitGroup
		until := clock.Now().Add(time.Minute)
		for i := range 8 {
			wait.Go(func() {
				if l, ok := take(t, s, "seal", fmt.Sprint("replica-", i), until); ok {
					won.Add(1)
					fence.Store(l.Fence)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 || fence.Load() != int64(round+1) {
			t.Fatalf("round %d: %d won, fence %d", round, won.Load(), fence.Load())
		}
		clock.Advance(time.Minute)
	}
	if other, ok := take(t, s, "purge", "replica-1", clock.Now().Add(time.Minute)); !ok || other.Fence != 1 {
		t.Errorf("another job: %+v, %t", other, ok)
	}
}

func TestALeaseEndsOnTheMillisecond(t *testing.T) {
	clock := model.FrozenClock(testkit.Noon)
	s, _ := testkit.OpenStore(t, clock)
	first, _ := take(t, s, "seal", "replica-1", clock.Now().Add(time.Minute))
	clock.Advance(time.Minute - time.Millisecond)
	if _, ok := take(t, s, "seal", "replica-1", clock.Now().Add(time.Minute)); ok {
		t.Error("the holder took its own lease again")
	}
	if err := hold(s, first); err != nil {
		t.Errorf("in the last millisecond: %v", err)
	}
	clock.Advance(time.Millisecond)
	if err := hold(s, first); model.CodeOf(err) != model.CodeStateChanged {
		t.Errorf("after the end: %v", err)
	}
	if second, ok := take(t, s, "seal", "replica-2", clock.Now().Add(time.Minute)); !ok || second.Fence != 2 {
		t.Errorf("after the end: %+v, %t", second, ok)
	}
}

// A holder that was paused beyond the end of its lease writes nothing any more.
func TestAZombieWritesNothing(t *testing.T) {
	clock := model.FrozenClock(testkit.Noon)
	s, _ := testkit.OpenStore(t, clock)
	zombie, _ := take(t, s, "purge", "replica-1", clock.Now().Add(time.Minute))
	clock.Advance(2 * time.Minute)
	heir, _ := take(t, s, "purge", "replica-2", clock.Now().Add(time.Minute))
	write := func(l store.Lease, name string) error {
		return s.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.CreateStreet(model.Street{ID: model.NewID(clock.Now()), Name: name}); err != nil {
				return err
			}
			return tx.HoldLease(l)
		})
	}
	if err := write(zombie, "zombie"); model.CodeOf(err) != model.CodeStateChanged {
		t.Errorf("the zombie: %v", err)
	}
	if err := write(heir, "heir"); err != nil {
		t.Errorf("the heir: %v", err)
	}
	streets, err := s.View(t.Context()).Streets(store.PlaceScope{All: true}, "", 10)
	if err != nil || len(streets) != 1 || streets[0].Name != "heir" {
		t.Errorf("written %v, %v", streets, err)
	}
	if err := hold(s, store.Lease{}); err != nil {
		t.Errorf("work by hand: %v", err)
	}
	if err := hold(s, store.Lease{Name: "never", Fence: 1}); model.CodeOf(err) != model.CodeStateChanged {
		t.Errorf("a lease that nobody gave: %v", err)
	}
}
