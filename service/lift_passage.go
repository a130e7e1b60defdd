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
	// passageFresh is how old a passage may be that calls a lift: later its person has
	// pressed the button.
	passageFresh = 10 * time.Second
	// passagesRead bounds one look.
	passagesRead = 2000
)

// seenPassages are the passages that this replica has dealt with. Which one calls a
// lift is decided by the database; this only spares it the question.
type seenPassages struct {
	mu  sync.Mutex
	ids map[string]bool
}

// fresh keeps of some passages those not seen before, and forgets the rest.
func (s *seenPassages) fresh(found []model.Passage) []model.Passage {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := make(map[string]bool, len(found))
	var out []model.Passage
	for _, p := range found {
		if !s.ids[p.ID] {
			out = append(out, p)
		}
		seen[p.ID] = true
	}
	s.ids = seen
	return out
}

// forget lets a passage be looked at again.
func (s *seenPassages) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, id)
}

// FollowPassages calls the lift for residents who have just been admitted at a gate
// that leads to one and who want that, and opens floors for whoever was admitted inside
// a cabin. It reads what is committed: passages are its
// outbox. Two replicas may read the same one; a passage calls once.
func (l *Lifts) FollowPassages(ctx context.Context) error {
	groups, err := l.Store.View(ctx).ActiveLiftGroups()
	if err != nil {
		return err
	}
	byGate := map[string][]model.LiftGroup{}
	var gates []string
	for _, g := range groups {
		for _, gate := range g.Gates {
			if byGate[gate.GateID] == nil {
				gates = append(gates, gate.GateID)
			}
			byGate[gate.GateID] = append(byGate[gate.GateID], g)
		}
	}
	if len(gates) == 0 {
		return nil
	}
	since := model.Millis(l.Clock.Now().Add(-passageFresh))
	found, err := l.Store.View(ctx).AdmittedAt(gates, model.IDFloor(since), passagesRead)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range l.seen.fresh(found) {
		if !callsLift(&p, since) {
			continue
		}
		if err := l.followPassage(ctx, p, byGate[p.GateID]); err != nil {
			l.seen.forget(p.ID)
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// callsLift says that a passage was made just now and stands: what a gate uploads
// later is no reason to send a lift.
func callsLift(p *model.Passage, since int64) bool {
	late := p.ReceivedAt - p.ScannedAt
	return p.ReceivedAt >= since && late < passageFresh.Milliseconds() && p.Outcome != model.OutcomeAnnulled && p.Outcome != model.OutcomeTimedOut
}

func (l *Lifts) followPassage(ctx context.Context, p model.Passage, groups []model.LiftGroup) error {
	pass, err := l.Directory.Pass(ctx, p.PassNumber)
	if err != nil || pass == nil || pass.CommunityID != p.CommunityID {
		return err
	}
	for _, g := range groups {
		if cabin := cabinAt(g, p.GateID); cabin != "" {
			return l.openFloors(ctx, p, &pass.Pass, g, cabin)
		}
	}
	if pass.ResidencyID == "" {
		return nil
	}
	tx := l.Store.View(ctx)
	wanted, err := tx.LiftPreferences(pass.PersonID)
	if err != nil || len(wanted) == 0 {
		return err
	}
	rights, err := l.residentRights(tx, pass.PersonID)
	if err != nil {
		return err
	}
	for home, floors := range rights.homes {
		for _, g := range groups {
			if to := floors[g.ID]; wanted[home] && to != "" {
				return l.callFor(ctx, p, pass.PersonID, g, to)
			}
		}
	}
	return nil
}

// callFor makes the call of a passage. What hinders it is no fault: the person
// presses the button.
func (l *Lifts) callFor(ctx context.Context, p model.Passage, personID string, g model.LiftGroup, to string) error {
	in := NewLiftCall{RequestID: "passage-" + p.ID, GroupID: g.ID, To: to, passageID: &p.ID}
	for _, gate := range g.Gates {
		if gate.GateID == p.GateID {
			in.From = gate.Floor
		}
	}
	if in.From == to {
		return nil
	}
	caller := &model.Caller{Kind: model.CallerSystem, PersonID: personID}
	_, err := l.Call(ctx, caller, in)
	switch model.CodeOf(err) {
	case model.CodeUnavailable, model.CodeTimeout, model.CodeStorageFull, model.CodeInternal:
		return err
	}
	return nil
}

// Prefer says whether a passage calls the lift to the floor of an own home. Errors:
// not_found for a home that is not the caller's.
func (l *Lifts) Prefer(ctx context.Context, caller *model.Caller, householdID string, on bool) error {
	return l.Store.Update(ctx, func(tx *store.Tx) error {
		rights, err := l.residentRights(tx, caller.PersonID)
		if err != nil {
			return err
		}
		for _, home := range rights.own {
			if home.ID == householdID {
				p := model.LiftPreference{PersonID: caller.PersonID, HouseholdID: home.ID, CommunityID: home.CommunityID, CreatedAt: l.now()}
				if err := tx.SetLiftPreference(p, on); err != nil {
					return err
				}
				return tx.Audit(caller, home.CommunityID, "lift.prefer", "household", home.ID, nil)
			}
		}
		return model.NotFound()
	})
}
