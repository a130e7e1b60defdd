package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Leases lets one replica at a time run a periodic job.
type Leases struct {
	Deps
	owner string
}

// NewLeases makes the leases of a replica, named by owner: at most 64 characters,
// unlike those of other replicas.
func NewLeases(d Deps, owner string) *Leases { return &Leases{Deps: d, owner: owner} }

// Once runs a job unless some replica has begun it less than period ago; ran says
// whether it did. The job is given until the end of the period. One that goes on
// beyond it, paused or cut off, finds by store.Tx.HoldLease that it was relieved.
func (l *Leases) Once(ctx context.Context, name string, period time.Duration, job func(context.Context, store.Lease) error) (ran bool, err error) {
	var lease store.Lease
	err = l.Store.Update(ctx, func(tx *store.Tx) (err error) {
		lease, ran, err = tx.TakeLease(name, l.owner, model.Millis(l.Clock.Now().Add(period)))
		return err
	})
	if err != nil || !ran {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, period)
	defer cancel()
	return true, job(ctx, lease)
}
