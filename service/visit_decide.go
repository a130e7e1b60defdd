package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Approve answers the step that waits for the caller. The last step approves the
// visit and its pass at once. Errors: not_found, state_changed with the state when
// nothing waits any more, answer_not_yours with who is asked, self_approval.
func (s *Visits) Approve(ctx context.Context, caller *model.Caller, id string) (VisitView, error) {
	return s.answer(ctx, caller, id, model.ApprovalApproved, "")
}

// Decline answers likewise, and so ends the visit; the reason is shown to the
// visitor. Errors as of Approve.
func (s *Visits) Decline(ctx context.Context, caller *model.Caller, id, reason string) (VisitView, error) {
	return s.answer(ctx, caller, id, model.ApprovalDeclined, reason)
}

func (s *Visits) answer(ctx context.Context, caller *model.Caller, id string, to model.ApprovalState, reason string) (VisitView, error) {
	v, err := s.find(ctx, caller, id, permissionVisitDecide)
	if err != nil {
		return VisitView{}, err
	}
	v, err = s.change(ctx, v, func(tx *store.Tx, v *model.Visit) error {
		if v.State != model.VisitRequested {
			return stateOf(v)
		}
		if v.EndsAt <= s.now() {
			return &model.Error{Code: model.CodeStateChanged, State: string(model.VisitExpired)}
		}
		return s.answerTurn(tx, caller, v, to, reason)
	})
	if err != nil {
		return VisitView{}, err
	}
	return s.view(ctx, v)
}

// answerTurn answers the approval that waits for the caller and lets the chain go on.
func (s *Visits) answerTurn(tx *store.Tx, caller *model.Caller, v *model.Visit, to model.ApprovalState, reason string) error {
	if caller.PersonID == v.AuthorID {
		return model.Fail(model.CodeSelfApproval)
	}
	a, err := s.turnOf(tx, caller, v)
	if err != nil {
		return err
	}
	if a, err = s.answerApproval(tx, v.CommunityID, a.ID, to, actorOf(caller), reason); err != nil {
		return err
	}
	if caller.Kind == model.CallerPerson {
		v.HostID = caller.PersonID
	}
	if to == model.ApprovalDeclined {
		return s.settle(tx, caller, v, settlement{from: []model.VisitState{model.VisitRequested}, to: model.VisitDeclined, reason: reason})
	}
	// The others who were asked in this step need not answer any more.
	if err := tx.CloseApprovals(v.CommunityID, v.ID, model.ApprovalSkipped); err != nil {
		return err
	}
	if err := tx.SetVisit(v.CommunityID, v.ID, map[string]any{"host_id": v.HostID}); err != nil {
		return err
	}
	err = tx.Audit(caller, v.CommunityID, "visit.answer", "visit", v.ID, map[string]string{"approval_id": a.ID, "answer": string(to), "as": string(a.Answerer)})
	if err != nil {
		return err
	}
	return s.nextStep(tx, caller, v)
}

// turnOf is the pending approval that the caller may answer: a resident the own or
// that of whom he answers for, staff that of their role.
func (s *Visits) turnOf(tx *store.Tx, caller *model.Caller, v *model.Visit) (model.Approval, error) {
	pending, err := tx.PendingApprovals([]string{v.ID})
	if err != nil {
		return model.Approval{}, err
	}
	may, err := s.mayAnswer(tx, caller, v)
	if err != nil {
		return model.Approval{}, err
	}
	for _, a := range pending[v.ID] {
		if may(a) {
			return a, nil
		}
	}
	if n := len(pending[v.ID]); n > 0 {
		return model.Approval{}, &model.Error{Code: model.CodeAnswerNotYours, State: string(pending[v.ID][n-1].Answerer)}
	}
	return model.Approval{}, stateOf(v)
}

func (s *Visits) mayAnswer(tx *store.Tx, caller *model.Caller, v *model.Visit) (func(model.Approval) bool, error) {
	if caller.Kind == model.CallerStaff {
		as := s.Directory.answerers(caller, permissionVisitDecide, v.CommunityID)
		return func(a model.Approval) bool { return slices.Contains(as, a.Answerer) }, nil
	}
	people := []string{caller.PersonID}
	forOthers, err := tx.VisitDelegators(caller.PersonID, s.now())
	for _, d := range forOthers {
		if d.HouseholdID == v.HouseholdID {
			people = append(people, d.PersonID)
		}
	}
	return func(a model.Approval) bool {
		return a.Answerer == model.AnswererHost && slices.Contains(people, a.PersonID)
	}, err
}

// answerers are the seats in a chain that the caller's roles fill in a community. The
// property manager may stand in for the guard.
func (d *Directory) answerers(c *model.Caller, p model.Permission, communityID string) []model.Answerer {
	community, ok := d.Community(communityID)
	if !ok {
		return nil
	}
	var out []model.Answerer
	for _, g := range c.Grants {
		if !g.Role.Has(p) || !covers(g, community) {
			continue
		}
		switch g.Role {
		case model.RoleGuard:
			out = append(out, model.AnswererGuard)
		case model.RolePropertyManager:
			out = append(out, model.AnswererProperty, model.AnswererGuard)
		case model.RoleCommitteeOfficer:
			out = append(out, model.AnswererCommittee)
		case model.RoleStreetOfficer:
			out = append(out, model.AnswererStreet)
		}
	}
	return out
}

// visitGoesOn are the states that are not final.
var visitGoesOn = append([]model.VisitState{model.VisitRequested}, model.VisitLive...)

// Cancel takes a visit back, also after it was agreed to: its pass ends at once.
// Errors: not_found, state_changed.
func (s *Visits) Cancel(ctx context.Context, caller *model.Caller, id, reason string) (VisitView, error) {
	return s.end(ctx, caller, id, settlement{from: visitGoesOn, to: model.VisitCancelled, reason: reason})
}

// Leave says that the visitor has gone. Errors: not_found, state_changed.
func (s *Visits) Leave(ctx context.Context, caller *model.Caller, id string) (VisitView, error) {
	return s.end(ctx, caller, id, settlement{from: model.VisitLive, to: model.VisitLeft})
}

func (s *Visits) end(ctx context.Context, caller *model.Caller, id string, m settlement) (VisitView, error) {
	v, err := s.find(ctx, caller, id, permissionVisitDecide)
	if err != nil {
		return VisitView{}, err
	}
	v, err = s.change(ctx, v, func(tx *store.Tx, v *model.Visit) error { return s.settle(tx, caller, v, m) })
	if err != nil {
		return VisitView{}, err
	}
	return s.view(ctx, v)
}
