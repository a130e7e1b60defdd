package service

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// leave is what follows from the end of a residency: its passes end, and so do the
// residencies that stood on it.
//
//   - A dependant goes with the last carer of the household.
//   - Helpers go with whoever added them, and with the last who lives there.
//   - Family whom a tenant has added lives there by the tenant's lease, and goes with
//     it. The family of an owner stays.
//   - What the person added and nobody claimed yet is taken off the roster.
func (d *Deps) leave(tx *store.Tx, caller *model.Caller, r model.Residency, gone *departed) error {
	if gone.why == "" {
		gone.why = movedOut
	}
	if _, err := tx.WithdrawPasses(r.CommunityID, r.ID, gone.why); err != nil {
		return err
	}
	passes, err := tx.PassesOfResidency(r.CommunityID, r.ID)
	if err != nil {
		return err
	}
	gone.passes = append(gone.passes, passes...)
	if err := tx.PutDownAll(r.HouseholdID, r.PersonID); err != nil {
		return err
	}
	if _, err := tx.DropUnclaimed(r.CommunityID, r.HouseholdID, r.PersonID); err != nil {
		return err
	}
	if err := d.putDown(tx, caller, r, gone); err != nil {
		return err
	}
	return d.dismiss(tx, caller, r, gone)
}

// putDown ends the residencies of those whom the person carried and nobody else of
// the household carries.
func (d *Deps) putDown(tx *store.Tx, caller *model.Caller, r model.Residency, gone *departed) error {
	carried, err := tx.Dependants(r.PersonID)
	if err != nil {
		return err
	}
	for _, c := range carried {
		if c.HouseholdID != r.HouseholdID {
			continue
		}
		if err := d.putDownOne(tx, caller, c, gone); err != nil {
			return err
		}
	}
	return nil
}

// putDownOne ends that somebody is carried by a carer. Another carer of the
// household stands for the person from then on; without one the residency ends.
func (d *Deps) putDownOne(tx *store.Tx, caller *model.Caller, c model.Dependant, gone *departed) error {
	down, err := tx.PutDown(c.CarerID, c.ID)
	if err != nil || !down {
		return err
	}
	residency, err := tx.OpenResidency(c.CommunityID, c.HouseholdID, c.PersonID)
	if model.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	others, err := tx.CarersOf(c.HouseholdID, c.PersonID)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		return d.endFollower(tx, caller, residency, gone)
	}
	if residency.AddedBy == c.CarerID {
		if err := tx.HandOver(c.CommunityID, residency.ID, others[0].CarerID); err != nil {
			return err
		}
	}
	return d.leaseOfDependant(tx, residency)
}

// dismiss ends the residencies that a person brought into the household.
func (d *Deps) dismiss(tx *store.Tx, caller *model.Caller, r model.Residency, gone *departed) error {
	open, err := tx.OpenResidencies(r.CommunityID, r.HouseholdID)
	if err != nil {
		return err
	}
	anybody := false
	for _, other := range open {
		anybody = anybody || other.Status == model.ResidencyActive && other.Relation != relationHelper
	}
	for _, other := range open {
		goes := other.Relation == relationHelper && (other.AddedBy == r.PersonID || !anybody) ||
			other.Relation == relationFamily && other.AddedBy == r.PersonID && r.Relation == relationTenant
		if !goes || other.Relation == relationHelper && other.Status != model.ResidencyActive {
			continue
		}
		if err := d.endFollower(tx, caller, other, gone); err != nil {
			return err
		}
	}
	return nil
}

// endFollower ends an open residency because another did. That it has ended
// meanwhile is well.
func (d *Deps) endFollower(tx *store.Tx, caller *model.Caller, r model.Residency, gone *departed) error {
	_, err := d.move(tx, caller, "residency.follow", r.CommunityID, r.ID,
		store.ResidencyMove{From: r.Status, To: model.ResidencyEnded, By: caller.AccountID}, gone)
	if model.CodeOf(err) == model.CodeStateChanged {
		return nil
	}
	return err
}
