package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// job is done again and again by one replica at a time.
type job struct {
	name   string
	period time.Duration
	pass   pass
}

// jobs are what must be done from time to time.
func (h *House) jobs() ([]job, error) {
	purge, err := service.NewPurge(h.deps, h.cfg.Retention)
	if err != nil {
		return nil, err
	}
	sealer := service.NewSealer(h.deps, h.cfg.Retention.Passages)
	leases, names := service.NewLeaseEnds(h.deps), service.NewNameIndex(h.deps)
	s := &h.Services
	jobs := []job{
		{"expire-commands", 2 * time.Second, counted(s.Commands.Expire)},
		{"device-health", 5 * time.Second, leased(s.Devices.Watch)},
		{"seal", 5 * time.Second, drained(sealer.Seal)},
		{"anchor", 5 * time.Second, counted(s.Anchors.Pass)},
		{"end-leases", 5 * time.Second, drained(leases.Pass)},
		{"warn-leases", 10 * time.Minute, drained(leases.Warn)},
		{"index-names", time.Minute, drained(names.Fill)},
		{"visit-ladder", 2 * time.Second, alone(s.Visits.Climb)},
		{"visits", 5 * time.Second, alone(s.Visits.Follow)},
		{"incidents", 2 * time.Second, s.Incidents.Consider},
		{"incident-ladder", 5 * time.Second, alone(s.Incidents.Escalate)},
		{"rule-watch", 10 * time.Second, alone(s.Rules.Watch)},
		{"urgent-notices", 2 * time.Second, s.Notices.TellUrgent},
		{"passage-days", 10 * time.Minute, counted(s.Statistics.CountDays)},
		{"erase-loose", time.Hour, counted(s.Closings.EraseLoose)},
		{"purge", 10 * time.Minute, leased(purge.Pass)},
		{"purge-visits", time.Hour, leased(s.Visits.Purge)},
		{"recipients-alive", time.Minute, counted(s.Recipients.KeepAlive)},
		{"purge-deliveries", time.Hour, func(ctx context.Context, _ store.Lease) error {
			_, err := s.Deliveries.PurgeDelivered(ctx, model.Millis(h.deps.Clock.Now().Add(-service.KeepDelivered)))
			return err
		}},
		{"health-clock", 5 * time.Second, func(ctx context.Context, _ store.Lease) error {
			_, lapsed := s.Emergencies.Lapse(ctx)
			_, lifted := s.Restrictions.AutoLift(ctx)
			_, expired := s.Restrictions.Expire(ctx)
			return errors.Join(lapsed, lifted, expired)
		}},
		{"health-destroy", 10 * time.Second, leased(s.Emergencies.Destroy)},
		{"health-tell", 30 * time.Second, func(ctx context.Context, lease store.Lease) error {
			_, told := s.Emergencies.Announce(ctx, lease)
			_, reminded := s.Emergencies.Remind(ctx, lease)
			return errors.Join(told, reminded)
		}},
	}
	if h.SIP != nil && h.SIP.Upper() != nil {
		jobs = append(jobs, job{"alarms-up", 2 * time.Second, h.reportAlarms})
	}
	if h.cfg.AnchorFile != "" {
		jobs = append(jobs, h.anchorFile())
	}
	return jobs, nil
}

// pass is one pass of a job.
type pass = func(ctx context.Context, lease store.Lease) error

// alone is a pass that does all there is to do and looks at no lease.
func alone(do func(ctx context.Context) error) pass {
	return func(ctx context.Context, _ store.Lease) error { return do(ctx) }
}

// counted is a pass that says how much it did.
func counted[N any](do func(ctx context.Context) (N, error)) pass {
	return func(ctx context.Context, _ store.Lease) error {
		_, err := do(ctx)
		return err
	}
}

// drained is a pass in bounded steps, until one finds nothing.
func drained(do func(ctx context.Context) (int, error)) pass {
	return func(ctx context.Context, _ store.Lease) error {
		for {
			if n, err := do(ctx); err != nil || n == 0 {
				return err
			}
		}
	}
}

// leased is a pass that makes sure of its lease and says how much it did.
func leased[N any](do func(ctx context.Context, lease store.Lease) (N, error)) pass {
	return func(ctx context.Context, lease store.Lease) error {
		_, err := do(ctx, lease)
		return err
	}
}

// anchorFile copies anchors out of the database. Replicas have a file each, unless
// they share a folder: then they share the lease as well.
func (h *House) anchorFile() job {
	path, err := filepath.Abs(h.cfg.AnchorFile)
	if err != nil {
		path = h.cfg.AnchorFile
	}
	machine, _ := os.Hostname()
	name := "anchor-file-" + gm.HashToken(machine + "\x00" + path)[:16]
	return job{name, 5 * time.Second, func(ctx context.Context, _ store.Lease) error {
		_, err := h.Services.Anchors.Copy(ctx, anchor.File{Path: path})
		return err
	}}
}

// WorkOff does one pass of every job now, as a person's own command would: for a
// clock that was moved. It goes on after a job that fails.
func (h *House) WorkOff(ctx context.Context) error {
	jobs, err := h.jobs()
	if err != nil {
		return err
	}
	var failed []error
	for _, j := range jobs {
		if err := j.pass(ctx, store.Lease{}); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", j.name, err))
		}
	}
	return errors.Join(failed...)
}

// loop repeats the job. A failing one is logged once, until it succeeds again.
func (j job) loop(log *slog.Logger, leases *service.Leases) Loop {
	return Loop{j.name, func(ctx context.Context) {
		failing := false
		for model.Wait(ctx, j.period) == nil {
			_, err := leases.Once(ctx, j.name, j.period, j.pass)
			if err != nil && !failing && ctx.Err() == nil {
				log.Warn("job failed", "job", j.name, "code", model.CodeOf(err))
			}
			failing = err != nil
		}
	}}
}
