package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Hear takes in what a group's controller tells: of a call, of a lift, of a fire.
// What comes twice, too late, or of a call that is not there changes no call.
func (l *Lifts) Hear(ctx context.Context, communityID, groupID string, r model.LiftReport) error {
	err := l.Store.Update(ctx, func(tx *store.Tx) error { return tx.HearLift(groupID, r) })
	if err != nil {
		return err
	}
	if r.Mode == model.LiftFire {
		if err := l.endInFire(ctx, groupID); err != nil {
			return err
		}
	}
	if r.RightsID != "" {
		return l.hearRights(ctx, communityID, groupID, r)
	}
	if r.HoldID != "" {
		return l.hearHold(ctx, communityID, groupID, r)
	}
	if r.CallID == "" || r.State == "" {
		return nil
	}
	c, err := l.Store.View(ctx).LiftCall(groupID, r.CallID)
	if model.IsNotFound(err) || err == nil && c.CommunityID != communityID {
		return nil
	}
	if err != nil {
		return err
	}
	return l.move(ctx, c, store.LiftMove{To: r.State, Reason: liftReason(r), Lift: r.Lift, Floor: r.Floor})
}

// HearDevice is Hear for what a device told by which a controller speaks.
func (l *Lifts) HearDevice(ctx context.Context, dev *DeviceView, r model.LiftReport) error {
	g, err := l.Store.View(ctx).LiftGroupByDevice(dev.CommunityID, dev.ID)
	if model.IsNotFound(err) {
		return model.Fail(model.CodeForbidden)
	}
	if err != nil {
		return err
	}
	return l.Hear(ctx, g.CommunityID, g.ID, r)
}

// liftReason is one of our own words, whatever the controller said.
func liftReason(r model.LiftReport) string {
	switch r.Reason {
	case model.LiftFireMode, model.LiftBusy, model.LiftOutOfOrder:
		return r.Reason
	}
	if r.State == model.LiftRefused || r.State == model.LiftFailed {
		return model.LiftRefusedBy
	}
	return ""
}

// endInFire ends the calls of a group: in a fire the lifts take nobody.
func (l *Lifts) endInFire(ctx context.Context, groupID string) error {
	under, err := l.Store.View(ctx).LiftCallsUnderWay(liftRound, model.LiftRequested, model.LiftSent, model.LiftAcknowledged, model.LiftArriving)
	if err != nil {
		return err
	}
	for _, c := range under {
		if c.GroupID != groupID {
			continue
		}
		to := model.LiftRefused
		if c.State == model.LiftArriving {
			to = model.LiftFailed
		}
		if err := l.move(ctx, c, store.LiftMove{To: to, Reason: model.LiftFireMode}); err != nil {
			return err
		}
	}
	return nil
}

// move makes a step in the life of a call, and with the first answer of the lift its
// event. A step that does not follow changes nothing.
func (l *Lifts) move(ctx context.Context, c model.LiftCall, m store.LiftMove) error {
	switch m.To {
	case model.LiftAcknowledged, model.LiftArriving, model.LiftArrived, model.LiftDone, model.LiftRefused, model.LiftFailed, model.LiftExpired:
	default:
		return nil // not a step that a lift makes
	}
	return l.Store.Update(ctx, func(tx *store.Tx) error {
		moved, err := tx.MoveLiftCall(c.ID, m)
		if err != nil || !moved {
			return err
		}
		// Whoever told first is heard once: the row was read in the state it left.
		if m.To.Over() {
			return nil
		}
		after, err := tx.LiftCall(c.GroupID, c.ID)
		if err != nil || after.Answers != 1 {
			return err
		}
		return l.emitCalled(tx, after)
	})
}

func (l *Lifts) emitCalled(tx *store.Tx, c model.LiftCall) error {
	community, ok := l.Directory.Community(c.CommunityID)
	if !ok {
		return nil
	}
	g, err := tx.LiftGroup(c.CommunityID, c.GroupID)
	if err != nil {
		return err
	}
	data := map[string]any{"call_id": c.ID, "lift_group_id": c.GroupID, "state": string(c.State), "called_at": model.FromMillis(c.CreatedAt),
		"from_floor": c.FromFloor, "to_floor": c.ToFloor, "building": g.Building, "person_id": c.PersonID}
	if c.Lift != "" {
		data["lift"] = c.Lift
	}
	if c.PassageID != nil {
		data["passage_id"] = *c.PassageID
	}
	return tx.Emit(l.events(community, model.EventLiftCalled, c.ID, l.now(), data))
}
