package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// decidable reads an emergency that the caller may decide on: in every community of
// its scope, since it is one act for all of them.
func (s *Emergencies) decidable(ctx context.Context, caller *model.Caller, id string) (model.Emergency, error) {
	e, err := s.Store.View(ctx).Emergency(id)
	if err != nil {
		return e, err
	}
	for _, c := range e.Scope {
		if err := s.Directory.Reach(caller, "emergency.decide", c); err != nil {
			return e, err
		}
	}
	return e, nil
}

// update runs a transaction, again when a rule version or a key was taken by
// somebody else in the same moment, and then shows the change here.
func (s *Emergencies) update(ctx context.Context, id string, fn func(tx *store.Tx) error) error {
	err := s.Store.Update(ctx, fn)
	for try := 1; model.CodeOf(err) == model.CodeConflict && try < numberAttempts; try++ {
		err = s.Store.Update(ctx, fn)
	}
	if err == nil {
		s.showHere(ctx, s.Directory.LoadPlaces)
		s.hear(ctx, id)
	}
	return err
}

// hear forgets here what an emergency that moved has changed. The key of one that is
// still to begin is not destroyed, and must not be taken for it: a key is forgotten
// for good.
func (s *Emergencies) hear(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), showLimit)
	defer cancel()
	e, err := s.Store.View(ctx).Emergency(id)
	switch {
	case err == nil && e.State == model.EmergencyDeclared:
	case err == nil && e.State == model.EmergencyActive:
		s.Directory.passes.forgetAll()
	default:
		s.Directory.emergencyChanged(id)
	}
}

// Approve is the answer of one of the two approvers, to a declared emergency or to
// the pending renewal of an active one; the second answer puts it in force. Errors:
// not_found out of scope, self_approval for the author, already_approved for who
// answered before, emergency_exists, state_changed with the state.
func (s *Emergencies) Approve(ctx context.Context, caller *model.Caller, id string) (EmergencyShown, error) {
	e, err := s.decidable(ctx, caller, id)
	if err != nil {
		return EmergencyShown{}, err
	}
	err = s.update(ctx, id, func(tx *store.Tx) error {
		// The lock makes approvers wait for each other: otherwise one person could
		// give both answers in the same moment.
		declared, err := tx.LockEmergency(id, model.EmergencyDeclared)
		if err != nil {
			return err
		}
		if declared {
			return s.approveStart(tx, caller, &e)
		}
		return s.approveRenewal(tx, caller, &e)
	})
	if err != nil {
		return EmergencyShown{}, err
	}
	return s.show(ctx, id)
}

// answer gives one of the two answers and says whether it was the second.
func (s *Emergencies) answer(tx *store.Tx, caller *model.Caller, e *model.Emergency, subjectID string) (bool, error) {
	chain, err := tx.ApprovalsOf(e.CommunityID, subjectID)
	if err != nil {
		return false, err
	}
	var waiting []model.Approval
	for _, a := range chain {
		switch {
		case a.State == model.ApprovalPending:
			waiting = append(waiting, a)
		case a.DecidedBy == caller.AccountID:
			return false, model.Fail(model.CodeAlreadyApproved)
		}
	}
	if len(waiting) == 0 {
		return false, s.stateNow(tx, e.ID)
	}
	_, err = s.answerApproval(tx, e.CommunityID, waiting[0].ID, model.ApprovalApproved, caller.AccountID, "")
	if err != nil {
		return false, err
	}
	return len(waiting) == 1, s.auditScope(tx, caller, e, "emergency.approve", map[string]string{"approval_id": waiting[0].ID})
}

// stateNow is state_changed with the state that stands in the way.
func (s *Emergencies) stateNow(tx *store.Tx, id string) error {
	e, err := tx.Emergency(id)
	if err != nil {
		return err
	}
	if e.State == model.EmergencyDeclared && s.now() >= e.EndsAt {
		e.State = model.EmergencyLapsed // the clock is about to say so
	}
	return &model.Error{Code: model.CodeStateChanged, State: string(e.State)}
}

func (s *Emergencies) approveStart(tx *store.Tx, caller *model.Caller, e *model.Emergency) error {
	if s.now() >= e.EndsAt {
		return s.stateNow(tx, e.ID)
	}
	complete, err := s.answer(tx, caller, e, e.ID)
	if err != nil || !complete {
		return err
	}
	started, err := tx.StartEmergency(e.ID)
	if model.CodeOf(err) == model.CodeConflict && err != nil {
		return model.Fail(model.CodeEmergencyExists)
	}
	if err != nil || !started {
		return failOr(err, s.stateNow(tx, e.ID))
	}
	if err := tx.CreateEmergencyKey(e.ID); err != nil {
		return err
	}
	if err := s.setMode(tx, e, model.ModeEmergency, caller.AccountID); err != nil {
		return err
	}
	return s.auditScope(tx, caller, e, "emergency.start", map[string]string{"ends_at": instantText(e.EndsAt)})
}

// setMode moves every community of the scope, with a new version of its rules, and
// tells the replicas.
func (s *Emergencies) setMode(tx *store.Tx, e *model.Emergency, mode model.Mode, by string) error {
	for _, id := range e.Scope {
		if err := tx.SetMode(id, mode, by); err != nil {
			return err
		}
		if err := tx.Changed(model.ChangeCommunity, id, id); err != nil {
			return err
		}
	}
	return tx.Changed(model.ChangeEmergency, e.CommunityID, e.ID)
}

func (s *Emergencies) approveRenewal(tx *store.Tx, caller *model.Caller, e *model.Emergency) error {
	held, err := tx.HoldEmergency(e.ID)
	if err != nil {
		return err
	}
	renewal, err := tx.OpenRenewal(e.ID)
	if !held || model.IsNotFound(err) {
		return s.stateNow(tx, e.ID)
	}
	if err != nil {
		return err
	}
	complete, err := s.answer(tx, caller, e, renewal.ID)
	if err != nil || !complete {
		return err
	}
	if did, err := tx.CloseRenewal(renewal, model.RenewalApproved); err != nil || !did {
		return failOr(err, s.stateNow(tx, e.ID))
	}
	if err := s.setMode(tx, e, model.ModeEmergency, caller.AccountID); err != nil {
		return err
	}
	return s.auditScope(tx, caller, e, "emergency.renew", map[string]string{"ends_at": instantText(renewal.EndsAt)})
}

// NewRenewal is what is said to renew an emergency.
type NewRenewal struct {
	EndsAt                   time.Time
	Reason, ImpactAssessment string
}

// Renew asks for a later end, at most 30 days after the present one; two others than
// the author must approve it before the present end. Errors: not_found out of scope,
// invalid, conflict when a renewal is pending, state_changed with the state.
func (s *Emergencies) Renew(ctx context.Context, caller *model.Caller, id string, in NewRenewal) (EmergencyShown, error) {
	e, err := s.decidable(ctx, caller, id)
	if err != nil {
		return EmergencyShown{}, err
	}
	now := s.Clock.Now()
	r := model.Renewal{ID: model.NewID(now), EmergencyID: id, CommunityID: e.CommunityID, EndsAt: model.Millis(in.EndsAt),
		Reason: in.Reason, ImpactAssessment: in.ImpactAssessment, State: model.RenewalPending, AuthorID: caller.AccountID, CreatedAt: model.Millis(now)}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if held, err := tx.HoldEmergency(id); err != nil || !held {
			return failOr(err, s.stateNow(tx, id))
		}
		present, err := tx.Emergency(id)
		if err != nil {
			return err
		}
		if r.EndsAt <= present.EndsAt || r.EndsAt > present.EndsAt+emergencyLimit.Milliseconds() {
			return model.Invalid(model.FieldError{Field: "/ends_at", Code: "range", Limit: "30 d"})
		}
		if err := tx.CreateRenewal(r); err != nil {
			return err
		}
		if err := s.askTwo(tx, e.CommunityID, r.ID, caller.AccountID); err != nil {
			return err
		}
		return s.auditScope(tx, caller, &e, "emergency.ask_renewal", map[string]string{"renewal_id": r.ID, "ends_at": instantText(r.EndsAt)})
	})
	if err != nil {
		return EmergencyShown{}, err
	}
	return s.show(ctx, id)
}
