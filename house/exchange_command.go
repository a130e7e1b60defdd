package house

import (
	"context"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/device/vzenith"
	"communitypass.cn/communitypass/model"
)

// teller makes what a device on a broker is told for a command; ok is false for what it
// does not know.
type teller func(serial, reference string, c model.DeviceCommand, at time.Time) (post device.Post, ok bool)

// told carries commands to devices on a broker.
type told struct {
	exchange *Exchange
	clock    model.Clock
	kinds    []model.CommandKind
	teller   teller
}

// Carries reports whether a device can be told, where there is a broker.
func (d told) Carries(dev *model.Device, kind model.CommandKind) bool {
	return slices.Contains(d.kinds, kind) && d.exchange.line != nil && dev.Serial != ""
}

// Push tells a device, and waits for its answer. A broker counts a life in whole
// seconds, so that the last part of one is given away.
func (d told) Push(ctx context.Context, dev *model.Device, _ model.DeviceContact, c model.DeviceCommand) model.CommandOutcome {
	now := d.clock.Now()
	life := model.FromMillis(c.ExpiresAt).Sub(now).Truncate(time.Second)
	ref := strconv.FormatInt(c.Number, 10)
	post, ok := d.teller(dev.Serial, ref, c, now)
	switch {
	case !ok:
		return model.Failed(model.AnswerUnsupported)
	case life < time.Second:
		return model.CommandOutcome{State: model.CommandExpired, Code: model.AnswerNotSent}
	}
	reach, native := d.exchange.Order(ctx, dev.ID, post.Topic, post.Payload, ref, life)
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

// readers are VGuang readers: one relay, a screen, no voice for words.
func readers(exchange *Exchange, clock model.Clock) told {
	return told{exchange, clock, []model.CommandKind{model.CommandOpen, model.CommandDisplay, model.CommandReboot},
		func(serial, reference string, c model.DeviceCommand, at time.Time) (device.Post, bool) {
			switch c.Kind {
			case model.CommandOpen:
				return vguang.Control(serial, reference, vguang.Open, at), c.Args.Door <= 1
			case model.CommandReboot:
				return vguang.Control(serial, reference, vguang.Reboot, at), true
			case model.CommandDisplay:
				return vguang.Show(serial, reference, string(c.Args.Text), at), true
			}
			return device.Post{}, false
		}}
}

// cameras are plate cameras: outputs that are wired to a barrier, a voice, and another
// look when they are asked.
func cameras(exchange *Exchange, clock model.Clock) told {
	return told{exchange, clock, []model.CommandKind{model.CommandOpen, model.CommandVoice, model.CommandLook},
		func(serial, reference string, c model.DeviceCommand, at time.Time) (device.Post, bool) {
			switch c.Kind {
			case model.CommandOpen:
				return vzenith.Open(serial, reference, max(c.Args.Door, 1), at)
			case model.CommandVoice:
				return vzenith.Speak(serial, reference, string(c.Args.Text), at), true
			case model.CommandLook:
				return vzenith.Look(serial, reference, at), true
			}
			return device.Post{}, false
		}}
}
