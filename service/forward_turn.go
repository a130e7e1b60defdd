package service

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	// turnTick is how long a result waits at most to be stored, and how often a
	// turn that hangs on few slow attempts looks for more.
	turnTick = 100 * time.Millisecond
	// senderQueue keeps the senders busy while the turn talks to the database.
	senderQueue = claimLimit
)

// turn works off what one recipient has due: claim, send with a few senders at
// once, store results many at a time. One goroutine owns it; the senders only
// take parcels and give results, the bookkeeper only takes results.
type turn struct {
	*Forwarder
	recipientID string
	circuit     *circuit
	parcels     chan parcel
	results     chan sendResult
	books       chan []sendResult
	halted      atomic.Bool // senders give back what they have not begun

	queue    []parcel     // claimed, waiting for a sender
	inFlight int          // with the senders
	done     []sendResult // waiting for the bookkeeper
	claims   int
	more     bool // the last claim was full: more may be due
	failed   error
}

// parcel is a leased delivery and the recipient as it was when it was claimed.
type parcel struct {
	to *RecipientView
	d  model.Delivery
}

// sendResult is a parcel that came back: tried, or not sent at all.
type sendResult struct {
	parcel
	tried   bool
	outcome DeliveryOutcome
	// told is the recipient under whose policy it was sent, body what the format was
	// given.
	told *RecipientView
	body string
}

// serve runs a turn to its end and says whether it ended with more to do. It
// fails when the database does; leases then run out by themselves.
func (f *Forwarder) serve(ctx context.Context, recipientID string, c *circuit) (more bool, err error) {
	t := &turn{Forwarder: f, recipientID: recipientID, circuit: c, more: true, parcels: make(chan parcel, senderQueue),
		results: make(chan sendResult, claimLimit), books: make(chan []sendResult)}
	sending, cancel := lingering(ctx, stopGrace)
	defer cancel()
	var helpers sync.WaitGroup
	for range sendersEach {
		helpers.Go(func() { t.send(sending) })
	}
	var lost error
	helpers.Go(func() { lost = t.keepBooks(ctx) })
	t.run(ctx)
	close(t.parcels)
	close(t.books)
	helpers.Wait()
	return t.more && !t.halted.Load(), errors.Join(t.failed, lost)
}

// run owns the turn. It returns when nothing is claimed any more, all of it with
// the bookkeeper.
func (t *turn) run(ctx context.Context) {
	tick := time.NewTicker(turnTick)
	defer tick.Stop()
	stop := ctx.Done()
	ripe := false
	for {
		t.refill(ctx)
		if t.inFlight == 0 && len(t.queue) == 0 {
			if len(t.done) > 0 {
				t.books <- t.done
			}
			return
		}
		out, next := t.next()
		var books chan<- []sendResult
		if len(t.done) >= claimLimit || ripe && len(t.done) > 0 {
			books = t.books
		}
		select {
		case out <- next:
			t.queue = t.queue[1:]
			t.inFlight++
		case r := <-t.results:
			t.inFlight--
			t.take(r)
		case books <- t.done:
			t.done, ripe = nil, false
		case <-tick.C:
			t.more, ripe = true, true
		case <-stop:
			stop = nil
			t.halt()
		}
	}
}

// next is the head of the queue and where it goes, or nowhere.
func (t *turn) next() (chan<- parcel, parcel) {
	if len(t.queue) == 0 {
		return nil, parcel{}
	}
	return t.parcels, t.queue[0]
}

// refill claims the next deliveries before the senders run out of them. While
// the circuit is open a single one is claimed, when nothing else is under way.
func (t *turn) refill(ctx context.Context) {
	if !t.more || t.halted.Load() || t.claims >= turnClaims || len(t.queue) > 0 {
		return
	}
	limit := t.circuit.room(t.now())
	if limit == 0 || limit < claimLimit && t.inFlight > 0 {
		return
	}
	t.claims++
	got, err := t.claim(ctx, limit)
	if err != nil {
		t.failed = err
		t.halt()
		return
	}
	t.more = len(got) == limit
	t.queue = got
}

// claim leases deliveries under a token of their own, which fences this claim off
// from any later one.
func (t *turn) claim(ctx context.Context, limit int) ([]parcel, error) {
	now := t.Clock.Now()
	claim, err := t.Store.ClaimDeliveries(ctx, t.recipientID, model.NewID(now), model.Millis(now.Add(leaseLife)), limit)
	if err != nil || len(claim.Deliveries) == 0 {
		return nil, err
	}
	to := viewRecipient(claim.Recipient)
	out := make([]parcel, len(claim.Deliveries))
	for i, d := range claim.Deliveries {
		out[i] = parcel{to: &to, d: d}
	}
	return out, nil
}

// take takes a result back. A sender has halted the turn already where the
// recipient is not to be tried any further.
func (t *turn) take(r sendResult) {
	t.done = append(t.done, r)
	if t.halted.Load() {
		t.halt()
	}
}

// halt ends the turn: what has not been begun is handed back.
func (t *turn) halt() {
	t.halted.Store(true)
	for _, p := range t.queue {
		t.done = append(t.done, sendResult{parcel: p})
	}
	t.queue = nil
}
