package service

import (
	"context"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Family lists the family whom the caller added, newest first: invited ones, and
// those who live there. Errors: none but of the database.
func (f *Families) Family(ctx context.Context, caller *model.Caller, p Page) (List[Member], error) {
	return f.added(ctx, caller, relationFamily, p)
}

// Helpers lists the helpers whom the caller added, newest first.
func (f *Families) Helpers(ctx context.Context, caller *model.Caller, p Page) (List[Member], error) {
	return f.added(ctx, caller, relationHelper, p)
}

// added pages over the entries; those whose residency has ended are left out, so
// that a page may be shorter than asked for.
func (f *Families) added(ctx context.Context, caller *model.Caller, relation string, p Page) (List[Member], error) {
	tx := f.Store.View(ctx)
	found, err := tx.AddedEntries(caller.PersonID, relation, p.Cursor, p.Size()+1)
	if err != nil {
		return List[Member]{}, err
	}
	page := paged(found, p, func(e model.RosterEntry) string { return e.ID })
	out := List[Member]{Next: page.Next}
	for _, e := range page.Items {
		m, there, err := f.standing(tx, e)
		if err != nil {
			return List[Member]{}, err
		}
		if there {
			out.Items = append(out.Items, m)
		}
	}
	return out, nil
}

// standing says how somebody who was added stands, and whether still at all.
func (f *Families) standing(tx *store.Tx, e model.RosterEntry) (Member, bool, error) {
	if e.ClaimedAt == 0 {
		return f.member(e, ""), e.LeaseUntil == 0 || f.now() < e.LeaseUntil, nil
	}
	r, err := tx.OpenResidency(e.CommunityID, e.HouseholdID, e.ClaimedBy)
	if model.IsNotFound(err) || err == nil && (r.AddedBy != e.AddedBy || !r.Lives(f.now())) {
		return Member{}, false, nil
	}
	if err != nil {
		return Member{}, false, err
	}
	m := f.member(e, r.ID)
	m.Until = r.LeaseUntil
	return m, true, nil
}

// member is an entry as whoever added it sees it.
func (f *Families) member(e model.RosterEntry, residencyID string) Member {
	m := Member{ID: e.ID, HouseholdID: e.HouseholdID, CommunityID: e.CommunityID, Relation: e.Relation, Status: MemberInvited,
		NameMasked: model.MaskName(e.Name), PhoneMasked: model.MaskPhone(e.Phone), ResidencyID: residencyID,
		Hours: f.hoursOf(e.CommunityID, e.AccessGroup), Until: e.LeaseUntil, CreatedAt: e.CreatedAt}
	if residencyID != "" {
		m.Status = MemberActive
	}
	return m
}

// hoursOf are the hours of an access group, as this replica knows it.
func (d *Deps) hoursOf(communityID string, number uint16) admission.Hours {
	community, ok := d.Directory.Community(communityID)
	if !ok || number == 0 || community.Groups[number] == nil {
		return nil
	}
	return community.Groups[number].Hours
}

// RemoveFamily takes back an invitation, or ends the residency that came of it with
// its passes. Errors: not_found for what the caller has not added.
func (f *Families) RemoveFamily(ctx context.Context, caller *model.Caller, id string) error {
	return f.remove(ctx, caller, relationFamily, id)
}

// RemoveHelper is RemoveFamily for helpers.
func (f *Families) RemoveHelper(ctx context.Context, caller *model.Caller, id string) error {
	return f.remove(ctx, caller, relationHelper, id)
}

func (f *Families) remove(ctx context.Context, caller *model.Caller, relation, id string) error {
	var gone departed
	// Only to know the community of what is gone then; it never changes.
	before, err := f.Store.View(ctx).AddedEntry(caller.PersonID, relation, id)
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	err = f.Store.Update(ctx, func(tx *store.Tx) error {
		gone = departed{why: removed}
		// First of all, so that a claim that runs at the same time is seen.
		dropped, err := tx.DropAddedEntry(caller.PersonID, relation, id)
		if err != nil {
			return err
		}
		e, err := tx.AddedEntry(caller.PersonID, relation, id)
		if dropped {
			return tx.Audit(caller, before.CommunityID, "household.remove_"+relation, "roster_entry", id, nil)
		}
		if err != nil {
			return err
		}
		r, err := tx.OpenResidency(e.CommunityID, e.HouseholdID, e.ClaimedBy)
		if err != nil {
			return err
		}
		if r.AddedBy != caller.PersonID {
			return model.NotFound()
		}
		return f.endFollower(tx, caller, r, &gone)
	})
	if err == nil {
		f.forget(gone)
	}
	return err
}

// joinInvited makes residencies of the invitations that wait for a phone which was
// just confirmed. Who has no name yet is given the invitation's; who bears another
// is left to claim the household. An invitation of somebody who does not live there
// any more counts for nothing.
func (d *Deps) joinInvited(tx *store.Tx, caller *model.Caller, phone string) ([]ResidencyView, error) {
	invited, err := tx.InvitedEntries(phone, maxAdded)
	if err != nil {
		return nil, err
	}
	var out []ResidencyView
	for _, e := range invited {
		v, joined, err := d.join(tx, caller, e)
		if err != nil {
			return nil, err
		}
		if joined {
			out = append(out, v)
		}
	}
	return out, nil
}

func (d *Deps) join(tx *store.Tx, caller *model.Caller, e model.RosterEntry) (ResidencyView, bool, error) {
	adder, err := tx.OpenResidency(e.CommunityID, e.HouseholdID, e.AddedBy)
	if err != nil || !adder.Lives(d.now()) || e.AddedBy == caller.PersonID || e.LeaseUntil != 0 && e.LeaseUntil <= d.now() {
		return ResidencyView{}, false, exceptNotFound(err)
	}
	if _, err := tx.OpenResidency(e.CommunityID, e.HouseholdID, caller.PersonID); err == nil || !model.IsNotFound(err) {
		return ResidencyView{}, false, err
	}
	if named, err := tx.NamePerson(caller.PersonID, e.Name); err != nil || !named {
		return ResidencyView{}, false, err
	}
	name, err := tx.NameIndex(e.Name)
	if err != nil {
		return ResidencyView{}, false, err
	}
	entry, taken, err := tx.TakeRosterEntry(store.RosterClaim{CommunityID: e.CommunityID, HouseholdID: e.HouseholdID, NameIx: name,
		Phone: e.Phone, Relation: e.Relation}, caller.PersonID)
	if err != nil || !taken {
		return ResidencyView{}, false, err
	}
	r := model.Residency{ID: model.NewID(d.Clock.Now()), CommunityID: e.CommunityID, HouseholdID: e.HouseholdID,
		PersonID: caller.PersonID, Relation: e.Relation, CreatedAt: d.now()}
	if err := agreed(tx, &r, entry); err != nil {
		return ResidencyView{}, false, err
	}
	v, err := d.settleIn(tx, caller, "residency.join", r)
	return v, err == nil, err
}

func exceptNotFound(err error) error {
	if model.IsNotFound(err) {
		return nil
	}
	return err
}
