package service

import (
	"context"
	"math/rand/v2"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// storeTries and storePause are how long results are kept through a short
	// outage of the database. Beyond that the leases run out and the events are
	// sent again, with the same ids.
	storeTries = 3
	storePause = 500 * time.Millisecond
	// storeLimit bounds one try; it also runs after a stop.
	storeLimit = 5 * time.Second
)

// keepBooks stores results beside the turn, so that the senders need not wait for
// it. After a failure the turn halts.
func (t *turn) keepBooks(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var failed error
	for done := range t.books {
		if err := t.store(ctx, done); err != nil {
			failed = err
			t.halted.Store(true)
		}
	}
	return failed
}

// store writes what became of some results, in one transaction.
func (t *turn) store(ctx context.Context, done []sendResult) error {
	sorted := t.sort(done)
	err := t.storeOnce(ctx, sorted)
	for try := 1; err != nil && try < storeTries; try++ {
		_ = model.Wait(ctx, storePause)
		err = t.storeOnce(ctx, sorted)
	}
	if err != nil || sorted.gone == nil {
		return err
	}
	// The memory of this replica stops making events; the feed tells the others.
	return t.Directory.LoadPlaces(ctx)
}

// lot are deliveries of one lease that share one fate.
type lot struct {
	owner  string
	status int
}

// sortedResults are results by what is written for them.
type sortedResults struct {
	delivered map[lot][]string
	unsent    map[string][]string // by owner
	shared    []model.Shared
	failed    []model.Delivery
	gone      *RecipientView
}

func (t *turn) sort(done []sendResult) sortedResults {
	out := sortedResults{delivered: map[lot][]string{}, unsent: map[string][]string{}}
	now := t.now()
	for _, r := range done {
		switch {
		case !r.tried:
			out.unsent[r.d.LeasedBy] = append(out.unsent[r.d.LeasedBy], r.d.ID)
		case r.outcome.Class == OutcomeDelivered:
			k := lot{r.d.LeasedBy, r.outcome.Status}
			out.delivered[k] = append(out.delivered[k], r.d.ID)
			if model.Accountable(r.d.Type) {
				out.shared = append(out.shared, t.shared(r))
			}
		default:
			out.failed = append(out.failed, judgeAttempt(r.d, r.outcome, now, rand.Float64()))
		}
		if r.tried && r.outcome.Class == OutcomeGone {
			out.gone = r.to
		}
	}
	return out
}

// storeOnce writes the results. A lease that somebody else holds by now matches
// no row: that worker's result counts. What was told was told all the same, so the
// ledger holds it whoever has the lease.
func (t *turn) storeOnce(ctx context.Context, s sortedResults) error {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	return t.Store.Update(ctx, func(tx *store.Tx) error {
		for k, ids := range s.delivered {
			if _, err := tx.MarkDelivered(k.owner, ids, k.status); err != nil {
				return err
			}
		}
		if err := tx.CreateShared(s.shared); err != nil {
			return err
		}
		for _, d := range s.failed {
			if _, err := tx.MarkFailed(d); err != nil {
				return err
			}
		}
		for owner, ids := range s.unsent {
			if _, err := tx.ReleaseDeliveries(owner, ids); err != nil {
				return err
			}
		}
		if s.gone == nil {
			return nil
		}
		return disableRecipient(tx, s.gone.Recipient)
	})
}

// disableRecipient stops a recipient that answered 410. What waits for it stays and is
// seen; staff may resume it.
func disableRecipient(tx *store.Tx, r model.Recipient) error {
	did, err := tx.MoveRecipient(r.CommunityID, r.ID, []string{model.StateActive, model.StatePaused}, model.StateDisabled)
	if err != nil || !did {
		return err
	}
	if err := tx.Audit(&model.Caller{Kind: model.CallerSystem}, r.CommunityID, "recipient.disable", "recipient", r.ID, nil); err != nil {
		return err
	}
	return tx.Changed(model.ChangeRecipient, r.CommunityID, r.ID)
}
