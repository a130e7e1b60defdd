package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Approve is the second approver's answer; the restriction holds from then on.
// Errors: not_found out of scope, self_approval for the author, not_in_emergency,
// state_changed with the state.
func (s *Restrictions) Approve(ctx context.Context, caller *model.Caller, id string) (RestrictionShown, error) {
	return s.decide(ctx, caller, id, func(tx *store.Tx, r *model.Restriction) error {
		if err := s.hold(tx, r); err != nil {
			return err
		}
		if _, err := s.answerApproval(tx, r.CommunityID, r.ApprovalID, model.ApprovalApproved, caller.AccountID, ""); err != nil {
			return err
		}
		did, err := tx.ApproveRestriction(r.CommunityID, r.ID, caller.AccountID)
		if err != nil || !did {
			return failOr(err, s.stateNow(tx, r.ID))
		}
		return s.follow(tx, caller, r, "restriction.approve", templateRestrictionSet)
	})
}

// Lift ends a restriction that is proposed or stands. Errors: not_found out of scope,
// state_changed with the state.
func (s *Restrictions) Lift(ctx context.Context, caller *model.Caller, id, reason string) (RestrictionShown, error) {
	return s.decide(ctx, caller, id, func(tx *store.Tx, r *model.Restriction) error {
		if err := s.hold(tx, r); err != nil {
			return err
		}
		proposed := r.State == model.RestrictionProposed
		did, err := tx.EndRestriction(r.CommunityID, r.ID, model.RestrictionLifted, caller.AccountID, endedByStaff)
		if err != nil || !did {
			return failOr(err, s.stateNow(tx, r.ID))
		}
		r.LiftedBecause = reason
		if err := tx.SaveDetails(*r); err != nil {
			return err
		}
		if err := tx.CloseAppeals(r.ID, caller.AccountID); err != nil {
			return err
		}
		if err := tx.CloseApprovals(r.CommunityID, r.ID, model.ApprovalCancelled); err != nil {
			return err
		}
		template := templateRestrictionLifted
		if proposed {
			template = "" // nobody was told of it
		}
		return s.follow(tx, caller, r, "restriction.lift", template)
	})
}

// decide finds a restriction within the caller's reach and makes one step.
func (s *Restrictions) decide(ctx context.Context, caller *model.Caller, id string, step func(tx *store.Tx, r *model.Restriction) error) (RestrictionShown, error) {
	var out RestrictionShown
	var people []string
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Restriction(id)
		if err != nil {
			return err
		}
		if err := s.Directory.Reach(caller, "restriction.decide", r.CommunityID); err != nil {
			return err
		}
		if err := step(tx, &r); err != nil {
			return err
		}
		if people, err = s.people(tx, &r); err != nil {
			return err
		}
		if r, err = tx.Restriction(id); err != nil {
			return err
		}
		page, err := withAppeals(tx, List[model.Restriction]{Items: []model.Restriction{r}})
		if err == nil {
			out = page.Items[0]
		}
		return err
	})
	if err == nil {
		err = s.forgetPeople(ctx, out.CommunityID, people...)
	}
	return out, err
}

// stateNow is state_changed with the state that stands in the way.
func (s *Restrictions) stateNow(tx *store.Tx, id string) error {
	r, err := tx.Restriction(id)
	if err != nil {
		return err
	}
	if r.State != model.RestrictionLifted && s.now() >= r.ExpiresAt {
		r.State = model.RestrictionExpired
	}
	return &model.Error{Code: model.CodeStateChanged, State: string(r.State)}
}

// follow is what comes after each step: gates hear of it, the people concerned are
// told (unless template is empty), and the log has it.
func (s *Restrictions) follow(tx *store.Tx, caller *model.Caller, r *model.Restriction, action, template string) error {
	people, err := s.people(tx, r)
	if err != nil {
		return err
	}
	if err := touchPeople(tx, r.CommunityID, people...); err != nil {
		return err
	}
	for _, p := range people {
		if template == "" {
			break
		}
		err := s.tellWithCarers(tx, model.Message{PersonID: p, CommunityID: r.CommunityID, Template: template, SubjectKind: restrictionTarget, SubjectID: r.ID})
		if err != nil {
			return err
		}
	}
	return tx.Audit(caller, r.CommunityID, action, restrictionTarget, r.ID, nil)
}
