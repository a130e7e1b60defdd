package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// AppealShown is an appeal with how its restriction stands.
type AppealShown struct {
	model.Appeal
	RestrictionState model.RestrictionState
}

// Appeal objects to a restriction against the caller or a dependant. If staff do not
// answer within 48 hours, it lifts by itself. Errors: not_found, conflict when an
// appeal is open, state_changed with the state when it does not stand any more.
func (s *Restrictions) Appeal(ctx context.Context, caller *model.Caller, restrictionID, text string) (AppealShown, error) {
	var out AppealShown
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Restriction(restrictionID)
		if err != nil {
			return err
		}
		subjects, err := ownSubjects(tx, caller)
		if err != nil {
			return err
		}
		if r.State == model.RestrictionProposed || !slices.Contains(subjects, r.SubjectID) {
			return model.NotFound()
		}
		if err := s.hold(tx, &r); err != nil {
			return err
		}
		now := s.Clock.Now()
		out.Appeal = model.Appeal{ID: model.NewID(now), RestrictionID: r.ID, CommunityID: r.CommunityID, EmergencyID: r.EmergencyID, PersonID: caller.PersonID,
			Text: text, State: model.AppealOpen, DueAt: model.Millis(now.Add(appealTime)), CreatedAt: model.Millis(now)}
		out.RestrictionState = r.State
		did, err := tx.CreateAppeal(&r, out.Appeal)
		if err != nil {
			return err
		}
		if !did {
			return s.notAppealable(tx, r.ID)
		}
		return tx.Audit(caller, r.CommunityID, "restriction.appeal", "appeal", out.ID, map[string]string{"restriction_id": r.ID, "due_at": instantText(out.DueAt)})
	})
	return out, err
}

func (s *Restrictions) notAppealable(tx *store.Tx, id string) error {
	r, err := tx.Restriction(id)
	if err != nil {
		return err
	}
	if r.Holds(s.now()) {
		return model.Fail(model.CodeConflict) // an appeal is open
	}
	return s.stateNow(tx, id)
}

// Decide answers an appeal: the restriction stands, or is lifted. It must be somebody
// other than who set the restriction and who approved it. Errors: not_found out of
// scope, self_approval, state_changed with the state, also when its time is over.
func (s *Restrictions) Decide(ctx context.Context, caller *model.Caller, id string, lift bool, answer string) (AppealShown, error) {
	var out AppealShown
	var people []string
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Appeal(id)
		if err != nil {
			return err
		}
		if err := s.Directory.Reach(caller, "restriction.decide", a.CommunityID); err != nil {
			return err
		}
		r, err := tx.Restriction(a.RestrictionID)
		if err != nil {
			return err
		}
		if caller.AccountID == r.AuthorID || caller.AccountID == r.ApproverID {
			return model.Fail(model.CodeSelfApproval)
		}
		if err := s.hold(tx, &r); err != nil {
			return err
		}
		to := model.AppealUpheld
		if lift {
			to = model.AppealLifted
		}
		a.Answer = answer
		if people, err = s.people(tx, &r); err != nil {
			return err
		}
		if err := s.settle(tx, caller, &r, a, to); err != nil {
			return err
		}
		out, err = s.appealNow(tx, id)
		return err
	})
	if err == nil {
		err = s.forgetPeople(ctx, out.CommunityID, people...)
	}
	return out, err
}

func (s *Restrictions) appealNow(tx *store.Tx, id string) (AppealShown, error) {
	a, err := tx.Appeal(id)
	if err != nil {
		return AppealShown{}, err
	}
	r, err := tx.Restriction(a.RestrictionID)
	return AppealShown{Appeal: a, RestrictionState: r.State}, err
}

// settle ends an appeal and, unless it was upheld, the restriction.
func (s *Restrictions) settle(tx *store.Tx, caller *model.Caller, r *model.Restriction, a model.Appeal, to model.AppealState) error {
	did, err := tx.DecideAppeal(r, a, to, caller.AccountID)
	if err != nil {
		return err
	}
	if !did {
		return s.lateAnswer(tx, a.ID)
	}
	action, template, why := "appeal.uphold", templateAppealDecided, ""
	switch to {
	case model.AppealLifted:
		action, template, why = "appeal.lift", templateRestrictionLifted, endedByAppeal
	case model.AppealAutoLifted:
		action, template, why = "appeal.auto_lift", templateRestrictionAuto, endedByNoAnswer
	}
	if why != "" {
		if _, err := tx.EndRestriction(r.CommunityID, r.ID, model.RestrictionLifted, caller.AccountID, why); err != nil {
			return err
		}
	}
	return s.follow(tx, caller, r, action, template)
}

// lateAnswer is state_changed for an appeal that is not open any more, or whose time
// is over.
func (s *Restrictions) lateAnswer(tx *store.Tx, id string) error {
	a, err := tx.Appeal(id)
	if err != nil {
		return err
	}
	if a.State == model.AppealOpen {
		a.State = model.AppealAutoLifted // the clock is about to say so
	}
	return &model.Error{Code: model.CodeStateChanged, State: string(a.State)}
}

// AutoLift lifts what was appealed and not answered in time, tells the people
// concerned, and says how many.
func (s *Restrictions) AutoLift(ctx context.Context) (int, error) {
	due, err := s.Store.View(ctx).DueAppeals(s.now(), lapsePage)
	if err != nil {
		return 0, err
	}
	return s.each(ctx, len(due), func(tx *store.Tx, i int) (*model.Restriction, error) {
		r, err := tx.Restriction(due[i].RestrictionID)
		if err != nil {
			return nil, err
		}
		if err := s.hold(tx, &r); err != nil {
			return nil, err
		}
		return &r, s.settle(tx, &clockwork, &r, due[i], model.AppealAutoLifted)
	})
}

// Expire ends what has reached its end, and says how many.
func (s *Restrictions) Expire(ctx context.Context) (int, error) {
	due, err := s.Store.View(ctx).ExpiredRestrictions(s.now(), lapsePage)
	if err != nil {
		return 0, err
	}
	return s.each(ctx, len(due), func(tx *store.Tx, i int) (*model.Restriction, error) {
		r := due[i]
		if err := s.hold(tx, &r); err != nil {
			return nil, err
		}
		did, err := tx.EndRestriction(r.CommunityID, r.ID, model.RestrictionExpired, clockwork.AccountID, endedByExpiry)
		if err != nil || !did {
			return nil, failOr(err, s.stateNow(tx, r.ID))
		}
		if err := tx.CloseAppeals(r.ID, clockwork.AccountID); err != nil {
			return nil, err
		}
		if err := tx.CloseApprovals(r.CommunityID, r.ID, model.ApprovalExpired); err != nil {
			return nil, err
		}
		template := templateRestrictionEnded
		if r.State == model.RestrictionProposed {
			template = ""
		}
		return &r, s.follow(tx, &clockwork, &r, "restriction.expire", template)
	})
}

// each runs one transaction per item. What another replica did first, or what goes
// with an emergency that ended, is passed over.
func (s *Restrictions) each(ctx context.Context, n int, step func(tx *store.Tx, i int) (*model.Restriction, error)) (int, error) {
	done := 0
	for i := range n {
		var r *model.Restriction
		var people []string
		err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			if r, err = step(tx, i); err != nil {
				return err
			}
			people, err = s.people(tx, r)
			return err
		})
		switch model.CodeOf(err) {
		case model.CodeStateChanged, model.CodeNotFound, model.CodeNotInEmergency:
			if err != nil {
				continue
			}
		}
		if err != nil {
			return done, err
		}
		if err := s.forgetPeople(ctx, r.CommunityID, people...); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}
