package service

import (
	"context"

	"communitypass.cn/communitypass/model"
)

// OpenFor has a door opened by a device of the community for an outside system that
// staff made known there, and waits for what came of it. Without an error the device
// said that it did it. Errors as with Open; not_found also for a device that has been
// revoked.
func (s *Commands) OpenFor(ctx context.Context, by *DeviceView, deviceID string) (model.DeviceCommand, error) {
	dev, ok := s.Directory.Device(deviceID)
	if !ok || dev.CommunityID != by.CommunityID || dev.State != model.StateActive {
		return model.DeviceCommand{}, model.NotFound()
	}
	if !s.carries(dev, model.CommandOpen) {
		return model.DeviceCommand{}, model.Fail(model.CodeCommandUnsupported)
	}
	caller := &model.Caller{Kind: model.CallerDevice, AccountID: by.ID}
	c := s.make(caller, dev, model.CommandOpen, model.CommandArgs{Door: 1, Seconds: openSeconds})
	return s.carryOut(ctx, caller, c, "gate.open", "gate", c.GateID, map[string]string{"device_id": dev.ID, "command_id": c.ID})
}
