package house

import (
	"context"
	"log/slog"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// job is done again and again by one replica at a time.
type job struct {
	name   string
	period time.Duration
	pass   func(ctx context.Context, lease store.Lease) error
}

// jobs are what must be done from time to time.
func (h *House) jobs() ([]job, error) {
	purge, err := service.NewPurge(h.deps, 0)
	if err != nil {
		return nil, err
	}
	sealer := service.NewSealer(h.deps, service.DefaultPassageAge)
	return []job{
		{"seal", 5 * time.Second, func(ctx context.Context, _ store.Lease) error {
			for {
				if n, err := sealer.Seal(ctx); err != nil || n == 0 {
					return err
				}
			}
		}},
		{"purge", 10 * time.Minute, func(ctx context.Context, lease store.Lease) error {
			_, err := purge.Pass(ctx, lease)
			return err
		}},
		{"purge-deliveries", time.Hour, func(ctx context.Context, _ store.Lease) error {
			_, err := h.Services.Deliveries.PurgeDelivered(ctx, model.Millis(h.deps.Clock.Now().Add(-service.KeepDelivered)))
			return err
		}},
	}, nil
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
