package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// OpenBarrier gives a device of which the camera waits for no answer the order to open,
// for a vehicle that was admitted. It does not wait for what comes of it: the order
// lives for seconds, and what is not done by then is dropped. Errors: not_found,
// command_unsupported where the device cannot be told.
func (s *Commands) OpenBarrier(ctx context.Context, communityID, deviceID, passageID string) error {
	dev, ok := s.Directory.Device(deviceID)
	if !ok || dev.CommunityID != communityID || dev.State != model.StateActive {
		return model.NotFound()
	}
	if !s.carries(dev, model.CommandOpen) {
		return model.Fail(model.CodeCommandUnsupported)
	}
	caller := &model.Caller{Kind: model.CallerDevice, AccountID: dev.ID}
	c := s.make(caller, dev, model.CommandOpen, model.CommandArgs{Door: 1, Seconds: openSeconds})
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateCommand(c); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "gate.open", "gate", dev.GateID, map[string]string{"device_id": dev.ID, "command_id": c.ID, "passage_id": passageID})
	})
	if err == nil {
		s.hurry()
	}
	return err
}
