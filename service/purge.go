package service

import (
	"context"
	"fmt"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// Ages at which other rows go. Replicas poll changes every quarter of a second, so
// an hour is plenty. A scan may be uploaded again, and a use be found spent twice,
// for as long as a gate may have been without the network.
const (
	scanIDAge    = 7 * 24 * time.Hour
	useAge       = 7 * 24 * time.Hour
	quotaAge     = 9 * 24 * time.Hour // whole days of any zone beside the seven
	changeAge    = time.Hour
	failureAge   = 24 * time.Hour
	sessionAge   = 7 * 24 * time.Hour
	enrolmentAge = 24 * time.Hour
	messageAge   = 90 * 24 * time.Hour
	spokenAge    = 24 * time.Hour
	findingAge   = 3 * 365 * day
	shiftAge     = 180 * day
	exportAge    = 3 * 365 * day
	// sharedAge is what the regulation on network data asks for, article 12.
	sharedAge = 3 * 365 * day
)

// expiryChunk is how many rows one transaction drops, so that nobody waits for it.
const expiryChunk = 1000

// longestRest bounds the pause after a chunk.
const longestRest = time.Second

// Purge drops what has reached the end of its time, never earlier.
type Purge struct {
	Deps
	keep  Retention
	chunk int
	rest  func(ctx context.Context, d time.Duration) error
}

// NewPurge makes the purge of a replica. Errors: invalid for a retention that is
// out of bounds.
func NewPurge(d Deps, keep Retention) (*Purge, error) {
	settled, err := keep.Settled()
	return &Purge{Deps: d, keep: settled, chunk: expiryChunk, rest: model.Wait}, err
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
		return purgeJob{kind, func(tx *store.Tx) (int64, error) { return tx.PurgeExpired(e, below, p.chunk) }}
	}
	return []purgeJob{
		{"passages", func(tx *store.Tx) (int64, error) { return tx.PurgePassages(before(p.keep.Passages), p.chunk) }},
		expired("device_commands", store.ExpiringCommands, before(p.keep.Passages)),
		expired("device_events", store.ExpiringDeviceEvents, before(p.keep.Passages)),
		expired("lift_calls", store.ExpiringLiftCalls, before(p.keep.Passages)),
		expired("lift_rights", store.ExpiringLiftRights, before(p.keep.Passages)),
		expired("lift_grants", store.ExpiringLiftGrants, before(p.keep.Passages)),
		expired("scan_ids", store.ExpiringScanIDs, before(scanIDAge)),
		expired("uses", store.ExpiringUses, int64(passcode.WindowAt(now.Add(-useAge)))),
		expired("quota_slots", store.ExpiringQuotas, int64(passcode.DayAt(now.Add(-quotaAge)))),
		expired("changes", store.ExpiringChanges, before(changeAge)),
		expired("idempotency_keys", store.ExpiringAnswers, before(0)),
		expired("sign_in_failures", store.ExpiringFailures, before(failureAge)),
		expired("refresh_tokens", store.ExpiringRefreshTokens, before(sessionAge)),
		expired("sessions", store.ExpiringSessions, before(sessionAge)),
		{"messages", func(tx *store.Tx) (int64, error) { return tx.PurgeMessages(before(messageAge), expiryChunk) }},
		{"notices", func(tx *store.Tx) (int64, error) { return tx.PurgeNotices(before(keepNotice), noticeChunk) }},
		{"incidents", func(tx *store.Tx) (int64, error) { return tx.PurgeIncidents(before(p.keep.Incidents), p.chunk) }},
		expired("duty_shifts", store.ExpiringShifts, before(shiftAge)),
		expired("handovers", store.ExpiringHandovers, before(shiftAge)),
		expired("gate_enrolments", store.ExpiringEnrolments, before(enrolmentAge)),
		expired("spoken_codes", store.ExpiringSpoken, before(spokenAge)),
		expired("access_log", store.ExpiringLooks, before(p.keep.AccessLog)),
		expired("sharing_ledger", store.ExpiringShared, before(sharedAge)),
		expired("privacy_findings", store.ExpiringFindings, before(findingAge)),
		expired("exports", store.ExpiringExports, before(exportAge)),
		expired("data_exports", store.ExpiringDataExports, before(dataExportsWithin)),
		expired("consents", store.ExpiringConsents, before(p.keep.Consents)),
		expired("declined residencies", store.ExpiringDeclined, before(p.keep.Declined)),
		expired("roster_imports", store.ExpiringImports, before(p.keep.RosterImports)),
	}
}

// drain repeats a chunk until one is not full, and rests after each for as long as
// it took: gates write to the same database, and a purge that never paused would
// take what it can get of it. On a slow or busy one a chunk takes longer, and so
// does the rest.
func (p *Purge) drain(ctx context.Context, lease store.Lease, drop func(tx *store.Tx) (int64, error)) (int64, error) {
	var total int64
	for {
		var n int64
		took := model.Stopwatch()
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
		if total += n; n < int64(p.chunk) {
			return total, nil
		}
		if err := p.rest(ctx, min(took(), longestRest)); err != nil {
			return total, model.FailLater(model.CodeTimeout, 1, err)
		}
	}
}
