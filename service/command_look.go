package service

import (
	"context"

	"communitypass.cn/communitypass/model"
)

// Look has a camera of a gate look once more at what stands before it, and waits for
// what it says to that, as Open does. What it then sees comes as any plate does. Whoever
// may open may ask for it; it is no passage. Errors as of Open.
func (s *Commands) Look(ctx context.Context, caller *model.Caller, gateID, reason, deviceID string) (model.DeviceCommand, error) {
	gate, ok := s.Directory.Gate(gateID)
	if !ok {
		return model.DeviceCommand{}, model.NotFound()
	}
	if err := s.Directory.Reach(caller, permissionGateOpen, gate.CommunityID); err != nil {
		return model.DeviceCommand{}, err
	}
	dev, _, err := s.able(gateID, deviceID, model.CommandLook)
	if err != nil {
		return model.DeviceCommand{}, err
	}
	c := s.make(caller, dev, model.CommandLook, model.CommandArgs{})
	return s.carryOut(ctx, caller, c, "gate.look", "gate", gateID, map[string]string{"reason": withoutNumbers(reason), "device_id": dev.ID, "command_id": c.ID})
}
