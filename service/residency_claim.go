package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Claim is what a resident says about a home. Address and name are as typed.
type Claim struct {
	CommunityID          string
	Building, Unit, Room string
	Name                 string
	// IDLast4 is optional: the last four characters of the ID number.
	IDLast4  string
	Relation string
}

// decidedByRoster stands where the staff account stands when staff decided.
const decidedByRoster = "roster"

// Claim makes a residency of the caller: active, with a pass, when name, confirmed
// phone and relation agree with an unclaimed entry of the household's roster, else
// pending for staff. Errors: not_found for an unknown community or address,
// invalid, residency_exists with the state of the open residency.
func (r *Residencies) Claim(ctx context.Context, caller *model.Caller, in Claim) (ResidencyView, error) {
	if _, ok := r.Directory.Community(in.CommunityID); !ok {
		return ResidencyView{}, model.NotFound()
	}
	address, err := normalHome(in.Building, in.Unit, in.Room)
	if err != nil {
		return ResidencyView{}, err
	}
	if model.NormalName(in.Name) == "" {
		return ResidencyView{}, model.Invalid(model.FieldError{Field: "/name", Code: "format"})
	}
	var out ResidencyView
	err = r.Store.Update(ctx, func(tx *store.Tx) error {
		// One person's claims and phone wait for each other: otherwise a phone that is
		// confirmed during the claim is seen by neither.
		if err := tx.LockPerson(caller.PersonID); err != nil {
			return err
		}
		home, err := tx.HouseholdAt(in.CommunityID, address.Building, address.Unit, address.Room)
		if err != nil {
			return err
		}
		out, err = r.claim(tx, caller, home, in)
		return err
	})
	return out, err
}

func (r *Residencies) claim(tx *store.Tx, caller *model.Caller, home model.Household, in Claim) (ResidencyView, error) {
	open, err := tx.OpenResidency(home.CommunityID, home.ID, caller.PersonID)
	if err == nil {
		return ResidencyView{}, &model.Error{Code: model.CodeResidencyExists, State: open.Status}
	}
	if !model.IsNotFound(err) {
		return ResidencyView{}, err
	}
	residency := model.Residency{ID: model.NewID(r.Clock.Now()), CommunityID: home.CommunityID, HouseholdID: home.ID,
		PersonID: caller.PersonID, Relation: in.Relation, Status: model.ResidencyPending, CreatedAt: r.now()}
	if err := r.matchRoster(tx, &residency, in); err != nil {
		return ResidencyView{}, err
	}
	if err := tx.CreateResidency(residency); err != nil {
		return ResidencyView{}, err
	}
	view, err := residencyView(tx, residency)
	if err != nil {
		return ResidencyView{}, err
	}
	if residency.Status == model.ResidencyActive {
		if err := r.grantPass(tx, view); err != nil {
			return ResidencyView{}, err
		}
	}
	return view, r.tellResidency(tx, caller, "residency.claim", view)
}

// matchRoster makes the residency active when the roster agrees. Otherwise it
// keeps the name's index, so that a phone confirmed later can still match, but not
// for a claim that only staff can judge: in another name than the person's, or
// against the ID number on the roster.
func (r *Residencies) matchRoster(tx *store.Tx, residency *model.Residency, in Claim) error {
	ownName, err := tx.NamePerson(residency.PersonID, in.Name)
	if err != nil || !ownName {
		return err
	}
	name, err := tx.NameIndex(in.Name)
	if err != nil {
		return err
	}
	person, err := tx.Person(residency.PersonID)
	if err != nil {
		return err
	}
	said := store.RosterClaim{CommunityID: residency.CommunityID, HouseholdID: residency.HouseholdID,
		NameIx: name, Phone: person.Phone, IDLast4: in.IDLast4, Relation: in.Relation}
	taken, err := tx.TakeRosterEntry(said, residency.PersonID)
	if err != nil {
		return err
	}
	if taken {
		residency.Status, residency.DecidedBy, residency.DecidedAt = model.ResidencyActive, decidedByRoster, residency.CreatedAt
		return nil
	}
	denied, err := tx.RosterDenies(said)
	if err == nil && !denied {
		residency.ClaimedNameIx = name
	}
	return err
}

// activatePending makes those pending claims of a person active whose name and, by
// now, phone agree with an unclaimed entry of the roster.
func (d *Deps) activatePending(tx *store.Tx, caller *model.Caller, phone string) ([]ResidencyView, error) {
	pending, err := tx.ResidenciesOfPerson(caller.PersonID, model.ResidencyPending, ownResidencies)
	if err != nil {
		return nil, err
	}
	var out []ResidencyView
	for _, p := range pending {
		taken, err := d.takeForPending(tx, p, phone)
		if err != nil {
			return nil, err
		}
		if !taken {
			continue
		}
		v, err := d.move(tx, caller, "residency.activate", p.CommunityID, p.ID,
			store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyActive, By: decidedByRoster})
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// takeForPending takes the roster entry that a pending claim waits for. It leaves
// alone what only staff can judge, and a community that this replica has not heard
// of yet.
func (d *Deps) takeForPending(tx *store.Tx, p model.Residency, phone string) (bool, error) {
	if _, known := d.Directory.Community(p.CommunityID); !known || len(p.ClaimedNameIx) == 0 {
		return false, nil
	}
	if still, err := tx.LockPending(p.CommunityID, p.ID); err != nil || !still {
		return false, err
	}
	return tx.TakeRosterEntry(store.RosterClaim{CommunityID: p.CommunityID, HouseholdID: p.HouseholdID,
		NameIx: p.ClaimedNameIx, Phone: phone, Relation: p.Relation}, p.PersonID)
}
