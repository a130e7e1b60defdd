package service

import (
	"encoding/json"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// systemCaller is who acts when nobody did.
var systemCaller = &model.Caller{Kind: model.CallerSystem}

// nextStep opens the step after the one that the visit stands at, or approves the
// visit when there is none. An invitation has its host's word already.
func (s *Visits) nextStep(tx *store.Tx, caller *model.Caller, v *model.Visit) error {
	rule, err := ruleOf(v)
	if err != nil {
		return err
	}
	for v.Step++; v.Step <= len(rule.Steps); v.Step++ {
		if agreedBefore(v, rule.Steps[v.Step-1].Who) {
			continue
		}
		if err := tx.SetVisit(v.CommunityID, v.ID, map[string]any{"step": v.Step}); err != nil {
			return err
		}
		return s.nextRung(tx, v, rule)
	}
	return s.settle(tx, caller, v, settlement{to: model.VisitApproved, from: []model.VisitState{model.VisitRequested}})
}

// agreedBefore says whether the invitation is the word of those whose step it is: a
// resident speaks for the home, the property for itself, and for its office, where
// no home has a word.
func agreedBefore(v *model.Visit, who model.Answerer) bool {
	switch v.Origin {
	case model.VisitInvited:
		return who == model.AnswererHost
	case model.VisitArranged:
		return who == model.AnswererProperty || who == model.AnswererHost && v.HouseholdID == ""
	}
	return false
}

func ruleOf(v *model.Visit) (model.VisitRule, error) {
	var rule model.VisitRule
	err := json.Unmarshal([]byte(v.Chain), &rule)
	return rule, err
}

// nextRung asks whoever is next in the step (rule 14): the next of the family, then
// the guard; when all are silent, the community's default holds.
func (s *Visits) nextRung(tx *store.Tx, v *model.Visit, rule model.VisitRule) error {
	asked, err := tx.ApprovalsOf(v.CommunityID, v.ID)
	if err != nil {
		return err
	}
	asked = slices.DeleteFunc(asked, func(a model.Approval) bool { return a.Step != v.Step })
	step := rule.Steps[v.Step-1]
	next := model.Approval{CommunityID: v.CommunityID, Kind: model.ApproveVisit, SubjectID: v.ID, Step: v.Step, AuthorID: v.AuthorID}
	if step.Who == model.AnswererHost {
		who, err := s.nextOfFamily(tx, v, asked)
		if err != nil {
			return err
		}
		if who != "" {
			next.Answerer, next.PersonID = model.AnswererHost, who
			return s.ask(tx, v, next, step.Minutes, len(asked) > 0)
		}
		if len(asked) == 0 {
			return s.askNobody(tx, v, next, rule)
		}
		if asked[0].PersonID == "" {
			return s.nobodyAnswered(tx, v, rule)
		}
	} else if len(asked) == 0 {
		next.Answerer = step.Who
		return s.ask(tx, v, next, step.Minutes, false)
	}
	guardAsked := slices.ContainsFunc(asked, func(a model.Approval) bool { return a.Answerer == model.AnswererGuard })
	if step.Silence == model.SilenceGuard && !guardAsked {
		next.Answerer = model.AnswererGuard
		return s.ask(tx, v, next, rule.GuardMinutes, true)
	}
	return s.nobodyAnswered(tx, v, rule)
}

// nobodyAnswered is the last rung: the community's default.
func (s *Visits) nobodyAnswered(tx *store.Tx, v *model.Visit, rule model.VisitRule) error {
	if rule.Fallback == model.FallbackAdmit && v.Kind == model.VisitCourier {
		return s.settle(tx, systemCaller, v, settlement{to: model.VisitApproved, reason: model.VisitNobodyAnswered, from: []model.VisitState{model.VisitRequested}})
	}
	return s.settle(tx, systemCaller, v, settlement{to: model.VisitExpired, reason: model.VisitNobodyAnswered, from: []model.VisitState{model.VisitRequested}})
}

// nextOfFamily is the member of the home who is asked next, "" when all were: those
// who speak for it and can answer, owners first.
func (s *Visits) nextOfFamily(tx *store.Tx, v *model.Visit, asked []model.Approval) (string, error) {
	if v.HouseholdID == "" {
		return "", nil
	}
	members, err := family(tx, v.CommunityID, v.HouseholdID)
	if err != nil {
		return "", err
	}
	for _, id := range members {
		if !slices.ContainsFunc(asked, func(a model.Approval) bool { return a.PersonID == id }) {
			return id, nil
		}
	}
	return "", nil
}

// familyOrder is who is asked first.
var familyOrder = []string{"owner", "tenant", "family"}

// family are the members of a home who can answer for it, in the order asked.
func family(tx *store.Tx, communityID, householdID string) ([]string, error) {
	members, err := tx.HouseholdMembers(communityID, householdID)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, relation := range familyOrder {
		for _, m := range members {
			if m.Relation == relation && !slices.Contains(people, m.PersonID) {
				people = append(people, m.PersonID)
			}
		}
	}
	able, err := tx.AbleToAnswer(people)
	return slices.DeleteFunc(people, func(id string) bool { return !able[id] }), err
}

// Templates of what a rung is told.
const (
	templateVisitAsked = "visit_asked"
	templateVisitNext  = "visit_next"
)

// ask opens one rung of the ladder and tells whoever stands on it.
func (s *Visits) ask(tx *store.Tx, v *model.Visit, a model.Approval, within int, ladder bool) error {
	a, err := s.askApproval(tx, a, minutes(within))
	if err != nil {
		return err
	}
	template := templateVisitAsked
	if ladder {
		template = templateVisitNext
	}
	people, err := s.whoAnswers(tx, v, a)
	if err != nil {
		return err
	}
	return s.tellVisit(tx, v, template, true, people)
}

// toldStaff bounds how many of the staff one rung tells.
const toldStaff = 20

// whoAnswers are the people who may answer, to be told: the resident and who answers
// in his place, or the staff whose role is asked. The list of approvals has it also
// for those who are beyond the bound.
func (s *Visits) whoAnswers(tx *store.Tx, v *model.Visit, a model.Approval) ([]string, error) {
	community, ok := s.Directory.Community(v.CommunityID)
	if !ok {
		return nil, model.NotFound()
	}
	switch a.Answerer {
	case model.AnswererGuard:
		return tx.StaffPeople(v.CommunityID, model.RoleGuard, model.ScopeCommunity, v.CommunityID, toldStaff)
	case model.AnswererProperty:
		return tx.StaffPeople(v.CommunityID, model.RolePropertyManager, model.ScopeCommunity, v.CommunityID, toldStaff)
	case model.AnswererCommittee:
		return tx.StaffPeople(v.CommunityID, model.RoleCommitteeOfficer, model.ScopeCommittee, community.CommitteeID, toldStaff)
	}
	people := []string{a.PersonID}
	delegates, err := tx.VisitDelegates(a.PersonID)
	for _, d := range delegates {
		if d.HouseholdID == v.HouseholdID && (d.Until == 0 || d.Until > s.now()) {
			people = append(people, d.DelegateID)
		}
	}
	return people, err
}

// tellVisit puts the same message into several inboxes.
func (s *Visits) tellVisit(tx *store.Tx, v *model.Visit, template string, urgent bool, people []string) error {
	if len(people) == 0 {
		return nil
	}
	params := map[string]string{"kind": string(v.Kind), "visitor": "", "home": "?"} // a home that is not there has no name
	who, err := tx.Person(v.VisitorID)
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	params["visitor"] = model.MaskName(who.Name)
	if v.Reason != "" {
		params["reason"] = v.Reason
	}
	home, err := tx.HouseholdsByID([]string{v.HouseholdID})
	if err != nil {
		return err
	}
	if h, ok := home[v.HouseholdID]; ok {
		params["home"] = h.Building + "-" + h.Unit + "-" + h.Room
	}
	for _, id := range people {
		m := model.Message{PersonID: id, CommunityID: v.CommunityID, Template: template, SubjectKind: "visit", SubjectID: v.ID, Params: params, Urgent: urgent}
		if err := s.tell(tx, m); err != nil {
			return err
		}
	}
	return nil
}
