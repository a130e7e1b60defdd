package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Heartbeat is what a device says of itself.
type Heartbeat struct {
	DeviceTime    time.Time
	Software      string
	BundleVersion string
	QueueLength   int64
	// What follows a gate agent says.
	BundleIssuedAt int64
	LastUploadAt   int64
	DeadLetters    int64
	Conflicts      int64
	Held           []model.HeldPassage
}

// HeartbeatAnswer is what the server says in return.
type HeartbeatAnswer struct {
	Now           time.Time
	ClockOffset   time.Duration
	BundleVersion string
}

// offsetStep is how much a device's clock must move for other replicas to be told.
const offsetStep = 2 * time.Second

// Heartbeat measures the device's clock against the server's and keeps what it
// says of itself.
func (g *Gates) Heartbeat(ctx context.Context, caller *model.Caller, h Heartbeat) (HeartbeatAnswer, error) {
	dev, err := g.device(caller)
	if err != nil {
		return HeartbeatAnswer{}, err
	}
	now := g.Clock.Now()
	offset := h.DeviceTime.Sub(now).Truncate(time.Millisecond)
	seen := model.Device{ID: dev.ID, LastSeenAt: model.Millis(now), ClockOffsetMs: offset.Milliseconds(), ClockKnown: true,
		Software: h.Software, BundleVersion: h.BundleVersion, QueueLength: h.QueueLength,
		BundleIssuedAt: h.BundleIssuedAt, LastUploadAt: h.LastUploadAt, DeadLetters: h.DeadLetters, Conflicts: h.Conflicts, Held: h.Held}
	err = g.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeviceSeen(dev.CommunityID, seen); err != nil {
			return err
		}
		// Compared with what all replicas have read: against the last heartbeat a slow
		// drift would never be told.
		if told := time.Duration(dev.ClockOffsetMs) * time.Millisecond; dev.ClockKnown && (offset-told).Abs() < offsetStep {
			return nil
		}
		return tx.Changed(model.ChangeDevice, dev.CommunityID, dev.ID)
	})
	if err != nil {
		return HeartbeatAnswer{}, err
	}
	g.Directory.setClockOffset(dev.ID, offset)
	bundle, err := g.Bundle(ctx, caller)
	return HeartbeatAnswer{Now: now, ClockOffset: offset, BundleVersion: bundle.Version}, err
}

// ClockOffset is the device's clock less the server's, as last measured. What other
// makers' devices ask is judged by our clock, so theirs is told to people only.
func (d *Directory) ClockOffset(dev *DeviceView) (time.Duration, bool) {
	if dev.Profile == model.ProfileVendor {
		return 0, false
	}
	if v, ok := d.offsets.Load(dev.ID); ok {
		return v.(time.Duration), true
	}
	return time.Duration(dev.ClockOffsetMs) * time.Millisecond, dev.ClockKnown
}

func (d *Directory) setClockOffset(deviceID string, offset time.Duration) {
	d.offsets.Store(deviceID, offset)
}
