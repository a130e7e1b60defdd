package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Register is what staff say of somebody who has no phone to claim a home with, such
// as an old person who lives alone.
type Register struct {
	HouseholdID string
	Name        string
	Relation    string
	AgeGroup    model.AgeGroup
}

// Register makes a person and an active residency with its pass, so that cards can be
// printed for somebody who will never sign in. An unclaimed entry of that name on the
// household's roster is taken, its lease with it. Errors: not_found out of scope,
// invalid for a name that cannot stand, residency_exists when somebody of that name
// lives or waits there.
func (r *Residencies) Register(ctx context.Context, caller *model.Caller, communityID string, in Register) (ResidencyView, error) {
	if err := r.Directory.Reach(caller, "residency.decide", communityID); err != nil {
		return ResidencyView{}, err
	}
	if model.NormalName(in.Name) == "" {
		return ResidencyView{}, model.Invalid(model.FieldError{Field: "/name", Code: "format"})
	}
	var out ResidencyView
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		home, err := tx.Household(communityID, in.HouseholdID)
		if err != nil {
			return err
		}
		if err := notThereYet(tx, home, in.Name); err != nil {
			return err
		}
		out, err = r.register(tx, caller, home, in)
		return err
	})
	return out, err
}

func (r *Residencies) register(tx *store.Tx, caller *model.Caller, home model.Household, in Register) (ResidencyView, error) {
	now := r.now()
	person := model.Person{ID: model.NewID(r.Clock.Now()), Name: in.Name, AgeGroup: in.AgeGroup, CreatedAt: now}
	if err := tx.CreatePerson(person); err != nil {
		return ResidencyView{}, err
	}
	residency := model.Residency{ID: model.NewID(r.Clock.Now()), CommunityID: home.CommunityID, HouseholdID: home.ID, PersonID: person.ID,
		Relation: in.Relation, Status: model.ResidencyActive, DecidedBy: caller.AccountID, DecidedAt: now, CreatedAt: now}
	name, err := tx.NameIndex(in.Name)
	if err != nil {
		return ResidencyView{}, err
	}
	entry, taken, err := tx.TakeNamedEntry(store.RosterClaim{CommunityID: home.CommunityID, HouseholdID: home.ID, NameIx: name, Relation: in.Relation}, person.ID)
	switch {
	case err != nil:
		return ResidencyView{}, err
	case entry.Lost:
		return ResidencyView{}, &model.Error{Code: model.CodeResidencyExists, State: model.ResidencyActive}
	case taken:
		residency.LeaseUntil, residency.AddedBy = entry.LeaseUntil, entry.AddedBy
		if in.AgeGroup == "" {
			if err := tx.SetAgeGroup(person.ID, entry.AgeGroup); err != nil {
				return ResidencyView{}, err
			}
		}
	}
	return r.settleIn(tx, caller, "residency.register", residency)
}

// notThereYet is residency_exists when somebody of the name lives in the home or
// waits to.
func notThereYet(tx *store.Tx, home model.Household, name string) error {
	open, err := tx.OpenResidencies(home.CommunityID, home.ID)
	if err != nil {
		return err
	}
	ids := make([]string, len(open))
	for i, o := range open {
		ids[i] = o.PersonID
	}
	people, err := tx.Persons(ids)
	for _, o := range open {
		if p, there := people[o.PersonID]; there && model.NormalName(p.Name) == model.NormalName(name) {
			return &model.Error{Code: model.CodeResidencyExists, State: o.Status}
		}
	}
	return err
}
