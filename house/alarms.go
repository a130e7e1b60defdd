package house

import (
	"context"
	"errors"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/gb28181"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// desk fits the intake to what listeners of their own hand in.
type desk struct{ intake *service.Intake }

func (d desk) Find(protocol, serial string) (device.Peer, bool) {
	dev, ok := d.intake.KnownBySerial(protocol, serial)
	if !ok {
		return device.Peer{}, false
	}
	secret, err := d.intake.Secret(dev)
	if err != nil {
		d.intake.Log.Error("secret of a device cannot be opened", "device", dev.ID, "code", model.CodeOf(err))
		return device.Peer{}, false
	}
	return device.Peer{ID: dev.ID, Serial: dev.Serial, Secret: secret}, true
}

func (d desk) Take(ctx context.Context, deviceID string, events []model.DeviceEvent) ([]model.DeviceAnswer, error) {
	return d.intake.TakeOf(ctx, deviceID, events)
}

// alarmsGoUp is how long an alarm is worth reporting to the platform above.
const alarmsGoUp = 24 * time.Hour

// reportAlarms tells the platform above of alarms that it has not heard of, the oldest
// first, and stops at the first that it does not take.
func (h *House) reportAlarms(ctx context.Context, _ store.Lease) error {
	up := h.SIP.Upper()
	if err := up.Ready(ctx); err != nil {
		return errors.Join(model.Fail(model.CodeUnavailable), err)
	}
	since := model.Millis(h.deps.Clock.Now().Add(-alarmsGoUp))
	for _, community := range h.cfg.SIPCommunities {
		alarms, err := h.Services.Intake.Unreported(ctx, community, since)
		if err != nil {
			return err
		}
		for _, e := range alarms {
			alarm := gb28181.Alarm{DeviceEvent: e}
			if dev, ok := h.deps.Directory.Device(e.DeviceID); ok {
				alarm.Serial = dev.Serial
			}
			if err := up.Report(ctx, alarm); err != nil {
				return errors.Join(model.Fail(model.CodeUnavailable), err)
			}
			if err := h.Services.Intake.Reported(ctx, community, e.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
