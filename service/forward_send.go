package service

import (
	"context"
	"math/rand/v2"

	"communitypass.cn/communitypass/model"
)

// send is one sender: it tries what it is given until there is no more.
func (t *turn) send(ctx context.Context) {
	for p := range t.parcels {
		t.results <- t.try(ctx, p)
	}
}

// try makes one attempt, unless the turn was halted, the recipient was paused
// meanwhile, or the attempt could outlive its lease.
func (t *turn) try(ctx context.Context, p parcel) sendResult {
	r := sendResult{parcel: p}
	started := t.now()
	now := t.present(p.to)
	if t.halted.Load() || p.d.LeasedUntil-started < sendLimit.Milliseconds() || now.State == model.StatePaused {
		return r
	}
	d := p.d
	var err error
	if d.Body, err = now.cut(d.Type, d.Body); err != nil {
		r.tried, r.outcome = true, DeliveryOutcome{Class: OutcomePermanent, Detail: "body_invalid"}
		return r
	}
	if d.Body, err = t.consented(ctx, now, d); err != nil {
		return r // nobody knows whether it may leave: it waits
	}
	attempt, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	r.outcome = t.courier.Send(attempt, p.to.Recipient, d)
	r.told, r.body = now, d.Body
	// An attempt that our own stop cut off says nothing about the recipient.
	r.tried = r.outcome.answered() || ctx.Err() == nil
	if r.tried {
		t.learn(r.outcome, started)
	}
	return r
}

// learn keeps the other senders from a recipient that is gone or does not answer.
func (t *turn) learn(o DeliveryOutcome, started int64) {
	now := t.now()
	t.circuit.note(o, started, now, rand.Float64())
	if o.Class == OutcomeGone || t.circuit.room(now) == 0 {
		t.halted.Store(true)
	}
}

// present is a claimed recipient as this replica's memory has it, where a pause and
// a narrower policy hold at once; as it was claimed when memory knows nothing newer.
func (f *Forwarder) present(claimed *RecipientView) *RecipientView {
	c, ok := f.Directory.Community(claimed.CommunityID)
	if !ok {
		return claimed
	}
	for i := range c.Recipients {
		if r := &c.Recipients[i]; r.ID == claimed.ID && r.PolicyVersion >= claimed.PolicyVersion {
			return r
		}
	}
	return claimed
}
