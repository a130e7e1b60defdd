package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// liftCallsMost is how often a person may call a lift in liftCallsWithin.
	liftCallsMost   = 6
	liftCallsWithin = time.Minute
)

// NewLiftCall is a call as asked for.
type NewLiftCall struct {
	// RequestID is the caller's own name of the call: the same one is the same call.
	RequestID string
	// Sticker is the code of the landing where the caller stands; else GroupID and
	// From say where that is.
	Sticker        string
	GroupID        string
	From, FromSide string
	To, ToSide     string
	// passageID is the passage that calls.
	passageID *string
}

// Call asks a lift to come and to go to a floor. It answers before the lift does.
// The same request id is the same call, however often it comes. Errors: not_found for
// lifts that are not there for the caller; floor_not_allowed; lift_fire_mode;
// lift_unavailable; rate_limited; limit_reached while another call goes on.
func (l *Lifts) Call(ctx context.Context, caller *model.Caller, in NewLiftCall) (model.LiftCall, error) {
	if c, err := l.Store.View(ctx).LiftCallByRequest(caller.PersonID, in.RequestID); err == nil || !model.IsNotFound(err) {
		return c, err
	}
	var out model.LiftCall
	err := l.Store.Update(ctx, func(tx *store.Tx) (err error) {
		out, err = l.call(tx, caller, in)
		return err
	})
	if model.CodeOf(err) == model.CodeConflict {
		return l.conflicting(ctx, caller, in)
	}
	if err != nil {
		return model.LiftCall{}, err
	}
	l.Nudge()
	return out, nil
}

// conflicting is the call that came first, or limit_reached when it is another.
func (l *Lifts) conflicting(ctx context.Context, caller *model.Caller, in NewLiftCall) (model.LiftCall, error) {
	c, err := l.Store.View(ctx).LiftCallByRequest(caller.PersonID, in.RequestID)
	if model.IsNotFound(err) {
		return c, model.FailLater(model.CodeLimitReached, int(liftLife/time.Second))
	}
	return c, err
}

func (l *Lifts) call(tx *store.Tx, caller *model.Caller, in NewLiftCall) (model.LiftCall, error) {
	rights, err := l.rightsOf(tx, caller)
	if err != nil {
		return model.LiftCall{}, err
	}
	g, from, to, err := l.landings(tx, rights, in)
	if err != nil {
		return model.LiftCall{}, err
	}
	switch {
	case g.Mode == model.LiftFire: // before any right is looked at: in a fire there are none
		return model.LiftCall{}, model.Fail(model.CodeLiftFireMode)
	case !rights.may(g.ID, from, to):
		return model.LiftCall{}, model.Fail(model.CodeFloorNotAllowed)
	case g.Mode == model.LiftService:
		return model.LiftCall{}, model.FailLater(model.CodeLiftUnavailable, 60)
	}
	n, err := tx.LiftCallsSince(caller.PersonID, model.Millis(l.Clock.Now().Add(-liftCallsWithin)))
	if err != nil {
		return model.LiftCall{}, err
	}
	if n >= liftCallsMost {
		return model.LiftCall{}, model.FailLater(model.CodeRateLimited, int(liftCallsWithin/time.Second))
	}
	now := l.Clock.Now()
	c := model.LiftCall{ID: model.NewID(now), CommunityID: g.CommunityID, GroupID: g.ID, PersonID: caller.PersonID, VisitID: caller.VisitID,
		RequestID: in.RequestID, PassageID: in.passageID, FromFloor: from.Floor, FromSide: from.Side, ToFloor: to.Floor, ToSide: to.Side,
		State: model.LiftRequested, CreatedAt: model.Millis(now), ExpiresAt: model.Millis(now.Add(liftLife))}
	if err := tx.CreateLiftCall(c); err != nil {
		return model.LiftCall{}, err
	}
	return c, tx.Audit(caller, g.CommunityID, "lift.call", "lift_call", c.ID, nil)
}

// landings finds the group and both ends of a call. A group in a community where the
// caller has nothing looks missing.
func (l *Lifts) landings(tx *store.Tx, rights *liftRights, in NewLiftCall) (g LiftGroupView, from, to model.LiftLanding, err error) {
	if in.Sticker != "" {
		landing, err := tx.LiftLandingByCode(in.Sticker)
		if err != nil {
			return g, from, to, err
		}
		in.GroupID, in.From, in.FromSide = landing.GroupID, landing.Floor, landing.Side
	}
	g, ok := rights.groups[in.GroupID]
	if !ok {
		return g, from, to, model.NotFound()
	}
	var bad []model.FieldError
	if from, ok = landingAt(g.Landings, in.From, in.FromSide); !ok {
		bad = append(bad, model.FieldError{Field: "/from", Code: "enum"})
	}
	if to, ok = landingAt(g.Landings, in.To, in.ToSide); !ok || in.From == in.To {
		bad = append(bad, model.FieldError{Field: "/to", Code: "enum"})
	}
	if len(bad) > 0 {
		return g, from, to, model.Invalid(bad...)
	}
	return g, from, to, nil
}

// landingAt finds a floor's landing; without a side the first one.
func landingAt(landings []model.LiftLanding, floor, side string) (model.LiftLanding, bool) {
	for _, l := range landings {
		if l.Floor == floor && (side == "" || l.Side == side) {
			return l, true
		}
	}
	return model.LiftLanding{}, false
}

// Show reads a call of the caller. Errors: not_found.
func (l *Lifts) Show(ctx context.Context, caller *model.Caller, id string) (model.LiftCall, error) {
	return l.Store.View(ctx).LiftCallOf(caller.PersonID, id)
}

// Cancel takes a call back. What the lift has begun it may finish: a controller is
// asked to forget the call, and nobody waits for it. Errors: not_found,
// state_changed with how a call stands that is over or whose lift is there.
func (l *Lifts) Cancel(ctx context.Context, caller *model.Caller, id string) (model.LiftCall, error) {
	var before, after model.LiftCall
	err := l.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if before, err = tx.LiftCallOf(caller.PersonID, id); err != nil {
			return err
		}
		moved, err := tx.MoveLiftCall(id, store.LiftMove{To: model.LiftCancelled, Reason: model.LiftByCaller})
		if err != nil {
			return err
		}
		if after, err = tx.LiftCallOf(caller.PersonID, id); err != nil {
			return err
		}
		if !moved {
			return &model.Error{Code: model.CodeStateChanged, State: string(after.State)}
		}
		return tx.Audit(caller, before.CommunityID, "lift.cancel", "lift_call", id, nil)
	})
	if err != nil {
		return model.LiftCall{}, err
	}
	if after.SentAt > 0 {
		l.takeBack(context.WithoutCancel(ctx), after)
	}
	return after, nil
}
