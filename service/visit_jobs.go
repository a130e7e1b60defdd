package service

import (
	"context"
	"errors"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// visitBatch bounds what one pass of a job takes on.
	visitBatch = 100
	// KeepVisits is how long a visit is kept after its end.
	KeepVisits = 30 * 24 * time.Hour
)

// Climb lets every ladder whose time has come go on by one rung. It may run on
// several replicas at once: who takes the clock off an approval goes on, and the
// visit is held meanwhile.
func (s *Visits) Climb(ctx context.Context) error {
	due, err := s.Store.View(ctx).ApprovalsDue(model.ApproveVisit, s.now(), visitBatch)
	if err != nil {
		return err
	}
	var failed []error // one visit that cannot go on holds up no other
	for _, a := range due {
		_, err := s.change(ctx, model.Visit{ID: a.SubjectID, CommunityID: a.CommunityID}, func(tx *store.Tx, v *model.Visit) error {
			first, err := tx.SilenceApproval(a.CommunityID, a.ID)
			if err != nil || !first || v.State != model.VisitRequested || v.Step != a.Step {
				return err
			}
			if v.EndsAt <= s.now() {
				return s.tooLate(tx, v)
			}
			rule, err := ruleOf(v)
			if err != nil {
				return err
			}
			return s.nextRung(tx, v, rule)
		})
		if err != nil && !model.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (s *Visits) tooLate(tx *store.Tx, v *model.Visit) error {
	return s.settle(tx, systemCaller, v, settlement{from: []model.VisitState{model.VisitRequested}, to: model.VisitExpired, reason: model.VisitTooLate})
}

// Follow brings visits in line with what gates have seen and the clock says: who has
// come, who has stayed too long, who never came.
func (s *Visits) Follow(ctx context.Context) error {
	failed := []error{s.arrivals(ctx)}
	for _, state := range []model.VisitState{model.VisitRequested, model.VisitApproved, model.VisitArrived} {
		over, err := s.Store.View(ctx).VisitsOver(state, s.now(), visitBatch)
		if err != nil {
			return err
		}
		for _, v := range over {
			if err := s.timeIsUp(ctx, v); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(append(failed, s.drivenOff(ctx), s.overstayers(ctx))...)
}

func (s *Visits) arrivals(ctx context.Context) error {
	came, err := s.Store.View(ctx).VisitsArrived(visitBatch)
	if err != nil {
		return err
	}
	var failed []error
	for _, a := range came {
		_, err := s.change(ctx, model.Visit{ID: a.ID, CommunityID: a.CommunityID}, func(tx *store.Tx, v *model.Visit) error {
			if v.State != model.VisitApproved {
				return nil
			}
			if err := tx.SetVisit(v.CommunityID, v.ID, map[string]any{"arrived_at": a.At}); err != nil {
				return err
			}
			return s.settle(tx, systemCaller, v, settlement{from: []model.VisitState{model.VisitApproved}, to: model.VisitArrived})
		})
		if err != nil && !model.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// timeIsUp ends a visit whose window has passed, by whether the visitor is inside.
func (s *Visits) timeIsUp(ctx context.Context, over model.Visit) error {
	_, err := s.change(ctx, over, func(tx *store.Tx, v *model.Visit) error {
		if v.State != over.State || v.EndsAt > s.now() {
			return nil // somebody was quicker
		}
		from := []model.VisitState{v.State}
		switch v.State {
		case model.VisitRequested:
			return s.tooLate(tx, v)
		case model.VisitApproved:
			return s.settle(tx, systemCaller, v, settlement{from: from, to: model.VisitExpired, reason: model.VisitNobodyCame})
		}
		inside, err := tx.VisitInside(v.ID)
		if err != nil {
			return err
		}
		if inside {
			return s.settle(tx, systemCaller, v, settlement{from: from, to: model.VisitOverstayed})
		}
		return s.settle(tx, systemCaller, v, settlement{from: from, to: model.VisitLeft})
	})
	if model.IsNotFound(err) {
		return nil
	}
	return err
}

// drivenOff ends the visits whose vehicle a barrier has let out.
func (s *Visits) drivenOff(ctx context.Context) error {
	gone, err := s.Store.View(ctx).VisitsDrivenOff(visitBatch)
	if err != nil {
		return err
	}
	var failed []error
	for _, one := range gone {
		_, err := s.change(ctx, one, func(tx *store.Tx, v *model.Visit) error {
			if v.State != model.VisitArrived && v.State != model.VisitOverstayed {
				return nil // somebody was quicker
			}
			return s.settle(tx, systemCaller, v, settlement{from: []model.VisitState{v.State}, to: model.VisitLeft})
		})
		if err != nil && !model.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// overstayers lets go of those who have gone out after all.
func (s *Visits) overstayers(ctx context.Context) error {
	over, err := s.Store.View(ctx).VisitsGone(visitBatch)
	if err != nil {
		return err
	}
	var failed []error
	for _, gone := range over {
		_, err := s.change(ctx, gone, func(tx *store.Tx, v *model.Visit) error {
			if v.State != model.VisitOverstayed {
				return nil
			}
			return s.settle(tx, systemCaller, v, settlement{from: []model.VisitState{model.VisitOverstayed}, to: model.VisitLeft})
		})
		if err != nil && !model.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Purge drops the visits that ended KeepVisits ago, with the keys of their visitors,
// in batches until none is left or ctx ends, and says how many.
func (s *Visits) Purge(ctx context.Context, lease store.Lease) (int64, error) {
	var total int64
	before := model.Millis(s.Clock.Now().Add(-KeepVisits))
	for {
		var n int64
		err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			if err = tx.HoldLease(lease); err != nil {
				return err
			}
			n, err = tx.PurgeVisits(before, visitBatch)
			return err
		})
		if total += n; err != nil || n == 0 {
			return total, err
		}
	}
}

// EndOfResidency takes back what a resident has invited to a home that is not his
// any more, inside the transaction of the move.
func (s *Visits) EndOfResidency(tx *store.Tx, caller *model.Caller, r model.Residency) error {
	invited, err := tx.VisitsInvitedBy(r.CommunityID, r.HouseholdID, r.PersonID)
	if err != nil {
		return err
	}
	for i := range invited {
		v := &invited[i]
		err := s.settle(tx, caller, v, settlement{from: visitGoesOn, to: model.VisitCancelled, reason: model.VisitHostMoved})
		if err != nil && model.CodeOf(err) != model.CodeStateChanged {
			return err
		}
	}
	return nil
}

// EndOfHost takes back every visit to a home that a resident invited or let in, for
// one who leaves the system, inside the transaction. The passes go into gone.
func (s *Visits) EndOfHost(tx *store.Tx, caller *model.Caller, r model.Residency, gone *departed) error {
	hosted, err := tx.VisitsHostedBy(r.CommunityID, r.HouseholdID, r.PersonID)
	if err != nil {
		return err
	}
	for i := range hosted {
		v := &hosted[i]
		err := s.settle(tx, caller, v, settlement{from: visitGoesOn, to: model.VisitCancelled, reason: model.VisitHostMoved})
		if err != nil && model.CodeOf(err) != model.CodeStateChanged {
			return err
		}
		if p, err := tx.PassOfVisit(v.CommunityID, v.ID); err == nil {
			gone.passes = append(gone.passes, p)
		}
	}
	return nil
}
