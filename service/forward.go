package service

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// forwardPoll is how long an event waits at most before a worker sees it.
	forwardPoll = 200 * time.Millisecond
	// reapEvery is in polls: how often leases that ran out are taken back.
	reapEvery = 25
	// reapLimit bounds one statement of the reaper.
	reapLimit = 1000
	// claimLimit is how many deliveries one claim leases.
	claimLimit = 200
	// turnClaims bounds one turn of a recipient, so that others get theirs.
	turnClaims = 100
	// sendersEach is how many events of one recipient are under way at once.
	sendersEach = 8
	// recipientsAtOnce bounds how many recipients have a turn at once. One that
	// hangs gives its place back when its circuit opens.
	recipientsAtOnce = 64
	// leaseLife is how long a claimed delivery belongs to its worker.
	leaseLife = 60 * time.Second
	// sendLimit bounds one attempt, should the courier not end by itself. What
	// could outlive its lease is not begun.
	sendLimit = 20 * time.Second
	// stopGrace is how long attempts under way may go on after a stop: well below
	// what a process is given to end, since their leases are handed back after it.
	stopGrace = 4 * time.Second
)

// Forwarder brings the outbox to the recipients, at least once and each event
// with the same id. Any number of them may work on one database.
type Forwarder struct {
	Deps
	courier  Courier
	wake     chan struct{}
	mu       sync.Mutex
	busy     map[string]bool
	circuits map[string]*circuit
	failing  bool
}

// NewForwarder makes a forwarder; nothing is sent until Run or Pass.
func NewForwarder(d Deps, courier Courier) *Forwarder {
	return &Forwarder{Deps: d, courier: courier, wake: make(chan struct{}, 1),
		busy: map[string]bool{}, circuits: map[string]*circuit{}}
}

// Run forwards until ctx ends. Then nothing new is sent, what is under way may
// end within stopGrace, and what was leased and not sent is handed back.
func (f *Forwarder) Run(ctx context.Context) {
	var turns sync.WaitGroup
	defer turns.Wait()
	for n := 0; ctx.Err() == nil; n++ {
		if n%reapEvery == 0 {
			_, err := f.Reap(ctx)
			f.report(ctx, err)
		}
		f.report(ctx, f.begin(ctx, &turns))
		f.rest(ctx)
	}
}

// Pass is one round: it takes back lost leases, sends all that is due and waits
// until that is done.
func (f *Forwarder) Pass(ctx context.Context) error {
	if _, err := f.Reap(ctx); err != nil {
		return err
	}
	var turns sync.WaitGroup
	defer turns.Wait()
	return f.begin(ctx, &turns)
}

// Reap makes deliveries pending again whose worker did not finish within its
// lease, and says how many.
func (f *Forwarder) Reap(ctx context.Context) (int64, error) {
	recipients, err := f.Store.View(ctx).AllRecipientIDs()
	if err != nil || len(recipients) == 0 {
		return 0, err
	}
	for total := int64(0); ; {
		var n int64
		err := f.Store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.ReapDeliveries(recipients, reapLimit)
			return err
		})
		total += n
		if err != nil || n < reapLimit {
			return total, err
		}
	}
}

// Nudge says that a recipient has something new or is back: it is tried now.
func (f *Forwarder) Nudge(recipientID string) {
	f.mu.Lock()
	if c, ok := f.circuits[recipientID]; ok {
		c.hurry()
	}
	f.mu.Unlock()
	f.rouse()
}

// rouse ends the rest of Run.
func (f *Forwarder) rouse() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// rest waits for the next poll or a nudge.
func (f *Forwarder) rest(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, forwardPoll)
	defer cancel()
	select {
	case <-f.wake:
	case <-ctx.Done():
	}
}

// begin gives each recipient that has something due its turn, unless it has one.
func (f *Forwarder) begin(ctx context.Context, turns *sync.WaitGroup) error {
	due, err := f.Store.View(ctx).RecipientsDue()
	if err != nil {
		return err
	}
	// In a new order each time: when there are more than places, none is always last.
	rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	for _, id := range due {
		c, ok := f.enter(id)
		if !ok {
			continue
		}
		turns.Go(func() {
			more, err := f.serve(ctx, id, c)
			f.leave(id)
			f.report(ctx, err)
			if more && err == nil {
				f.rouse()
			}
		})
	}
	return nil
}

// enter takes a place for a recipient's turn.
func (f *Forwarder) enter(id string) (*circuit, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy[id] || len(f.busy) >= recipientsAtOnce {
		return nil, false
	}
	c := f.circuits[id]
	if c == nil {
		c = new(circuit)
	}
	if c.room(f.now()) == 0 {
		return nil, false
	}
	f.busy[id], f.circuits[id] = true, c
	return c, true
}

func (f *Forwarder) leave(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, id)
	if f.circuits[id].healthy() {
		delete(f.circuits, id)
	}
}

// report logs an outage of the database once.
func (f *Forwarder) report(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && !f.failing {
		f.Log.Warn("forwarding fails", "code", model.CodeOf(err))
	}
	f.failing = err != nil
}

// lingering is a context that ends some time after another one.
func lingering(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		_ = model.Wait(out, grace)
		cancel()
	})
	return out, func() {
		stop()
		cancel()
	}
}
