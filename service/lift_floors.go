package service

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// rightsLife is for how long floors are open in a cabin after a passage there: time to
// press a button, and none for whoever steps in next.
const rightsLife = 15 * time.Second

// cabinAt is the lift of a group in which a gate is the reader; empty for a gate
// elsewhere.
func cabinAt(g model.LiftGroup, gateID string) string {
	for _, gate := range g.Gates {
		if gate.GateID == gateID {
			return gate.Cabin
		}
	}
	return ""
}

// openFloors makes rights of a passage in a cabin: the floors of its holder, of no
// others. In a fire the controller opens all of them by itself and is told nothing; who
// has no floor here opens none. Of two replicas one makes them.
func (l *Lifts) openFloors(ctx context.Context, p model.Passage, pass *model.Pass, g model.LiftGroup, cabin string) error {
	if g.Mode != model.LiftNormal {
		return nil
	}
	caller := &model.Caller{Kind: model.CallerSystem, PersonID: pass.PersonID}
	who := *caller
	if pass.VisitID != "" {
		who.Kind, who.VisitID = model.CallerVisit, pass.VisitID
	}
	rights, err := l.rightsOf(l.Store.View(ctx), &who)
	if err != nil {
		return err
	}
	var floors []string
	for _, landing := range rights.groups[g.ID].Landings {
		if rights.may(g.ID, landing) && !slices.Contains(floors, landing.Floor) {
			floors = append(floors, landing.Floor)
		}
	}
	if len(floors) == 0 {
		return nil
	}
	now := l.Clock.Now()
	r := model.LiftRights{ID: model.NewID(now), CommunityID: g.CommunityID, GroupID: g.ID, PersonID: pass.PersonID, VisitID: pass.VisitID, PassageID: p.ID,
		Cabin: cabin, Floors: floors, State: model.RightsRequested, CreatedAt: model.Millis(now), EndsAt: model.Millis(now.Add(rightsLife))}
	err = l.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateLiftRights(r); err != nil {
			return err
		}
		return tx.Audit(caller, g.CommunityID, "lift.open_floors", "lift_rights", r.ID, nil)
	})
	if model.CodeOf(err) == model.CodeConflict {
		return nil
	}
	return err
}

// beginRights claims the rights that wait and sends each.
func (l *Lifts) beginRights(ctx context.Context, under *sync.WaitGroup) error {
	waiting, err := l.Store.View(ctx).LiftRightsIn(liftRound, model.RightsRequested)
	if err != nil {
		return err
	}
	return sendEach(ctx, l, under, waiting, func(r model.LiftRights) string { return r.ID }, (*store.Tx).ClaimLiftRights, l.sendRights)
}

// sendRights tells the controller of claimed rights, once, and keeps what it said.
func (l *Lifts) sendRights(ctx context.Context, r model.LiftRights) error {
	asking, cancel := context.WithTimeout(ctx, liftAsk)
	defer cancel()
	answer, err := l.tellRights(asking, r)
	switch why := unheard(err); {
	case err == nil && answer.State == "":
		return nil // it answers later, or the rights run out
	case err == nil:
		return l.moveRights(ctx, r, model.RightsSent, answer.State, answer.Reason)
	case why != "":
		return l.moveRights(ctx, r, model.RightsSent, model.RightsFailed, why)
	}
	return nil
}

func (l *Lifts) tellRights(ctx context.Context, r model.LiftRights) (model.LiftRightsAnswer, error) {
	tx := l.Store.View(ctx)
	g, err := tx.LiftGroupForCalling(r.CommunityID, r.GroupID)
	if err != nil || l.controllers[g.Protocol] == nil || g.State != model.StateActive {
		return model.LiftRightsAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	all, err := tx.LiftLandings([]string{g.ID})
	if err != nil {
		return model.LiftRightsAnswer{}, model.Fail(model.CodeUnavailable, err)
	}
	landings := slices.DeleteFunc(all[g.ID], func(landing model.LiftLanding) bool { return !slices.Contains(r.Floors, landing.Floor) })
	return l.controllers[g.Protocol].Rights(ctx, g, model.LiftRightsCommand{ID: r.ID, PassageID: r.PassageID, Cabin: r.Cabin, Landings: landings, EndsAt: r.EndsAt})
}

// hearRights takes in what a controller says to rights.
func (l *Lifts) hearRights(ctx context.Context, communityID, groupID string, said model.LiftReport) error {
	r, err := l.Store.View(ctx).LiftRights(groupID, said.RightsID)
	if model.IsNotFound(err) || err == nil && r.CommunityID != communityID {
		return nil
	}
	if err != nil {
		return err
	}
	reason := ""
	if said.Rights == model.RightsRefused {
		reason = refusalReason(said)
	}
	return l.moveRights(ctx, r, model.RightsSent, said.Rights, reason)
}

func (l *Lifts) moveRights(ctx context.Context, r model.LiftRights, from, to model.LiftRightsState, reason string) error {
	return l.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.MoveLiftRights(r.ID, from, to, reason)
		return err
	})
}

// settleRights ends those that were not answered, or not even sent, in their time.
func (l *Lifts) settleRights(ctx context.Context) error {
	under, err := l.Store.View(ctx).LiftRightsIn(liftRound, model.RightsRequested, model.RightsSent)
	if err != nil {
		return err
	}
	var failed []error
	for _, r := range under {
		switch {
		case r.EndsAt > l.now():
		case r.State == model.RightsRequested:
			failed = append(failed, l.moveRights(ctx, r, r.State, model.RightsExpired, model.LiftTooLate))
		default:
			failed = append(failed, l.moveRights(ctx, r, r.State, model.RightsFailed, model.LiftNoAnswer))
		}
	}
	return errors.Join(failed...)
}
