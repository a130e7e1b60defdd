package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// orderLooks is how often the first of two orders of one task is waited for.
const orderLooks = 10

// OutsideOrder is what an outside system orders of a device of its community.
type OutsideOrder struct {
	DeviceID string
	// Task is what that system calls it; empty where it does not say.
	Task string
	// Repeated says that it was told before.
	Repeated bool
}

// OpenFor has a door opened by a device of the community for an outside system that
// staff made known there, and waits for what came of it. Without an error the device
// said that it did it. Errors as with Open; not_found also for a device that has been
// revoked. An order that is repeated makes no second command: it hears what came of
// the first, or command_failed with model.AnswerRepeated where that is not known.
func (s *Commands) OpenFor(ctx context.Context, by *DeviceView, o OutsideOrder) (model.DeviceCommand, error) {
	if o.Task != "" {
		if c, found, err := s.ordered(ctx, by, o.Task, 1); found || err != nil {
			return s.outcomeOf(ctx, c, err)
		}
	}
	dev, ok := s.Directory.Device(o.DeviceID)
	if !ok || dev.CommunityID != by.CommunityID || dev.State != model.StateActive {
		return model.DeviceCommand{}, model.NotFound()
	}
	if !s.carries(dev, model.CommandOpen) {
		return model.DeviceCommand{}, model.Fail(model.CodeCommandUnsupported)
	}
	if o.Repeated {
		// The first may be on its way into the store.
		if c, found, err := s.ordered(ctx, by, o.Task, orderLooks); found || err != nil {
			return s.outcomeOf(ctx, c, err)
		}
		return model.DeviceCommand{}, &model.Error{Code: model.CodeCommandFailed, State: model.AnswerRepeated}
	}
	caller := &model.Caller{Kind: model.CallerDevice, AccountID: by.ID}
	c := s.make(caller, dev, model.CommandOpen, model.CommandArgs{Door: 1, Seconds: openSeconds})
	if o.Task != "" {
		c.TaskID = &o.Task
	}
	return s.carryOut(ctx, caller, c, "gate.open", "gate", c.GateID, map[string]string{"device_id": dev.ID, "command_id": c.ID})
}

// outcomeOf is outcome, unless there is an error already.
func (s *Commands) outcomeOf(ctx context.Context, c model.DeviceCommand, err error) (model.DeviceCommand, error) {
	if err != nil {
		return c, err
	}
	return s.outcome(ctx, c)
}

// ordered looks for the command of a task, some times with a pause between.
func (s *Commands) ordered(ctx context.Context, by *DeviceView, task string, looks int) (model.DeviceCommand, bool, error) {
	for {
		c, err := s.Store.View(ctx).CommandByTask(by.ID, task)
		switch looks--; {
		case err == nil:
			return c, true, nil
		case !model.IsNotFound(err):
			return c, false, err
		case looks <= 0:
			return c, false, nil
		}
		if err := model.Wait(ctx, commandLook); err != nil {
			return c, false, model.Fail(model.CodeTimeout, err)
		}
	}
}

// tellEnded tells recipients how orders from outside have ended, in the transaction that
// ends them. Those of staff are nobody else's business.
func (s *Commands) tellEnded(tx *store.Tx, ended ...model.DeviceCommand) error {
	var out []model.Delivery
	for _, c := range ended {
		community, ok := s.Directory.Community(c.CommunityID)
		if !ok || c.TaskID == nil {
			continue
		}
		out = append(out, s.events(community, model.EventCommandEnded, c.ID, c.EndedAt, map[string]any{"command_id": c.ID, "task_id": *c.TaskID,
			"kind": string(c.Kind), "state": string(c.State), "answer_code": c.AnswerCode, "device_id": c.DeviceID, "gate_id": c.GateID,
			"ended_at": model.FromMillis(c.EndedAt)})...)
	}
	return tx.Emit(out)
}
