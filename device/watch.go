package device

import (
	"context"
	"log/slog"
	"time"

	"communitypass.cn/communitypass/model"
)

// watchEvery is how often silence is looked for.
const watchEvery = 5 * time.Second

// Supervise looks for silence until its context ends.
func Supervise(ctx context.Context, look func(context.Context)) {
	for model.Wait(ctx, watchEvery) == nil {
		look(ctx)
	}
}

// TellSilent hands in an event of each device that fell silent. What could not be stored
// is told again at the next look.
func (p *Presence) TellSilent(ctx context.Context, desk Desk, protocol string, now time.Time, log *slog.Logger) {
	for id, last := range p.Overdue(now) {
		if _, err := desk.Take(ctx, id, []model.DeviceEvent{Went(last)}); err != nil && model.CodeOf(err) != model.CodeNotFound {
			log.Warn("silence not stored", "protocol", protocol, "device", id, "code", model.CodeOf(err))
			p.Undo(id)
		}
	}
}
