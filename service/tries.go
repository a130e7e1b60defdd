package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// tryBound is how many tries of one kind are free within a window that slides.
type tryBound struct {
	// kind and of say what is tried and who or what tries; only a keyed digest of
	// them is kept.
	kind, of string
	n        int
}

// holdTry counts a try before it is made and answers rate_limited, with the seconds
// until another is free, when that is one too many. Counting first is what bounds
// tries that come at once. A try that was refused here does not count, so a bound
// never renews itself; one that turned out well is given back by releaseTry.
func (d *Deps) holdTry(ctx context.Context, window time.Duration, bounds ...tryBound) (held []string, err error) {
	now := d.Clock.Now()
	failures := make([]store.SignInFailure, len(bounds))
	for i, b := range bounds {
		failures[i] = store.SignInFailure{ID: model.NewID(now), Bucket: failureBucket(d.Directory.Ring(), b.kind, b.of), At: model.Millis(now)}
		held = append(held, failures[i].ID)
	}
	if err := d.Store.Update(ctx, func(tx *store.Tx) error { return tx.AddSignInFailures(failures) }); err != nil {
		return nil, err
	}
	tx := d.Store.View(ctx)
	var until int64
	for i, b := range bounds {
		// The own try is among them, so that the bound is missed by one more.
		at, err := tx.NthSignInFailure(failures[i].Bucket, model.Millis(now.Add(-window)), b.n+1)
		if err != nil {
			return nil, err
		}
		if at != 0 {
			until = max(until, at+window.Milliseconds())
		}
	}
	if until == 0 {
		return held, nil
	}
	if err := d.releaseTry(ctx, held); err != nil {
		return nil, err
	}
	return nil, model.FailLater(model.CodeRateLimited, int(max(until-model.Millis(now), 0)/1000)+1)
}

// releaseTry takes back a try that was held.
func (d *Deps) releaseTry(ctx context.Context, held []string) error {
	return d.Store.Update(ctx, func(tx *store.Tx) error { return tx.RemoveSignInFailures(held) })
}
