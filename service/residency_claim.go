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
// invalid, residency_exists with the state of the open residency, limit_reached
// for who waits for too many answers already.
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
	if residency.Status == model.ResidencyPending {
		waiting, err := tx.PendingOf(caller.PersonID)
		if err != nil {
			return ResidencyView{}, err
		}
		if waiting >= maxPendingClaims {
			return ResidencyView{}, model.Fail(model.CodeLimitReached)
		}
	}
	return r.settleIn(tx, caller, "residency.claim", residency)
}

// maxPendingClaims bounds how many homes somebody may ask staff for at a time.
const maxPendingClaims = 5

// settleIn stores a new residency with all that follows from it: the pass of an
// active one, the question that a pending one puts to staff.
func (d *Deps) settleIn(tx *store.Tx, caller *model.Caller, action string, residency model.Residency) (ResidencyView, error) {
	if err := tx.CreateResidency(residency); err != nil {
		return ResidencyView{}, err
	}
	if err := d.indexName(tx, residency); err != nil {
		return ResidencyView{}, err
	}
	view, err := residencyView(tx, residency)
	if err != nil {
		return ResidencyView{}, err
	}
	if residency.Status == model.ResidencyActive {
		err = d.grantPass(tx, view)
	} else {
		_, err = d.askApproval(tx, model.Approval{CommunityID: residency.CommunityID, Kind: model.ApproveResidency, SubjectID: residency.ID,
			Answerer: model.AnswererProperty, AuthorID: caller.PersonID}, 0)
	}
	if err != nil {
		return ResidencyView{}, err
	}
	return view, d.tellResidency(tx, caller, action, view)
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
	entry, taken, err := tx.TakeRosterEntry(said, residency.PersonID)
	if err != nil {
		return err
	}
	if taken {
		return agreed(tx, residency, entry)
	}
	denied, err := tx.RosterDenies(said)
	if err == nil && !denied {
		residency.ClaimedNameIx = name
	}
	return err
}

// agreed makes a residency active as an entry of the roster has it.
func agreed(tx *store.Tx, residency *model.Residency, entry store.RosterTaken) error {
	residency.Status, residency.DecidedBy, residency.DecidedAt = model.ResidencyActive, decidedByRoster, residency.CreatedAt
	residency.LeaseUntil, residency.AddedBy, residency.AccessGroup = entry.LeaseUntil, entry.AddedBy, entry.AccessGroup
	return tx.SetAgeGroup(residency.PersonID, entry.AgeGroup)
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
		v, taken, err := d.activate(tx, caller, p, phone)
		if err != nil {
			return nil, err
		}
		if taken {
			out = append(out, v)
		}
	}
	return out, nil
}

// activate makes one pending claim active if the roster agrees.
func (d *Deps) activate(tx *store.Tx, caller *model.Caller, p model.Residency, phone string) (ResidencyView, bool, error) {
	entry, taken, err := d.takeForPending(tx, p, phone)
	if err != nil || !taken {
		return ResidencyView{}, false, err
	}
	if err := tx.SetAgeGroup(p.PersonID, entry.AgeGroup); err != nil {
		return ResidencyView{}, false, err
	}
	v, err := d.move(tx, caller, "residency.activate", p.CommunityID, p.ID,
		store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyActive, By: decidedByRoster, Taken: &entry}, nil)
	return v, true, err
}

// takeForPending takes the roster entry that a pending claim waits for. It leaves
// alone what only staff can judge, and a community that this replica has not heard
// of yet.
func (d *Deps) takeForPending(tx *store.Tx, p model.Residency, phone string) (store.RosterTaken, bool, error) {
	if _, known := d.Directory.Community(p.CommunityID); !known || len(p.ClaimedNameIx) == 0 {
		return store.RosterTaken{}, false, nil
	}
	if still, err := tx.LockPending(p.CommunityID, p.ID); err != nil || !still {
		return store.RosterTaken{}, false, err
	}
	return tx.TakeRosterEntry(store.RosterClaim{CommunityID: p.CommunityID, HouseholdID: p.HouseholdID,
		NameIx: p.ClaimedNameIx, Phone: phone, Relation: p.Relation}, p.PersonID)
}
