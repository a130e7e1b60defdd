package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// Opener opens barriers by command, where a device waits for no answer.
type Opener interface {
	// OpenBarrier opens the barrier of a device now, for a passage that was admitted.
	// It must drop the command when ctx ends: a barrier that opens late opens for the
	// next vehicle.
	OpenBarrier(ctx context.Context, communityID, deviceID, passageID string) error
}

// WithOpener gives the intake what opens barriers; without it such barriers stay
// shut, and the guard opens.
func (i *Intake) WithOpener(o Opener) *Intake {
	i.opener = o
	return i
}

// openWithin is the life of a command to a barrier.
const openWithin = 5 * time.Second

// drive decides on a vehicle at a barrier, or records one that another system has let
// through, and keeps the event beside the passage.
func (i *Intake) drive(ctx context.Context, dev *DeviceView, e model.DeviceEvent, now time.Time) (model.DeviceAnswer, error) {
	e.Plate = model.SeenPlate(e.Plate)
	caller := &model.Caller{Kind: model.CallerDevice, AccountID: dev.ID}
	v := Drive{ScanID: e.Key, Plate: e.Plate, Direction: directionAt(dev, e.Direction), At: now}
	record := i.gates.Drive
	if !e.Live {
		record = i.gates.Drove
		if e.DeviceAt != 0 && e.DeviceAt < model.Millis(now) {
			v.At = model.FromMillis(e.DeviceAt)
		}
	}
	a, err := record(ctx, caller, v)
	if err != nil {
		return model.DeviceAnswer{}, err
	}
	e.PassageID = a.Passage.ID
	if e.Live {
		e.State = a.Passage.Decision
	}
	if _, err := i.keep(ctx, e); err != nil {
		return model.DeviceAnswer{}, err
	}
	answer := model.DeviceAnswer{Decision: a.Passage.Decision, Reason: a.Passage.Reason, PassageID: a.Passage.ID, Duplicate: a.Duplicate}
	switch {
	case !e.Live:
		answer.Decision, answer.Reason = "", "" // nobody asked
	case a.Duplicate && model.Millis(now)-a.Passage.ReceivedAt > answerable.Milliseconds():
		answer.Decision, answer.Reason = string(admission.Refuse), string(admission.ReasonUsed)
	default:
		answer.Announce = announcement(dev, answer.Decision, e.Plate, v.Direction)
		if e.Commanded && !a.Duplicate && answer.Admitted() {
			i.open(ctx, dev, a.Passage.ID)
		}
	}
	return answer, nil
}

// open sends the command. What was recorded stands when that fails: the barrier stays
// shut and the guard, who sees the passage, opens.
func (i *Intake) open(ctx context.Context, dev *DeviceView, passageID string) {
	if i.opener == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	if err := i.opener.OpenBarrier(ctx, dev.CommunityID, dev.ID, passageID); err != nil {
		i.Log.Warn("barrier not opened", "device", dev.ID, "passage", passageID, "code", model.CodeOf(err))
	}
}
