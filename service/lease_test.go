package service_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestAJobRunsOncePerPeriod(t *testing.T) {
	h := testkit.NewHouse(t)
	const replicas, periods = 4, 6
	var runs, skipped atomic.Int32
	for range periods {
		var wait sync.WaitGroup
		for i := range replicas {
			leases := service.NewLeases(h.Deps, fmt.Sprint("replica-", i))
			wait.Go(func() {
				ran, err := leases.Once(context.Background(), "job", time.Minute, func(context.Context, store.Lease) error {
					runs.Add(1)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if !ran {
					skipped.Add(1)
				}
			})
		}
		wait.Wait()
		h.Clock.Advance(time.Minute)
	}
	if runs.Load() != periods || skipped.Load() != periods*(replicas-1) {
		t.Errorf("%d runs, %d skipped", runs.Load(), skipped.Load())
	}
}

func TestAJobIsToldItsLimitAndItsLease(t *testing.T) {
	h := testkit.NewHouse(t)
	leases := service.NewLeases(h.Deps, "replica-1")
	trouble := errors.New("trouble")
	ran, err := leases.Once(t.Context(), "job", time.Minute, func(ctx context.Context, l store.Lease) error {
		if _, limited := ctx.Deadline(); !limited {
			t.Error("the job has no limit")
		}
		if l.Name != "job" || l.Fence != 1 {
			t.Errorf("the lease is %+v", l)
		}
		return trouble
	})
	if !ran || !errors.Is(err, trouble) {
		t.Errorf("ran %t, %v", ran, err)
	}
}

// A purge that was paused beyond its lease leaves the work to the next one.
func TestAZombiePurgeDropsNothing(t *testing.T) {
	h := testkit.NewHouse(t)
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{}))
	h.Update(t, func(tx *store.Tx) error { return tx.Changed(model.ChangeKeys, "", "x") })
	left := func() int {
		return len(mustDo[[]model.Change](t)(h.Store.View(t.Context()).ChangesAfter(0, 100)))
	}
	run := func(replica string, paused time.Duration) error {
		_, err := service.NewLeases(h.Deps, replica).Once(t.Context(), "purge", time.Minute, func(ctx context.Context, l store.Lease) error {
			h.Clock.Advance(paused)
			_, err := purge.Pass(ctx, l)
			return err
		})
		return err
	}
	refusedAs(t, run("replica-1", 2*time.Hour), model.CodeStateChanged)
	if n := left(); n != 1 {
		t.Errorf("after the zombie %d changes are left", n)
	}
	if err := run("replica-2", 0); err != nil {
		t.Error(err)
	}
	if n := left(); n != 0 {
		t.Errorf("after the heir %d changes are left", n)
	}
}
