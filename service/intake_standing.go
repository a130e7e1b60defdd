package service

import (
	"context"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// stand takes in how things are at a device: each alarm that has come since it last
// told is stored as raised, each that has gone as cleared. The changes are counted,
// so that two replicas that hear the same store it once.
func (i *Intake) stand(ctx context.Context, dev *DeviceView, e model.DeviceEvent) (model.DeviceAnswer, error) {
	now := i.Clock.Now()
	e.CommunityID, e.DeviceID, e.GateID, e.ReceivedAt = dev.CommunityID, dev.ID, dev.GateID, model.Millis(now)
	_, before, err := i.Store.View(ctx).LastStanding(dev.ID)
	if err != nil || slices.Equal(before, e.Standing) {
		return model.DeviceAnswer{Duplicate: true}, err
	}
	err = i.Store.Update(ctx, func(tx *store.Tx) error {
		n, before, err := tx.LastStanding(dev.ID)
		if err != nil {
			return err
		}
		for _, change := range standingChanges(e, before) {
			n++
			change.ID = model.NewID(now)
			if err := tx.CreateStanding(change, n); err != nil {
				return err
			}
		}
		return nil
	})
	if model.CodeOf(err) == model.CodeConflict {
		return model.DeviceAnswer{Duplicate: true}, nil
	}
	return model.DeviceAnswer{}, err
}

// standingChanges are what has come and what has gone.
func standingChanges(e model.DeviceEvent, before []string) []model.DeviceEvent {
	var out []model.DeviceEvent
	add := func(now, then []string, state string) {
		for _, s := range now {
			if slices.Contains(then, s) {
				continue
			}
			change := e
			door, alarm, _ := strings.Cut(s, ".")
			change.State, change.Detail = state, map[string]string{"door": door, "what": alarm}
			out = append(out, change)
		}
	}
	add(e.Standing, before, "raised")
	add(before, e.Standing, "cleared")
	return out
}
