package house

import (
	"context"
	"strconv"
	"time"

	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/model"
)

// readers carries commands to VGuang readers on a broker.
type readers struct {
	exchange *Exchange
	clock    model.Clock
}

// Carries reports whether a reader can be told: to open and to start anew, where there
// is a broker.
func (r readers) Carries(dev *model.Device, kind model.CommandKind) bool {
	return (kind == model.CommandOpen || kind == model.CommandReboot) && r.exchange.line != nil && dev.Serial != ""
}

// Push orders a reader to open its one relay or to start anew, and waits for its answer. A broker counts
// a life in whole seconds, so that the last part of one is given away.
func (r readers) Push(ctx context.Context, dev *model.Device, _ model.DeviceContact, c model.DeviceCommand) model.CommandOutcome {
	now := r.clock.Now()
	life := model.FromMillis(c.ExpiresAt).Sub(now).Truncate(time.Second)
	switch {
	case c.Kind != model.CommandOpen && c.Kind != model.CommandReboot, c.Args.Door > 1:
		return model.Failed(model.AnswerUnsupported)
	case life < time.Second:
		return model.CommandOutcome{State: model.CommandExpired, Code: model.AnswerNotSent}
	}
	ref := strconv.FormatInt(c.Number, 10)
	what := vguang.Open
	if c.Kind == model.CommandReboot {
		what = vguang.Reboot
	}
	post := vguang.Control(dev.Serial, ref, what, now)
	reach, native := r.exchange.Order(ctx, dev.ID, post.Topic, post.Payload, ref, life)
	switch reach {
	case model.ReachDone:
		return model.CommandOutcome{State: model.CommandDone, Code: native}
	case model.ReachRefused:
		return model.Failed(native)
	case model.ReachAbsent, model.ReachDown:
		return model.Failed(model.AnswerUnreachable)
	}
	return model.CommandOutcome{State: model.CommandExpired, Code: model.AnswerNone}
}
