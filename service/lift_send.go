package service

import (
	"context"
	"errors"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// liftPoll is how long a call waits at most before a replica sees it.
	liftPoll = 500 * time.Millisecond
	// liftAsk bounds one exchange with a controller.
	liftAsk = 3 * time.Second
	// liftTravel is how long after it was made a call may go on without having arrived,
	// liftStay how long after the lift has come, or its doors were held, it is taken for
	// done.
	liftTravel = 3 * time.Minute
	liftStay   = time.Minute
	// liftRound bounds one look.
	liftRound = 500
)

// Nudge makes this replica look for calls at once.
func (l *Lifts) Nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run sends calls until ctx ends; those under way may finish.
func (l *Lifts) Run(ctx context.Context) {
	var under sync.WaitGroup
	defer under.Wait()
	failing := false
	for ctx.Err() == nil {
		err := errors.Join(l.Settle(ctx), l.settleRights(ctx), l.FollowPassages(ctx), l.begin(ctx, &under), l.beginRights(ctx, &under))
		if err != nil && !failing && ctx.Err() == nil {
			l.Log.Warn("calling lifts fails", "code", model.CodeOf(err))
		}
		failing = err != nil
		l.rest(ctx)
	}
}

func (l *Lifts) rest(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, liftPoll)
	defer cancel()
	select {
	case <-l.wake:
	case <-ctx.Done():
	}
}

// Pass is one round: what is over is settled, and what waits is sent and answered.
func (l *Lifts) Pass(ctx context.Context) error {
	var under sync.WaitGroup
	err := errors.Join(l.Settle(ctx), l.settleRights(ctx), l.FollowPassages(ctx), l.begin(ctx, &under), l.beginRights(ctx, &under))
	under.Wait()
	return err
}

// begin claims the calls that wait and sends each.
func (l *Lifts) begin(ctx context.Context, under *sync.WaitGroup) error {
	waiting, err := l.Store.View(ctx).LiftCallsUnderWay(liftRound, model.LiftRequested)
	if err != nil {
		return err
	}
	return sendEach(ctx, l, under, waiting, func(c model.LiftCall) string { return c.ID }, (*store.Tx).ClaimLiftCall, l.send)
}

// sendEach claims each of what waits and sends it. It belongs to whoever claimed it:
// nobody sends it again, also when that replica has died.
func sendEach[T any](ctx context.Context, l *Lifts, under *sync.WaitGroup, waiting []T, id func(T) string,
	claim func(tx *store.Tx, id string) (bool, error), send func(context.Context, T) error) error {
	for _, one := range waiting {
		select {
		case l.sending <- struct{}{}:
		default:
			return nil // what finds no place waits for the next round, or runs out
		}
		claimed := false
		err := l.Store.Update(ctx, func(tx *store.Tx) (err error) {
			claimed, err = claim(tx, id(one))
			return err
		})
		if err != nil || !claimed {
			<-l.sending
			if err != nil {
				return err
			}
			continue
		}
		under.Go(func() {
			defer func() { <-l.sending }()
			if err := send(context.WithoutCancel(ctx), one); err != nil {
				l.Log.Warn("what a lift was told was not settled", "id", id(one), "code", model.CodeOf(err))
			}
		})
	}
	return nil
}

// unheard is why a controller certainly did not take what it was told; "" when nobody
// knows whether it arrived, and it may still answer.
func unheard(err error) string {
	switch model.CodeOf(err) {
	case model.CodeUnavailable:
		return model.LiftUnreachable
	case model.CodeMalformed:
		return model.LiftBadAnswer
	}
	return ""
}

// send hands a claimed call to its controller, once, and keeps what it said.
func (l *Lifts) send(ctx context.Context, c model.LiftCall) error {
	ctx, cancel := context.WithTimeout(ctx, liftAsk)
	defer cancel()
	answer, err := l.tell(ctx, c)
	m := store.LiftMove{To: answer.State, Reason: answer.Reason, Lift: answer.Lift}
	switch why := unheard(err); {
	case err == nil && answer.State == "":
		return nil // it answers later, or the call runs out
	case err == nil:
	case model.CodeOf(err) == model.CodeLiftFireMode:
		m = store.LiftMove{To: model.LiftRefused, Reason: model.LiftFireMode}
	case why != "":
		m = store.LiftMove{To: model.LiftFailed, Reason: why}
	default:
		return nil
	}
	return l.move(context.WithoutCancel(ctx), c, m)
}

// tell speaks to the controller. A fire that began after the call was made stops it
// here.
func (l *Lifts) tell(ctx context.Context, c model.LiftCall) (model.LiftAnswer, error) {
	g, command, err := l.command(ctx, c)
	switch {
	case err != nil:
		return model.LiftAnswer{}, model.Fail(model.CodeUnavailable, err)
	case g.Mode == model.LiftFire:
		return model.LiftAnswer{}, model.Fail(model.CodeLiftFireMode)
	case l.controllers[g.Protocol] == nil || g.State != model.StateActive:
		return model.LiftAnswer{}, model.Fail(model.CodeUnavailable)
	}
	return l.controllers[g.Protocol].Call(ctx, g, command)
}

func (l *Lifts) command(ctx context.Context, c model.LiftCall) (model.LiftGroup, model.LiftCommand, error) {
	tx := l.Store.View(ctx)
	g, err := tx.LiftGroupForCalling(c.CommunityID, c.GroupID)
	if err != nil {
		return g, model.LiftCommand{}, err
	}
	all, err := tx.LiftLandings([]string{g.ID})
	from, _ := landingAt(all[g.ID], c.FromFloor, c.FromSide)
	to, _ := landingAt(all[g.ID], c.ToFloor, c.ToSide)
	out := model.LiftCommand{ID: c.ID, FromFloor: c.FromFloor, FromSide: c.FromSide, ToFloor: c.ToFloor, ToSide: c.ToSide,
		FromNative: from.Native, ToNative: to.Native, ExpiresAt: c.ExpiresAt}
	if c.PassageID != nil {
		out.PassageID = *c.PassageID
	}
	return g, out, err
}

// takeBack asks the controller to forget a call; nobody waits for the outcome, and
// the call is over either way.
func (l *Lifts) takeBack(ctx context.Context, c model.LiftCall) {
	ctx, cancel := context.WithTimeout(ctx, liftAsk)
	defer cancel()
	g, command, err := l.command(ctx, c)
	if err == nil && l.controllers[g.Protocol] != nil {
		err = l.controllers[g.Protocol].Cancel(ctx, g, command)
	}
	if err != nil {
		l.Log.Warn("a lift call was cancelled here only", "call", c.ID, "code", model.CodeOf(err))
	}
}

// Settle ends the calls whose time is over: what was not sent in time is never sent.
func (l *Lifts) Settle(ctx context.Context) error {
	under, err := l.Store.View(ctx).LiftCallsUnderWay(liftRound, model.LiftRequested, model.LiftSent, model.LiftAcknowledged, model.LiftArriving, model.LiftArrived)
	if err != nil {
		return err
	}
	now := l.now()
	var failed []error
	for _, c := range under {
		failed = append(failed, l.settleHold(ctx, c))
		var m store.LiftMove
		switch {
		case c.State == model.LiftRequested && now >= c.ExpiresAt:
			m = store.LiftMove{To: model.LiftExpired, Reason: model.LiftTooLate}
		case c.State == model.LiftSent && now >= c.ExpiresAt:
			m = store.LiftMove{To: model.LiftFailed, Reason: model.LiftNoAnswer}
		case c.State == model.LiftArrived && now >= max(c.ArrivedAt, c.Hold.EndsAt)+liftStay.Milliseconds():
			m = store.LiftMove{To: model.LiftDone}
		case (c.State == model.LiftAcknowledged || c.State == model.LiftArriving) && now >= c.CreatedAt+liftTravel.Milliseconds():
			m = store.LiftMove{To: model.LiftFailed, Reason: model.LiftLost}
		default:
			continue
		}
		failed = append(failed, l.move(ctx, c, m))
	}
	return errors.Join(failed...)
}
