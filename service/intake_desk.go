package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Secret is what a device proves itself by, opened; empty when it has none. Errors:
// key_missing.
func (i *Intake) Secret(dev *DeviceView) (string, error) { return i.Store.DeviceSecret(&dev.Device) }

// TakeOf is Take for a device by its id. Errors: those of Take, and not_found for one
// that is gone or revoked.
func (i *Intake) TakeOf(ctx context.Context, deviceID string, events []model.DeviceEvent) ([]model.DeviceAnswer, error) {
	dev, ok := i.Directory.Device(deviceID)
	if !ok || dev.State != model.StateActive {
		return nil, model.NotFound()
	}
	return i.Take(ctx, dev, dev.Serial, events)
}

// alarmsAtOnce bounds one look for alarms that are to go up.
const alarmsAtOnce = 50

// Unreported lists alarms of a community that no platform above was told of, received
// since a moment, the oldest first.
func (i *Intake) Unreported(ctx context.Context, communityID string, since int64) ([]model.DeviceEvent, error) {
	return i.Store.View(ctx).UnreportedAlarms(communityID, since, alarmsAtOnce)
}

// Reported notes that the platform above has taken an alarm.
func (i *Intake) Reported(ctx context.Context, communityID, eventID string) error {
	return i.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.AlarmReported(communityID, eventID)
		return err
	})
}
