package service

import (
	"context"

	"communitypass.cn/communitypass/model"
)

// Reboot has a device start anew, and waits for what it says to it, as Open does. It
// is for those who set gates up: a device that starts anew opens nothing for a while.
// Errors: not_found out of scope and for a device that is revoked; command_unsupported
// where its protocol has no such order; command_failed, command_expired.
func (s *Commands) Reboot(ctx context.Context, caller *model.Caller, communityID, deviceID, reason string) (model.DeviceCommand, error) {
	if err := s.Directory.Reach(caller, permissionGateManage, communityID); err != nil {
		return model.DeviceCommand{}, err
	}
	dev, ok := s.Directory.Device(deviceID)
	if !ok || dev.CommunityID != communityID || dev.State != model.StateActive {
		return model.DeviceCommand{}, model.NotFound()
	}
	if !s.carries(dev, model.CommandReboot) {
		return model.DeviceCommand{}, model.Fail(model.CodeCommandUnsupported)
	}
	c := s.make(caller, dev, model.CommandReboot, model.CommandArgs{})
	return s.carryOut(ctx, caller, c, "device.reboot", "device", dev.ID, map[string]string{"reason": withoutNumbers(reason), "command_id": c.ID})
}
