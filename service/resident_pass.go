package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/model"
)

// Standings of a pass at an instant.
const (
	PassValid       = "valid"
	PassNotYetValid = "not_yet_valid"
	PassExpired     = "expired"
	PassWithdrawn   = "withdrawn"
)

// passStanding is how a pass stands at an instant (Unix milliseconds): it holds
// from ValidFrom until just before ValidUntil.
func passStanding(p *model.Pass, now int64) string {
	switch {
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
	// Standing is how the pass stands now.
	Standing string
	// Gates are those that its access group opens, in the order of their making.
	Gates  []model.Gate
	Floors []string
}

// Passes lists the caller's passes, newest first. Errors: not_found when the
// person is gone.
func (r *Residents) Passes(ctx context.Context, caller *model.Caller, p Page) (List[HeldPass], error) {
	tx := r.Store.View(ctx)
	person, err := tx.Person(caller.PersonID)
	if err != nil {
		return List[HeldPass]{}, err
	}
	found, err := tx.PassesOfPerson(person.ID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[HeldPass]{}, err
	}
	page := paged(found, p, func(p model.Pass) string { return p.ID })
	out := List[HeldPass]{Next: page.Next}
	now := r.now()
	for _, pass := range page.Items {
		held := r.Directory.held(pass, now)
		held.NameMasked = model.MaskName(person.Name)
		out.Items = append(out.Items, held)
	}
	return out, nil
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
