package service

import (
	"context"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Families is what residents do for others of their household: add family and
// helpers, carry those without a phone.
type Families struct{ Deps }

// NewFamilies makes the use cases of families.
func NewFamilies(d Deps) *Families { return &Families{Deps: d} }

// NewMember is somebody whom a resident adds to the household. Hours and Until are
// for helpers; HouseholdID may be empty for who lives in one home only.
type NewMember struct {
	HouseholdID string
	Name, Phone string
	Hours       admission.Hours
	Until       int64
}

// States of an added person.
const (
	MemberInvited = "invited"
	MemberActive  = "active"
)

// Member is somebody whom the caller added.
type Member struct {
	ID          string
	HouseholdID string
	CommunityID string
	Relation    string
	NameMasked  string
	PhoneMasked string
	// Status is invited until the person has confirmed the phone, then active.
	Status      string
	ResidencyID string
	Hours       admission.Hours
	Until       int64
	CreatedAt   int64
}

// maxAdded bounds how many invitations of one person wait in a household.
const maxAdded = 20

// AddFamily puts somebody on the roster of the caller's household as family. The
// person joins by confirming the phone, or by claiming the household. Errors:
// forbidden for who is neither owner nor tenant, invalid, residency_exists,
// limit_reached.
func (f *Families) AddFamily(ctx context.Context, caller *model.Caller, in NewMember) (Member, error) {
	return f.add(ctx, caller, relationFamily, in)
}

// AddHelper puts a helper on the roster, whose pass holds at the hours and until
// the end. Errors as of AddFamily.
func (f *Families) AddHelper(ctx context.Context, caller *model.Caller, in NewMember) (Member, error) {
	group := admission.Group{All: true, Hours: in.Hours}
	bad := group.Validate()
	if len(in.Hours) == 0 {
		bad = append(bad, model.FieldError{Field: "/hours", Code: "required"})
	}
	if in.Until <= f.now() {
		bad = append(bad, model.FieldError{Field: "/until", Code: "range"})
	}
	if bad != nil {
		return Member{}, model.Invalid(bad...)
	}
	m, err := f.add(ctx, caller, relationHelper, in)
	if err == nil {
		f.showHere(ctx, f.Directory.LoadPlaces) // the hours may be a new group
		m.Hours = in.Hours
	}
	return m, err
}

func (f *Families) add(ctx context.Context, caller *model.Caller, relation string, in NewMember) (Member, error) {
	if model.NormalName(in.Name) == "" {
		return Member{}, model.Invalid(model.FieldError{Field: "/name", Code: "format"})
	}
	var out Member
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.LockPerson(caller.PersonID); err != nil {
			return err
		}
		own, err := f.actingAs(tx, caller, in.HouseholdID, relationOwner, relationTenant)
		if err != nil {
			return err
		}
		out, err = f.enter(tx, caller, own, relation, in)
		return err
	})
	return out, err
}

// enter puts the person on the roster and looks who that is.
func (f *Families) enter(tx *store.Tx, caller *model.Caller, own model.Residency, relation string, in NewMember) (Member, error) {
	waiting, err := tx.AddedOpen(own.CommunityID, own.HouseholdID, caller.PersonID)
	if err != nil {
		return Member{}, err
	}
	if waiting >= maxAdded {
		return Member{}, model.Fail(model.CodeLimitReached)
	}
	entry := model.RosterEntry{ID: model.NewID(f.Clock.Now()), CommunityID: own.CommunityID, HouseholdID: own.HouseholdID,
		Name: in.Name, Phone: in.Phone, Relation: relation, LeaseUntil: in.Until, AddedBy: caller.PersonID, CreatedAt: f.now()}
	switch {
	case relation == relationHelper && own.LeaseUntil != 0 && in.Until > own.LeaseUntil:
		return Member{}, model.Invalid(model.FieldError{Field: "/until", Code: "range"})
	case relation == relationHelper:
		if entry.AccessGroup, err = f.groupFor(tx, own.CommunityID, admission.Group{All: true, Hours: in.Hours}); err != nil {
			return Member{}, err
		}
	case own.Relation == relationTenant:
		entry.LeaseUntil = own.LeaseUntil
	}
	if err := f.notThereYet(tx, own, entry); err != nil {
		return Member{}, err
	}
	if err := tx.CreateRosterEntry(entry); err != nil {
		return Member{}, err
	}
	err = tx.Audit(caller, own.CommunityID, "household.add_"+relation, "roster_entry", entry.ID, map[string]string{"household_id": own.HouseholdID})
	if err != nil {
		return Member{}, err
	}
	m := f.member(entry, "")
	return m, f.greet(tx, caller, own, entry, &m)
}

// notThereYet is residency_exists when the caller has added just this person
// already, or the person lives there.
func (f *Families) notThereYet(tx *store.Tx, own model.Residency, entry model.RosterEntry) error {
	person, err := tx.PersonNamed(entry.Name, entry.Phone)
	if err != nil {
		return err
	}
	if person != "" {
		open, err := tx.OpenResidency(own.CommunityID, own.HouseholdID, person)
		if err == nil && open.Status == model.ResidencyActive {
			return &model.Error{Code: model.CodeResidencyExists, State: open.Status}
		}
		if err != nil && !model.IsNotFound(err) {
			return err
		}
	}
	invited, err := tx.InvitedEntries(entry.Phone, maxAdded)
	if err != nil {
		return err
	}
	for _, e := range invited {
		if e.HouseholdID == entry.HouseholdID && model.NormalName(e.Name) == model.NormalName(entry.Name) {
			return &model.Error{Code: model.CodeResidencyExists, State: MemberInvited}
		}
	}
	return nil
}

// greet lets somebody in whose own claim to the household already waits, and tells
// somebody who is known that the invitation is there.
func (f *Families) greet(tx *store.Tx, caller *model.Caller, own model.Residency, entry model.RosterEntry, m *Member) error {
	person, err := tx.PersonNamed(entry.Name, entry.Phone)
	if err != nil || person == "" {
		return err
	}
	open, err := tx.OpenResidency(own.CommunityID, own.HouseholdID, person)
	if err == nil && open.Status == model.ResidencyPending {
		v, taken, err := f.activate(tx, caller, open, entry.Phone)
		if err != nil || taken {
			m.Status, m.ResidencyID = MemberActive, v.ID
			return err
		}
	} else if err != nil && !model.IsNotFound(err) {
		return err
	}
	view, err := residencyView(tx, own)
	if err != nil {
		return err
	}
	return f.tell(tx, model.Message{PersonID: person, CommunityID: own.CommunityID, Template: "household_invited", SubjectKind: "household", SubjectID: own.HouseholdID,
		Params: map[string]string{"building": view.Household.Building, "unit": view.Household.Unit, "room": view.Household.Room, "by": view.NameMasked}})
}

// actingAs gives the residency by which the caller acts for a household: one that
// gives its rights now and is of one of the relations. Errors: not_found for a
// household in which the caller does not live, forbidden for another relation,
// invalid when a caller of several homes names none.
func (f *Families) actingAs(tx *store.Tx, caller *model.Caller, householdID string, relations ...string) (model.Residency, error) {
	all, err := tx.ResidenciesOfPerson(caller.PersonID, model.ResidencyActive, ownResidencies)
	if err != nil {
		return model.Residency{}, err
	}
	var mine, may []model.Residency
	for _, r := range all {
		if !r.Lives(f.now()) || householdID != "" && r.HouseholdID != householdID {
			continue
		}
		mine = append(mine, r)
		for _, relation := range relations {
			if r.Relation == relation {
				may = append(may, r)
			}
		}
	}
	switch {
	case len(mine) == 0 && householdID != "":
		return model.Residency{}, model.NotFound()
	case len(may) == 0:
		return model.Residency{}, model.Fail(model.CodeForbidden)
	case len(may) > 1:
		return model.Residency{}, model.Invalid(model.FieldError{Field: "/household_id", Code: "required"})
	}
	return may[0], nil
}
