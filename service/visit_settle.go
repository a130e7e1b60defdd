package service

import (
	"slices"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// settlement is one step in the life of a visit.
type settlement struct {
	from []model.VisitState
	to   model.VisitState
	// reason is the words of whoever decided, or a reason of the system.
	reason string
	action string
}

// settle makes the step with all that follows from it, or fails with state_changed.
// The transaction holds the visit.
func (s *Visits) settle(tx *store.Tx, caller *model.Caller, v *model.Visit, m settlement) error {
	now := s.now()
	set := map[string]any{"reason": m.reason}
	switch {
	case m.to == model.VisitApproved:
		set["decided_at"], set["decided_by"], set["host_id"] = now, actorOf(caller), v.HostID
	case m.to == model.VisitDeclined, m.to == model.VisitExpired && v.State == model.VisitRequested:
		set["decided_at"], set["decided_by"] = now, actorOf(caller)
	}
	if m.to.Over() {
		set["ends_at"] = min(now, v.EndsAt)
	}
	moved, err := tx.MoveVisit(v.CommunityID, v.ID, m.from, m.to, set)
	if err != nil {
		return err
	}
	if !moved {
		return stateOf(v)
	}
	v.State, v.Reason = m.to, m.reason
	if err := s.settlePass(tx, v, now); err != nil {
		return err
	}
	return s.tellSettled(tx, caller, v, m.action)
}

// settlePass brings the pass, and what still waits for an answer, in line.
func (s *Visits) settlePass(tx *store.Tx, v *model.Visit, now int64) error {
	if v.State == model.VisitApproved {
		if err := tx.CloseApprovals(v.CommunityID, v.ID, model.ApprovalSkipped); err != nil {
			return err
		}
		return tx.SetVisitPass(*v, []string{model.PassPending}, map[string]any{"state": model.PassActive})
	}
	if !v.State.Over() {
		return nil
	}
	left := model.ApprovalCancelled
	switch v.State {
	case model.VisitExpired:
		left = model.ApprovalExpired
	case model.VisitDeclined:
		left = model.ApprovalSkipped
	}
	if err := tx.CloseApprovals(v.CommunityID, v.ID, left); err != nil {
		return err
	}
	return tx.SetVisitPass(*v, []string{model.PassPending, model.PassActive},
		map[string]any{"state": model.PassWithdrawn, "reason": "visit_" + string(v.State), "withdrawn_at": now})
}

// visitTemplates are the messages about states; others are told of nobody.
var visitTemplates = map[model.VisitState]string{
	model.VisitApproved: "visit_approved", model.VisitDeclined: "visit_declined", model.VisitExpired: "visit_expired",
	model.VisitCancelled: "visit_cancelled", model.VisitArrived: "visit_arrived", model.VisitOverstayed: "visit_overstay",
}

// tellSettled writes what happened into the audit log, to the hosts and to the
// community's recipients.
func (s *Visits) tellSettled(tx *store.Tx, caller *model.Caller, v *model.Visit, action string) error {
	if action == "" {
		action = "visit." + string(v.State)
	}
	detail := map[string]string{"state": string(v.State), "kind": string(v.Kind), "step": strconv.Itoa(v.Step)}
	if err := tx.Audit(caller, v.CommunityID, action, "visit", v.ID, detail); err != nil {
		return err
	}
	if template, ok := visitTemplates[v.State]; ok {
		people, err := s.toldOf(tx, v)
		if err != nil {
			return err
		}
		people = slices.DeleteFunc(people, func(id string) bool { return id == caller.PersonID })
		if err := s.tellVisit(tx, v, template, v.State == model.VisitOverstayed, people); err != nil {
			return err
		}
	}
	return s.emitVisit(tx, v)
}

// toldOf is who is told how a visit goes on: its host, or else those of the home who
// were asked; the member of staff who invited; and the guards when somebody stays too
// long, who are to look after the visitor.
func (s *Visits) toldOf(tx *store.Tx, v *model.Visit) ([]string, error) {
	out, err := s.hostsOf(tx, v)
	if err != nil {
		return nil, err
	}
	if v.Origin == model.VisitArranged && !slices.Contains(out, v.AuthorID) {
		out = append(out, v.AuthorID)
	}
	if v.State != model.VisitOverstayed {
		return out, nil
	}
	guards, err := tx.StaffPeople(v.CommunityID, model.RoleGuard, model.ScopeCommunity, v.CommunityID, toldStaff)
	return append(out, guards...), err
}

func (s *Visits) hostsOf(tx *store.Tx, v *model.Visit) ([]string, error) {
	if v.HostID != "" {
		return []string{v.HostID}, nil
	}
	asked, err := tx.ApprovalsOf(v.CommunityID, v.ID)
	var out []string
	for _, a := range asked {
		if a.PersonID != "" && !slices.Contains(out, a.PersonID) {
			out = append(out, a.PersonID)
		}
	}
	return out, err
}

// emitVisit tells the community's recipients how a visit stands.
func (s *Visits) emitVisit(tx *store.Tx, v *model.Visit) error {
	community, ok := s.Directory.Community(v.CommunityID)
	if !ok {
		return model.NotFound()
	}
	now := s.now()
	homes, err := tx.HouseholdsByID([]string{v.HouseholdID})
	if err != nil {
		return err
	}
	data := map[string]any{"visit_id": v.ID, "kind": string(v.Kind), "origin": string(v.Origin), "state": string(v.State), "changed_at": model.FromMillis(now),
		"party_size": v.PartySize, "valid_from": model.FromMillis(v.ValidFrom), "valid_until": model.FromMillis(v.ValidUntil)}
	if h, ok := homes[v.HouseholdID]; ok {
		data["household_id"], data["building"], data["unit"], data["room"] = h.ID, h.Building, h.Unit, h.Room
	}
	return tx.Emit(s.events(community, model.EventVisitChanged, v.ID, now, data))
}

// actorOf is who a decision is written down to: a resident as the person, whose
// account may change.
func actorOf(caller *model.Caller) string {
	switch caller.Kind {
	case model.CallerPerson:
		return caller.PersonID
	case model.CallerSystem:
		return string(model.CallerSystem)
	}
	return caller.AccountID
}
