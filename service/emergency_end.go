package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// End ends an emergency by hand: the key is destroyed in the same transaction, the
// rows follow. One that was only declared is cancelled. Errors: not_found out of
// scope, state_changed with the state.
func (s *Emergencies) End(ctx context.Context, caller *model.Caller, id, reason string) (EmergencyShown, error) {
	e, err := s.decidable(ctx, caller, id)
	if err != nil {
		return EmergencyShown{}, err
	}
	err = s.update(ctx, id, func(tx *store.Tx) error {
		declared, err := tx.DropEmergency(id, model.EmergencyCancelled, caller.AccountID, reason)
		if err != nil {
			return err
		}
		if declared {
			return s.dropped(tx, caller, &e, "emergency.cancel")
		}
		ended, err := s.end(tx, caller, id, 0, reason)
		if err == nil && !ended {
			return s.stateNow(tx, id)
		}
		return err
	})
	if err != nil {
		return EmergencyShown{}, err
	}
	return s.show(ctx, id)
}

// dropped writes down that a declared emergency came to nothing.
func (s *Emergencies) dropped(tx *store.Tx, caller *model.Caller, e *model.Emergency, action string) error {
	if err := tx.CloseApprovals(e.CommunityID, e.ID, model.ApprovalCancelled); err != nil {
		return err
	}
	return s.auditScope(tx, caller, e, action, nil)
}

// end ends an active emergency, once, and says whether it did: nothing of health can
// be read from then on.
func (s *Emergencies) end(tx *store.Tx, caller *model.Caller, id string, until int64, reason string) (bool, error) {
	did, err := tx.EndEmergency(id, until, caller.AccountID, reason)
	if err != nil || !did {
		return false, err
	}
	e, err := tx.Emergency(id)
	if err != nil {
		return false, err
	}
	fingerprint, err := tx.DestroyEmergencyKey(id)
	if err != nil {
		return false, err
	}
	if err := tx.BeginDestruction(id); err != nil {
		return false, err
	}
	if err := s.closeRenewal(tx, id); err != nil {
		return false, err
	}
	if err := s.setMode(tx, &e, model.ModeOrdinary, caller.AccountID); err != nil {
		return false, err
	}
	return true, s.auditScope(tx, caller, &e, "emergency.end", map[string]string{"key_fingerprint": fingerprint})
}

func (s *Emergencies) closeRenewal(tx *store.Tx, id string) error {
	r, err := tx.OpenRenewal(id)
	if model.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.CloseRenewal(r, model.RenewalCancelled); err != nil {
		return err
	}
	return tx.CloseApprovals(r.CommunityID, r.ID, model.ApprovalCancelled)
}

// Lapse ends what has reached its end, and says how many. From that instant on the
// gates have judged nothing of health already; this is when the key goes.
func (s *Emergencies) Lapse(ctx context.Context) (int, error) {
	due, err := s.Store.View(ctx).EmergenciesIn(lapsePage, model.EmergencyActive, model.EmergencyDeclared)
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range due {
		if due[i].EndsAt > s.now() {
			break // they come in the order of their ends
		}
		did, err := s.lapse(ctx, &due[i])
		if err != nil {
			return count, err
		}
		if did {
			count++
		}
	}
	return count, nil
}

const lapsePage = 100

// lapsedReason is what stands where staff give their reason.
const lapsedReason = "lapsed"

func (s *Emergencies) lapse(ctx context.Context, e *model.Emergency) (did bool, err error) {
	err = s.update(ctx, e.ID, func(tx *store.Tx) (err error) {
		if e.State == model.EmergencyActive {
			did, err = s.end(tx, &clockwork, e.ID, s.now(), lapsedReason)
			return err
		}
		did, err = tx.DropEmergency(e.ID, model.EmergencyLapsed, clockwork.AccountID, lapsedReason)
		if err != nil || !did {
			return err
		}
		return s.dropped(tx, &clockwork, e, "emergency.lapse")
	})
	return did, err
}
