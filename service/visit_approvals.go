package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Approvals lists a community's approvals that the caller's roles may answer,
// whatever they are about, newest first. Errors: not_found out of scope.
func (s *Visits) Approvals(ctx context.Context, caller *model.Caller, communityID string, kind model.ApprovalKind, state model.ApprovalState, p Page) (List[model.Approval], error) {
	if err := s.Directory.Reach(caller, permissionApprovals, communityID); err != nil {
		return List[model.Approval]{}, err
	}
	f := store.ApprovalFilter{Kind: kind, State: state}
	f.Answerers = s.Directory.answerers(caller, permissionApprovals, communityID)
	for _, a := range f.Answerers {
		if a != model.AnswererGuard { // those who decide with a second of their kind
			f.Answerers = append(f.Answerers, model.AnswererSecond)
			break
		}
	}
	if len(f.Answerers) == 0 {
		return List[model.Approval]{}, nil
	}
	found, err := s.Store.View(ctx).Approvals(communityID, f, p.Cursor, p.Size()+1)
	return paged(found, p, func(a model.Approval) string { return a.ID }), err
}

// OwnApprovals lists what waits for the caller, and for those whom he answers for,
// newest first.
func (s *Visits) OwnApprovals(ctx context.Context, caller *model.Caller, p Page) (List[model.Approval], error) {
	tx := s.Store.View(ctx)
	homes, err := s.homesOf(tx, caller.PersonID)
	if err != nil {
		return List[model.Approval]{}, err
	}
	forOthers, err := tx.VisitDelegators(caller.PersonID, s.now())
	if err != nil {
		return List[model.Approval]{}, err
	}
	// Who has moved out answers for nobody of that home any more.
	forOthers = slices.DeleteFunc(forOthers, func(d model.VisitDelegate) bool {
		return !slices.ContainsFunc(homes, func(r model.Residency) bool { return r.HouseholdID == d.HouseholdID })
	})
	found, err := tx.ApprovalsToAnswer(caller.PersonID, forOthers, p.Cursor, p.Size()+1)
	return paged(found, p, func(a model.Approval) string { return a.ID }), err
}

// Delegation is who answers for somebody, and who might.
type Delegation struct {
	Standing []model.VisitDelegate
	Choices  []DelegateChoice
}

// DelegateChoice is another of the home who can answer for it.
type DelegateChoice struct{ HouseholdID, PersonID, NameMasked string }

// SetDelegate lets another member of the home answer for the caller until an
// instant, 0 for until further notice; with no delegate the caller answers alone.
// Errors: not_found for a home that the caller does not speak for, invalid for
// somebody who cannot answer for it.
func (s *Visits) SetDelegate(ctx context.Context, caller *model.Caller, householdID, delegateID string, until int64) (Delegation, error) {
	if until != 0 && until <= s.now() {
		return Delegation{}, model.Invalid(model.FieldError{Field: "/until", Code: "range", Limit: "> now"})
	}
	var out Delegation
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		homes, err := s.homesOf(tx, caller.PersonID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(homes, func(r model.Residency) bool { return r.HouseholdID == householdID })
		if i < 0 {
			return model.NotFound()
		}
		if delegateID == "" {
			err = tx.DropVisitDelegate(caller.PersonID, householdID)
		} else {
			err = s.delegate(tx, caller, homes[i], delegateID, until)
		}
		if err != nil {
			return err
		}
		if err := tx.Audit(caller, homes[i].CommunityID, "visit.delegate", "household", householdID, nil); err != nil {
			return err
		}
		out, err = delegation(tx, caller.PersonID, homes)
		return err
	})
	return out, err
}

func (s *Visits) delegate(tx *store.Tx, caller *model.Caller, home model.Residency, delegateID string, until int64) error {
	members, err := family(tx, home.CommunityID, home.HouseholdID)
	if err != nil {
		return err
	}
	if delegateID == caller.PersonID || !slices.Contains(members, delegateID) {
		return model.Invalid(model.FieldError{Field: "/delegate_person_id", Code: "enum"})
	}
	return tx.SetVisitDelegate(model.VisitDelegate{PersonID: caller.PersonID, HouseholdID: home.HouseholdID, CommunityID: home.CommunityID,
		DelegateID: delegateID, Until: until, CreatedAt: s.now()})
}

// Delegates shows who answers for the caller, and whom the caller may ask to.
func (s *Visits) Delegates(ctx context.Context, caller *model.Caller) (Delegation, error) {
	tx := s.Store.View(ctx)
	homes, err := s.homesOf(tx, caller.PersonID)
	if err != nil {
		return Delegation{}, err
	}
	return delegation(tx, caller.PersonID, homes)
}

func delegation(tx *store.Tx, personID string, homes []model.Residency) (Delegation, error) {
	standing, err := tx.VisitDelegates(personID)
	out := Delegation{Standing: standing}
	for _, home := range homes {
		if err != nil {
			return out, err
		}
		var members []string
		if members, err = family(tx, home.CommunityID, home.HouseholdID); err == nil {
			err = out.offer(tx, home.HouseholdID, slices.DeleteFunc(members, func(id string) bool { return id == personID }))
		}
	}
	return out, err
}

// offer adds the people of one home, by their masked names.
func (d *Delegation) offer(tx *store.Tx, householdID string, members []string) error {
	people, err := tx.Persons(members)
	for _, id := range members {
		if person, open := people[id]; open {
			d.Choices = append(d.Choices, DelegateChoice{householdID, id, model.MaskName(person.Name)})
		}
	}
	return err
}
