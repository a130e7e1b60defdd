package store

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/oklog/ulid/v2"
)

// Recording is one passage to be kept, with what belongs to it.
type Recording struct {
	// Passage comes without an id; the recorder gives it.
	Passage model.Passage
	// ScanID makes the recording idempotent for the device; empty for none.
	ScanID string
	// Use is spent by an admission with a rotating code; nil otherwise.
	Use *model.Use
	// Lost is called when somebody else has spent the use, to turn an online
	// admission into a refusal. Nil for a passage decided offline: that stands,
	// and becomes part of a conflict.
	Lost func(*model.Passage)
	// Quota is what an admission counts against; nil when no quota holds.
	Quota *model.QuotaSpend
	// Full is called when the quota is spent, to turn an online admission into a
	// refusal. Nil for a passage decided offline: that stands.
	Full func(*model.Passage)
	// SpokenID is the spoken code that an admission spends; empty for none. Lost is
	// called as well when it has been spent or has run out.
	SpokenID string
	// Hand is what a guard said about a passage by hand; Audit is the guard who
	// recorded it: by hand, by camera or after a spoken code. Both are nil for a device's.
	Hand  *model.ManualPassage
	Audit *model.Caller
	// Reading is the temperature that was measured, sealed, without an id; nil for
	// none. It is kept only if its emergency is still active at the commit.
	Reading *model.Reading
	// Notable says that the reading changes how the pass is judged.
	Notable bool
	// Events makes the events that follow from the passage as it is finally
	// stored. It must be quick and touch nothing else.
	Events func(*model.Passage, *model.Conflict) []model.Delivery
}

// Recorded is what became of a Recording.
type Recorded struct {
	// Passage as stored: for a duplicate, as stored the first time.
	Passage   model.Passage
	Duplicate bool
	// ConflictID names the conflict that the passage is part of, if any.
	ConflictID string
}

// Recorder is the group-committing writer of passages: what arrives while one
// commit is under way becomes the next commit. Each caller is answered after the
// commit that holds its passage. One Run serves a process.
type Recorder struct {
	store   *Store
	queue   chan *ticket
	entropy *ulid.MonotonicEntropy
	pool    sync.Pool
}

type ticket struct {
	Recording
	result Recorded
	err    error
	done   chan struct{}
}

const (
	// batchLimit bounds one commit; beyond a few hundred rows a larger one gains nothing.
	batchLimit = 256
	// queueLimit bounds what waits: beyond it callers are told to come again.
	queueLimit = 4096
	// commitLimit bounds one commit, so that a hanging database is an answer too.
	commitLimit = 3 * time.Second
)

// NewRecorder makes a recorder; nothing is kept until Run.
func NewRecorder(s *Store) *Recorder {
	return &Recorder{store: s, queue: make(chan *ticket, queueLimit),
		// Each batch counts up from its own random start, so that its ids enclose
		// no passage of another replica.
		entropy: ulid.Monotonic(rand.Reader, 1)}
}

// Record queues r and waits for its commit. When ctx ends first the outcome is
// unknown to the caller, who asks again with the same scan id. Errors:
// overloaded, unavailable, storage_full, timeout.
func (r *Recorder) Record(ctx context.Context, rec Recording) (Recorded, error) {
	t := r.ticket(rec)
	select {
	case r.queue <- t:
		return r.wait(ctx, t)
	default:
		return Recorded{}, model.FailLater(model.CodeOverloaded, 1)
	}
}

// RecordAll queues many recordings in order and waits for them all; results and
// errors stand in the order of the recordings. It waits for room in the queue.
func (r *Recorder) RecordAll(ctx context.Context, all []Recording) ([]Recorded, []error) {
	results, errs := make([]Recorded, len(all)), make([]error, len(all))
	queued := make([]*ticket, 0, len(all))
	for i := range all {
		t := r.ticket(all[i])
		select {
		case r.queue <- t:
			queued = append(queued, t)
			continue
		case <-ctx.Done():
		}
		for j := i; j < len(all); j++ {
			errs[j] = translate(ctx.Err())
		}
		break
	}
	for i, t := range queued {
		results[i], errs[i] = r.wait(ctx, t)
	}
	return results, errs
}

func (r *Recorder) ticket(rec Recording) *ticket {
	t, _ := r.pool.Get().(*ticket)
	if t == nil {
		t = &ticket{done: make(chan struct{}, 1)}
	}
	t.Recording = rec
	return t
}

// wait takes the answer. A ticket whose caller went away stays with the committer
// and is not used again.
func (r *Recorder) wait(ctx context.Context, t *ticket) (Recorded, error) {
	select {
	case <-t.done:
		result, err := t.result, t.err
		t.Recording, t.result, t.err = Recording{}, Recorded{}, nil
		r.pool.Put(t)
		return result, err
	case <-ctx.Done():
		return Recorded{}, translate(ctx.Err())
	}
}

// Run commits until ctx ends and what was queued by then is stored.
func (r *Recorder) Run(ctx context.Context) {
	batch := make([]*ticket, 0, batchLimit)
	for {
		batch = batch[:0]
		select {
		case t := <-r.queue:
			batch = append(batch, t)
		case <-ctx.Done():
			for len(r.queue) > 0 {
				r.commit(r.drain(batch[:0]))
			}
			return
		}
		r.commit(r.drain(batch))
	}
}

func (r *Recorder) drain(batch []*ticket) []*ticket {
	for len(batch) < batchLimit {
		select {
		case t := <-r.queue:
			batch = append(batch, t)
		default:
			return batch
		}
	}
	return batch
}

// commit stores a batch, and, when that fails for a reason that may lie in one
// row, its tickets one by one, so that a poison row harms only itself.
func (r *Recorder) commit(batch []*ticket) {
	if len(batch) == 0 {
		return
	}
	err := r.store.retry(func(ctx context.Context) error { return r.try(ctx, batch) })
	if err != nil && len(batch) > 1 && !hopeless(err) {
		for _, t := range batch {
			one := []*ticket{t}
			t.err = translate(r.store.retry(func(ctx context.Context) error { return r.try(ctx, one) }))
			t.done <- struct{}{}
		}
		return
	}
	for _, t := range batch {
		t.err = translate(err)
		t.done <- struct{}{}
	}
}

// hopeless reports errors that would hit each row alike.
func hopeless(err error) bool {
	return full(err) || away(err) || interrupted(err) || errors.Is(err, context.DeadlineExceeded)
}

// retry gives each attempt commitLimit and repeats after a deadlock.
func (s *Store) retry(fn func(ctx context.Context) error) error {
	for try := 1; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
		err := fn(ctx)
		cancel()
		if err == nil || !retryable(err) || try == attempts {
			return err
		}
	}
}

func (r *Recorder) try(ctx context.Context, batch []*ticket) error {
	if r.store.dialect == SQLite {
		r.store.writing.Lock()
		defer r.store.writing.Unlock()
	}
	tx, err := r.store.record.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // a no-op after Commit
	w := &batchWrite{ctx: ctx, tx: tx, store: r.store, entropy: r.entropy, now: r.store.clock.Now()}
	if err := w.run(batch); err != nil {
		return err
	}
	return tx.Commit()
}
