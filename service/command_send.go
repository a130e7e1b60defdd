package service

import (
	"context"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// hurry has the dispatcher look at once.
func (s *Commands) hurry() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Run sends what waits until ctx ends, then lets what is under way end. Every replica
// runs it: the claim gives a command to one.
func (s *Commands) Run(ctx context.Context) {
	defer s.sending.Wait()
	failing := false
	for {
		err := s.Dispatch(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.Log.Warn("commands not sent", "code", model.CodeOf(err))
		}
		failing = err != nil
		timer := time.NewTimer(commandBeat)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.nudge:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Dispatch begins to send every command that waits for a device that is called; those
// of devices that fetch are left to them.
func (s *Commands) Dispatch(ctx context.Context) error {
	waiting, err := s.Store.View(ctx).WaitingCommands(200)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		dev, ok := s.Directory.Device(c.DeviceID)
		if !ok || dev.State != model.StateActive {
			continue // it expires
		}
		pusher, pushes := s.carriers[dev.Protocol].(CommandPusher)
		if !pushes || !s.carries(dev, c.Kind) {
			continue
		}
		select {
		case s.slots <- struct{}{}:
		default:
			return nil // all hands are full: another replica, or the next beat
		}
		s.sending.Go(func() {
			defer func() { <-s.slots }()
			s.send(context.WithoutCancel(ctx), pusher, dev, c)
		})
	}
	return nil
}

// send claims a command and carries it. It goes on when the replica is being shut
// down: what was sent must be told of. The life bounds it.
func (s *Commands) send(ctx context.Context, pusher CommandPusher, dev *DeviceView, c model.DeviceCommand) {
	ctx, cancel := context.WithTimeout(ctx, commandLife)
	defer cancel()
	contact, err := s.Store.View(ctx).DeviceContact(dev.CommunityID, dev.ID)
	if err == nil && model.Signs(dev.Protocol) {
		contact.Secret, err = s.Store.DeviceSecret(&dev.Device)
	}
	if err != nil {
		s.Log.Warn("command not sent", "device", dev.ID, "code", model.CodeOf(err))
		return // unclaimed: the next beat, or its end
	}
	won, err := s.claim(ctx, c)
	if err != nil || !won {
		return
	}
	left := model.FromMillis(c.ExpiresAt).Sub(s.Clock.Now())
	live, stop := context.WithTimeout(ctx, left)
	outcome := pusher.Push(live, &dev.Device, contact, c)
	stop()
	// The life is over for the device, not for the book-keeping.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), commandLife)
	defer done()
	if err := s.end(ctx, c, outcome); err != nil {
		s.Log.Warn("outcome of a command not stored", "device", dev.ID, "code", model.CodeOf(err))
	}
}

func (s *Commands) claim(ctx context.Context, c model.DeviceCommand) (won bool, err error) {
	err = s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		won, err = tx.ClaimCommand(c.CommunityID, c.ID)
		return err
	})
	return won, err
}

// Fetch gives a device that asks its oldest command, claimed: it is given once, even
// when the answer to the device is lost.
func (s *Commands) Fetch(ctx context.Context, dev *DeviceView) (model.DeviceCommand, bool, error) {
	return s.FetchKind(ctx, dev, "")
}

// FetchKind is Fetch for commands of one kind; an empty one is any.
func (s *Commands) FetchKind(ctx context.Context, dev *DeviceView, kind model.CommandKind) (model.DeviceCommand, bool, error) {
	for {
		c, found, err := s.Store.View(ctx).NextCommand(dev.ID, kind)
		if err != nil || !found {
			return c, false, err
		}
		won, err := s.claim(ctx, c)
		if err != nil || won {
			return c, won, err
		}
	}
}

// FetchWithin is Fetch, and waits a while for a command when there is none. That ctx
// ended meanwhile is no error.
func (s *Commands) FetchWithin(ctx context.Context, dev *DeviceView, patience time.Duration) (model.DeviceCommand, bool, error) {
	for {
		c, found, err := s.Fetch(ctx, dev)
		if err != nil || found || patience <= 0 || model.Wait(ctx, min(patience, commandBeat)) != nil {
			return c, found, err
		}
		patience -= commandBeat
	}
}

// Took hears that a device has whatever it had been given by an instant, and never says
// what it did with it.
func (s *Commands) Took(ctx context.Context, dev *DeviceView, by time.Time) error {
	has, err := s.Store.View(ctx).CommandsSentTo(dev.ID, model.Millis(by))
	if err != nil {
		return err
	}
	for _, c := range has {
		if err := s.end(ctx, c, model.CommandOutcome{State: model.CommandHandedOver, Code: model.AnswerHandedOver}); err != nil {
			return err
		}
	}
	return nil
}

// Refused ends a command that a device which fetches cannot be told, and was not.
func (s *Commands) Refused(ctx context.Context, c model.DeviceCommand) error {
	return s.end(ctx, c, model.Failed(model.AnswerUnsupported))
}

// Report takes what a device says became of its commands. A number that it was never
// given is passed over.
func (s *Commands) Report(ctx context.Context, dev *DeviceView, results []model.CommandResult) error {
	for _, r := range results {
		c, err := s.Store.View(ctx).CommandByNumber(dev.ID, r.Number)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		o := model.Failed(r.Code)
		if r.Done {
			o.State = model.CommandDone
		}
		if err := s.end(ctx, c, o); err != nil {
			return err
		}
	}
	return nil
}

// end stores what became of a command, and with it that a door was opened.
func (s *Commands) end(ctx context.Context, c model.DeviceCommand, o model.CommandOutcome) error {
	now := s.Clock.Now()
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		ending, err := tx.EndCommand(c.CommunityID, c.ID, o.State, o.Code)
		if err != nil || ending == store.EndingNone {
			return err
		}
		if ending == store.EndingFirst {
			after := c
			after.State, after.AnswerCode, after.EndedAt = o.State, o.Code, model.Millis(now)
			if err := s.tellEnded(tx, after); err != nil {
				return err
			}
		}
		if o.State != model.CommandDone || c.Kind != model.CommandOpen {
			return nil
		}
		return tx.CreateDeviceEvent(model.DeviceEvent{ID: model.NewID(now), CommunityID: c.CommunityID, DeviceID: c.DeviceID, GateID: c.GateID,
			Key: "command." + c.ID, Kind: model.DeviceDoor, State: "opened", ReceivedAt: model.Millis(now), Native: "command",
			Detail: map[string]string{"what": "remote", "command": c.ID, "door": strconv.Itoa(c.Args.Door)}})
	})
}
