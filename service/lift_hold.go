package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// holdLife is how long a hold may wait for its answer: doors wait no longer.
	holdLife = 5 * time.Second
	// holdLeast and holdMost bound how long doors are kept open at once, holdWithin how
	// long after it has come a lift may be kept at all: others wait for it.
	holdLeast, holdMost = 5, 30
	holdWithin          = 2 * time.Minute
)

// Hold keeps the doors open of the lift that has come for a call of the caller, and
// gives the call with what the lift has said to it by then. It is told the controller
// once; a second one while the first goes on is refused. Errors: not_found, invalid,
// lift_fire_mode, state_changed with how a call stands whose lift is not there,
// limit_reached.
func (l *Lifts) Hold(ctx context.Context, caller *model.Caller, id string, seconds int) (model.LiftCall, error) {
	if seconds < holdLeast || seconds > holdMost {
		return model.LiftCall{}, model.Invalid(model.FieldError{Field: "/seconds", Code: "range"})
	}
	now := l.Clock.Now()
	h := model.LiftHold{ID: model.NewID(now), State: model.HoldSent, Seconds: seconds, EndsAt: model.Millis(now.Add(holdLife))}
	err := l.Store.Update(ctx, func(tx *store.Tx) error { return l.claimHold(tx, caller, id, h) })
	if err != nil {
		return model.LiftCall{}, err
	}
	// Who hangs up meanwhile has asked all the same.
	if err := l.sendHold(context.WithoutCancel(ctx), caller, id); err != nil {
		return model.LiftCall{}, err
	}
	return l.Show(ctx, caller, id)
}

func (l *Lifts) claimHold(tx *store.Tx, caller *model.Caller, id string, h model.LiftHold) error {
	c, err := tx.LiftCallOf(caller.PersonID, id)
	if err != nil {
		return err
	}
	g, err := tx.LiftGroup(c.CommunityID, c.GroupID)
	switch {
	case err != nil:
		return err
	case g.Mode == model.LiftFire:
		return model.Fail(model.CodeLiftFireMode)
	case c.State != model.LiftArrived:
		return &model.Error{Code: model.CodeStateChanged, State: string(c.State)}
	}
	claimed, err := tx.ClaimLiftHold(id, h, model.Millis(l.Clock.Now().Add(-holdWithin)))
	if err != nil {
		return err
	}
	if !claimed {
		return model.FailLater(model.CodeLimitReached, int(holdLife/time.Second))
	}
	return tx.Audit(caller, c.CommunityID, "lift.hold", "lift_call", id, nil)
}

// sendHold tells the controller of a claimed hold, once, and keeps what it said.
func (l *Lifts) sendHold(ctx context.Context, caller *model.Caller, id string) error {
	c, err := l.Store.View(ctx).LiftCallOf(caller.PersonID, id)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, liftAsk)
	defer cancel()
	answer, err := l.tellHold(asking, c)
	switch why := unheard(err); {
	case err == nil && answer.State == "":
		return nil // it answers later, or the hold runs out
	case err == nil:
		return l.moveHold(ctx, c, answer.State, answer.Reason)
	case why != "":
		return l.moveHold(ctx, c, model.HoldFailed, why)
	}
	return nil
}

func (l *Lifts) tellHold(ctx context.Context, c model.LiftCall) (model.LiftHoldAnswer, error) {
	g, command, err := l.command(ctx, c)
	if err != nil || l.controllers[g.Protocol] == nil || g.State != model.StateActive {
		return model.LiftHoldAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	return l.controllers[g.Protocol].Hold(ctx, g, model.LiftHoldCommand{ID: c.Hold.ID, CallID: c.ID, Lift: c.Lift, Floor: command.FromFloor, Side: command.FromSide,
		Native: command.FromNative, Seconds: c.Hold.Seconds, ExpiresAt: c.Hold.EndsAt})
}

// hearHold takes in what a controller says to a hold.
func (l *Lifts) hearHold(ctx context.Context, communityID, groupID string, r model.LiftReport) error {
	c, err := l.Store.View(ctx).LiftCallByHold(groupID, r.HoldID)
	if model.IsNotFound(err) || err == nil && c.CommunityID != communityID {
		return nil
	}
	if err != nil {
		return err
	}
	reason := ""
	if r.Hold == model.HoldRefused {
		reason = refusalReason(r)
	}
	return l.moveHold(ctx, c, r.Hold, reason)
}

// refusalReason is one of our own words, whatever the controller said.
func refusalReason(r model.LiftReport) string {
	switch r.Reason {
	case model.LiftFireMode, model.LiftBusy, model.LiftOutOfOrder:
		return r.Reason
	}
	return model.LiftRefusedBy
}

func (l *Lifts) moveHold(ctx context.Context, c model.LiftCall, to model.LiftHoldState, reason string) error {
	return l.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.MoveLiftHold(c.ID, c.Hold.ID, to, reason)
		return err
	})
}

// settleHold ends a hold whose time is over.
func (l *Lifts) settleHold(ctx context.Context, c model.LiftCall) error {
	switch {
	case c.Hold.EndsAt > l.now():
		return nil
	case c.Hold.State == model.HoldSent:
		return l.moveHold(ctx, c, model.HoldFailed, model.LiftNoAnswer)
	case c.Hold.State == model.HoldHeld:
		return l.moveHold(ctx, c, model.HoldOver, "")
	}
	return nil
}
