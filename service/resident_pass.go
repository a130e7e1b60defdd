package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Standings of a pass at an instant.
const (
	PassValid       = "valid"
	PassNotYetValid = "not_yet_valid"
	PassExpired     = "expired"
	PassWithdrawn   = "withdrawn"
	PassPending     = "pending" // its visit waits for an approval
)

// passStanding is how a pass stands at an instant (Unix milliseconds): it holds
// from ValidFrom until just before ValidUntil.
func passStanding(p *model.Pass, now int64) string {
	switch {
	case p.State == model.PassPending:
		return PassPending
	case p.State != model.PassActive:
		return PassWithdrawn
	case now < p.ValidFrom:
		return PassNotYetValid
	case p.ValidUntil != 0 && now >= p.ValidUntil:
		return PassExpired
	}
	return PassValid
}

// HeldPass is a pass as its holder sees it.
type HeldPass struct {
	model.Pass
	NameMasked    string
	CommunityName string
	// Own is false for the pass of somebody whom the caller carries.
	Own bool
	// Standing is how the pass stands now.
	Standing string
	// Gates are those that its access group opens, in the order of their making.
	Gates  []model.Gate
	Floors []string
	// Colour is empty outside an emergency.
	Colour admission.Colour
}

// Passes lists the passes of the caller and of those whom the caller carries,
// newest first. Errors: not_found when the person is gone.
func (r *Residents) Passes(ctx context.Context, caller *model.Caller, p Page) (List[HeldPass], error) {
	tx := r.Store.View(ctx)
	holders, err := carriedBy(tx, caller.PersonID)
	if err != nil {
		return List[HeldPass]{}, err
	}
	people, err := tx.Persons(holders)
	if err != nil {
		return List[HeldPass]{}, err
	}
	if _, there := people[caller.PersonID]; !there {
		return List[HeldPass]{}, model.NotFound()
	}
	found, err := tx.PassesOfPeople(holders, p.Cursor, p.Size()+1)
	if err != nil {
		return List[HeldPass]{}, err
	}
	page := paged(found, p, func(p model.Pass) string { return p.ID })
	out := List[HeldPass]{Next: page.Next}
	now := r.now()
	for _, pass := range page.Items {
		held := r.Directory.held(pass, now)
		held.NameMasked, held.Own = model.MaskName(people[pass.PersonID].Name), pass.PersonID == caller.PersonID
		if held.Colour, err = r.Directory.colourOfPass(tx, pass, now); err != nil {
			return List[HeldPass]{}, err
		}
		out.Items = append(out.Items, held)
	}
	return out, nil
}

// carriedBy are a person and those whom the person carries.
func carriedBy(tx *store.Tx, personID string) ([]string, error) {
	carried, err := tx.Dependants(personID)
	ids := []string{personID}
	for _, d := range carried {
		if !slices.Contains(ids, d.PersonID) {
			ids = append(ids, d.PersonID)
		}
	}
	return ids, err
}

// held adds to a pass what memory knows of its community and group.
func (d *Directory) held(p model.Pass, now int64) HeldPass {
	out := HeldPass{Pass: p, Standing: passStanding(&p, now)}
	community, ok := d.Community(p.CommunityID)
	if !ok {
		return out
	}
	out.CommunityName = community.Name
	group := community.Groups[p.AccessGroup]
	if group == nil {
		return out // it opens nothing, as at the gate
	}
	out.Floors = group.Floors
	for _, g := range community.Gates {
		if group.All || slices.Contains(group.Gates, g.ID) {
			out.Gates = append(out.Gates, g.Gate)
		}
	}
	return out
}
