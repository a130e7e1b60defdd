package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// NewDependant is somebody without a phone whom a resident wants to carry: a new
// person, or by PersonID one whom somebody else of the household carries.
type NewDependant struct {
	HouseholdID string
	PersonID    string
	Name        string
	// Relation is child, elder or other.
	Relation string
	AgeGroup model.AgeGroup
}

// DependantView is somebody who is carried.
type DependantView struct {
	model.Dependant
	NameMasked string
	AgeGroup   model.AgeGroup
	// Residency is the person's in the household: pending until staff agree.
	Residency model.Residency
	// Own is false for one whom only others of the household carry.
	Own bool
}

// maxDependants bounds whom one resident carries.
const maxDependants = 10

// carers are the relations that may carry others.
var carerRelations = []string{relationOwner, relationTenant, relationFamily}

// AddDependant lets the caller carry somebody. A new person lives in the household
// at once when the roster has the name unclaimed and without a phone of its own,
// else when staff agree. Errors: forbidden for helpers, not_found, invalid,
// limit_reached, conflict or residency_exists for who is carried already.
func (f *Families) AddDependant(ctx context.Context, caller *model.Caller, in NewDependant) (DependantView, error) {
	if in.PersonID == "" {
		if model.NormalName(in.Name) == "" {
			return DependantView{}, model.Invalid(model.FieldError{Field: "/name", Code: "required"})
		}
		if in.Relation == "" {
			return DependantView{}, model.Invalid(model.FieldError{Field: "/relation", Code: "required"})
		}
	}
	var out DependantView
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.LockPerson(caller.PersonID); err != nil {
			return err
		}
		own, err := f.actingAs(tx, caller, in.HouseholdID, carerRelations...)
		if err != nil {
			return err
		}
		if carried, err := tx.Dependants(caller.PersonID); err != nil || len(carried) >= maxDependants {
			return orLimit(err)
		}
		if in.PersonID != "" {
			out, err = f.carryToo(tx, caller, own, in)
		} else {
			out, err = f.carryNew(tx, caller, own, in)
		}
		return err
	})
	return out, err
}

func orLimit(err error) error {
	if err != nil {
		return err
	}
	return model.Fail(model.CodeLimitReached)
}

// carryNew makes the person and the residency, active when the roster agrees.
func (f *Families) carryNew(tx *store.Tx, caller *model.Caller, own model.Residency, in NewDependant) (DependantView, error) {
	if err := f.notCarriedYet(tx, caller, own, in.Name); err != nil {
		return DependantView{}, err
	}
	now := f.now()
	person := model.Person{ID: model.NewID(f.Clock.Now()), Name: in.Name, AgeGroup: in.AgeGroup, CreatedAt: now}
	if person.AgeGroup == "" {
		person.AgeGroup = map[string]model.AgeGroup{"child": model.AgeChild, "elder": model.AgeElder}[in.Relation]
	}
	carer, err := tx.Person(caller.PersonID)
	if err != nil {
		return DependantView{}, err
	}
	name, err := tx.NameIndex(in.Name)
	if err != nil {
		return DependantView{}, err
	}
	if err := tx.CreatePerson(person); err != nil {
		return DependantView{}, err
	}
	r := model.Residency{ID: model.NewID(f.Clock.Now()), CommunityID: own.CommunityID, HouseholdID: own.HouseholdID, PersonID: person.ID,
		Relation: relationFamily, Status: model.ResidencyPending, CreatedAt: now}
	entry, taken, err := tx.TakeDependantEntry(store.RosterClaim{CommunityID: r.CommunityID, HouseholdID: r.HouseholdID, NameIx: name,
		Phone: carer.Phone, Relation: relationFamily}, person.ID)
	if err != nil {
		return DependantView{}, err
	}
	if taken {
		if err := agreed(tx, &r, entry); err != nil {
			return DependantView{}, err
		}
	}
	r.AddedBy, r.AccessGroup, r.LeaseUntil = caller.PersonID, 0, own.LeaseUntil
	d := model.Dependant{ID: model.NewID(f.Clock.Now()), CommunityID: r.CommunityID, HouseholdID: r.HouseholdID, CarerID: caller.PersonID,
		PersonID: person.ID, Relation: in.Relation, CreatedAt: now}
	if err := tx.CreateDependant(d); err != nil {
		return DependantView{}, err
	}
	if _, err := f.settleIn(tx, caller, "dependant.add", r); err != nil {
		return DependantView{}, err
	}
	return DependantView{Dependant: d, NameMasked: model.MaskName(in.Name), AgeGroup: person.AgeGroup, Residency: r, Own: true}, nil
}

// notCarriedYet is residency_exists for a name that the caller carries in the
// household: a form that was sent twice, not a second child.
func (f *Families) notCarriedYet(tx *store.Tx, caller *model.Caller, own model.Residency, name string) error {
	shown, err := f.dependants(tx, own, caller.PersonID)
	if err != nil {
		return err
	}
	ids := []string{}
	for _, v := range shown {
		if v.Own {
			ids = append(ids, v.PersonID)
		}
	}
	people, err := tx.Persons(ids)
	for i := range shown {
		if p, there := people[shown[i].PersonID]; there && model.NormalName(p.Name) == model.NormalName(name) {
			return &model.Error{Code: model.CodeResidencyExists, State: shown[i].Residency.Status}
		}
	}
	return err
}

// carryToo lets the caller carry somebody whom others of the household carry.
func (f *Families) carryToo(tx *store.Tx, caller *model.Caller, own model.Residency, in NewDependant) (DependantView, error) {
	shown, err := f.dependants(tx, own, caller.PersonID)
	if err != nil {
		return DependantView{}, err
	}
	i := slices.IndexFunc(shown, func(v DependantView) bool { return v.PersonID == in.PersonID })
	if i < 0 {
		return DependantView{}, model.NotFound()
	}
	v := shown[i]
	if v.Own {
		return DependantView{}, model.Fail(model.CodeConflict)
	}
	v.Dependant.ID, v.CarerID, v.CreatedAt, v.Own = model.NewID(f.Clock.Now()), caller.PersonID, f.now(), true
	if in.Relation != "" {
		v.Relation = in.Relation
	}
	if err := tx.CreateDependant(v.Dependant); err != nil {
		return DependantView{}, err
	}
	if err := f.leaseOfDependant(tx, v.Residency); err != nil {
		return DependantView{}, err
	}
	return v, tx.Audit(caller, own.CommunityID, "dependant.carry", "residency", v.Residency.ID, map[string]string{"household_id": own.HouseholdID})
}

// Dependants lists whom the caller carries, and who else of the own households is
// carried by others and could be carried too.
func (f *Families) Dependants(ctx context.Context, caller *model.Caller) ([]DependantView, error) {
	tx := f.Store.View(ctx)
	all, err := tx.ResidenciesOfPerson(caller.PersonID, model.ResidencyActive, ownResidencies)
	if err != nil {
		return nil, err
	}
	out := []DependantView{}
	for _, own := range all {
		if !own.Lives(f.now()) || !slices.Contains(carerRelations, own.Relation) {
			continue
		}
		shown, err := f.dependants(tx, own, caller.PersonID)
		if err != nil {
			return nil, err
		}
		out = append(out, shown...)
	}
	return out, nil
}

// dependants are those of a household whom a member may carry, each once. Where a
// tenant lives, a home may hold strangers, such as its owner and the tenant's
// family: there one sees only whom the own circle carries.
func (f *Families) dependants(tx *store.Tx, own model.Residency, personID string) ([]DependantView, error) {
	carried, err := tx.DependantsOfHousehold(own.CommunityID, own.HouseholdID)
	if err != nil || len(carried) == 0 {
		return nil, err
	}
	open, err := tx.OpenResidencies(own.CommunityID, own.HouseholdID)
	if err != nil {
		return nil, err
	}
	residencies, let, ids := map[string]model.Residency{}, false, []string{}
	for _, r := range open {
		residencies[r.PersonID] = r
		let = let || r.Relation == relationTenant && r.Status == model.ResidencyActive
	}
	for _, c := range carried {
		ids = append(ids, c.PersonID)
	}
	people, err := tx.Persons(ids)
	if err != nil {
		return nil, err
	}
	var out []DependantView
	for _, c := range carried {
		carer, there := residencies[c.CarerID]
		r, lives := residencies[c.PersonID]
		mine := c.CarerID == personID
		if !there || !lives || !mine && (let && circle(carer) != circle(own) || r.Status != model.ResidencyActive) {
			continue
		}
		v := DependantView{Dependant: c, NameMasked: model.MaskName(people[c.PersonID].Name), AgeGroup: people[c.PersonID].AgeGroup, Residency: r, Own: mine}
		if i := slices.IndexFunc(out, func(o DependantView) bool { return o.PersonID == c.PersonID }); i < 0 {
			out = append(out, v)
		} else if mine {
			out[i] = v
		}
	}
	return out, nil
}

// circle is by whom somebody lives in a let home: the own right, or that of who
// added the person.
func circle(r model.Residency) string {
	if r.Relation == relationFamily && r.AddedBy != "" {
		return r.AddedBy
	}
	return r.PersonID
}

// RemoveDependant ends that the caller carries somebody, who leaves the household
// when nobody else of it carries the person. Errors: not_found.
func (f *Families) RemoveDependant(ctx context.Context, caller *model.Caller, id string) error {
	var gone departed
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		gone = departed{why: removed}
		d, err := tx.Dependant(caller.PersonID, id)
		if err != nil {
			return err
		}
		if err := f.putDownOne(tx, caller, d, &gone); err != nil {
			return err
		}
		return tx.Audit(caller, d.CommunityID, "dependant.remove", "dependant", id, map[string]string{"household_id": d.HouseholdID})
	})
	if err == nil {
		f.forget(gone)
	}
	return err
}
