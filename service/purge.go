package service

import (
	"context"
	"fmt"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// DefaultPassageAge is how long passages are kept unless the operator says
// otherwise; leastPassageAge is what a slip of the pen cannot go below.
const (
	DefaultPassageAge = 30 * 24 * time.Hour
	leastPassageAge   = 24 * time.Hour
)

// Ages at which other rows go. Replicas poll changes every quarter of a second, so
// an hour is plenty. A scan may be uploaded again, and a use be found spent twice,
// for as long as a gate may have been without the network.
const (
	scanIDAge    = 7 * 24 * time.Hour
	useAge       = 7 * 24 * time.Hour
	changeAge    = time.Hour
	failureAge   = 24 * time.Hour
	sessionAge   = 7 * 24 * time.Hour
	enrolmentAge = 24 * time.Hour
)

// expiryChunk is how many rows one transaction drops, so that nobody waits for it.
const expiryChunk = 5000

// Purge drops what has reached the end of its time, never earlier.
type Purge struct {
	Deps
	passages time.Duration
}

// NewPurge makes the purge of a replica. passages is how long passages are kept, 0
// for DefaultPassageAge; less than a day is refused.
func NewPurge(d Deps, passages time.Duration) (*Purge, error) {
	if passages == 0 {
		passages = DefaultPassageAge
	}
	if passages < leastPassageAge {
		return nil, model.Invalid(model.FieldError{Field: "passages", Code: "range", Limit: leastPassageAge.String()})
	}
	return &Purge{Deps: d, passages: passages}, nil
}

// Purged says how many rows of a kind were dropped.
type Purged struct {
	Kind  string
	Count int64
}

// Pass drops all that is due, in chunks, until nothing is left or ctx ends. It may
// be run again at any time. Each chunk makes sure of the lease; with the zero
// Lease it runs as a person's own command.
func (p *Purge) Pass(ctx context.Context, lease store.Lease) ([]Purged, error) {
	var out []Purged
	for _, job := range p.jobs() {
		n, err := p.drain(ctx, lease, job.drop)
		out = append(out, Purged{job.kind, n})
		if err != nil {
			return out, fmt.Errorf("purge of %s: %w", job.kind, err)
		}
	}
	return out, nil
}

type purgeJob struct {
	kind string
	// drop drops at most about expiryChunk rows and says how many.
	drop func(tx *store.Tx) (int64, error)
}

func (p *Purge) jobs() []purgeJob {
	now := p.Clock.Now()
	before := func(age time.Duration) int64 { return model.Millis(now.Add(-age)) }
	expired := func(kind string, e store.Expiring, below int64) purgeJob {
		return purgeJob{kind, func(tx *store.Tx) (int64, error) { return tx.PurgeExpired(e, below, expiryChunk) }}
	}
	return []purgeJob{
		{"passages", func(tx *store.Tx) (int64, error) { return tx.PurgePassages(before(p.passages), expiryChunk) }},
		expired("scan_ids", store.ExpiringScanIDs, before(scanIDAge)),
		expired("uses", store.ExpiringUses, int64(passcode.WindowAt(now.Add(-useAge)))),
		expired("changes", store.ExpiringChanges, before(changeAge)),
		expired("idempotency_keys", store.ExpiringAnswers, before(0)),
		expired("sign_in_failures", store.ExpiringFailures, before(failureAge)),
		expired("refresh_tokens", store.ExpiringRefreshTokens, before(sessionAge)),
		expired("sessions", store.ExpiringSessions, before(sessionAge)),
		expired("gate_enrolments", store.ExpiringEnrolments, before(enrolmentAge)),
	}
}

// drain repeats a chunk until one is not full.
func (p *Purge) drain(ctx context.Context, lease store.Lease, drop func(tx *store.Tx) (int64, error)) (int64, error) {
	var total int64
	for {
		var n int64
		err := p.Store.Update(ctx, func(tx *store.Tx) (err error) {
			if err = tx.HoldLease(lease); err != nil {
				return err
			}
			n, err = drop(tx)
			return err
		})
		if err != nil {
			return total, err
		}
		if total += n; n < expiryChunk {
			return total, nil
		}
	}
}
