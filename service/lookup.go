package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Lookups is how a guard finds a resident who has no phone at hand.
type Lookups struct{ Deps }

// NewLookups makes the use cases of looking people up at the gate.
func NewLookups(d Deps) *Lookups { return &Lookups{Deps: d} }

const (
	permLookup model.Permission = "lookup.use"
	// lookupWindow and lookupsByOne bound how quickly one guard asks; lookupMost is
	// how many people one answer names.
	lookupWindow = 10 * time.Minute
	lookupsByOne = 30
	lookupMost   = 5
)

// Doorstep is what a person at the gate says: where, and what the surname begins with.
type Doorstep struct {
	Building, Unit, Room string
	// Initial is one ASCII letter.
	Initial byte
}

// FoundPerson is as little of a resident as the gate needs.
type FoundPerson struct {
	NameMasked string
	Household  model.Household
	// PassID is empty for somebody without a pass.
	PassID   string
	Kind     string
	Standing string
}

// passNone stands where the standing of a pass stands for whom nobody gave one.
const passNone = "none"

// Find gives the residents of one home whose surname begins with the letter. Each is
// shown later that somebody looked. Errors: not_found out of scope, invalid,
// rate_limited for a guard who asks too often.
func (l *Lookups) Find(ctx context.Context, caller *model.Caller, communityID string, at Doorstep) ([]FoundPerson, error) {
	if err := l.Directory.Reach(caller, permLookup, communityID); err != nil {
		return nil, err
	}
	home, err := normalHome(at.Building, at.Unit, at.Room)
	if err != nil {
		return nil, err
	}
	if _, err := l.holdTry(ctx, lookupWindow, tryBound{"lookup.by", caller.AccountID, lookupsByOne}); err != nil {
		return nil, err
	}
	var out []FoundPerson
	err = l.Store.Update(ctx, func(tx *store.Tx) error {
		out = nil
		home, err := tx.HouseholdAt(communityID, home.Building, home.Unit, home.Room)
		if model.IsNotFound(err) {
			return nil // an address that is not there looks like one where nobody fits
		}
		if err != nil {
			return err
		}
		found, err := l.members(tx, home, at.Initial)
		if err != nil {
			return err
		}
		people := make([]string, len(found))
		for i, r := range found {
			people[i] = r.PersonID
			view, err := l.found(tx, home, r)
			if err != nil {
				return err
			}
			out = append(out, view)
		}
		return l.looked(tx, caller, Look{CommunityID: communityID, Permission: permLookup, What: lookedUp, Purpose: "gate"}, people...)
	})
	return out, err
}

// member is somebody who lives in a home, in clear, in memory only.
type member struct {
	model.Person
	PersonID string
}

// members are those of a home whose name fits, residents before those whom they
// carry, each once.
func (l *Lookups) members(tx *store.Tx, home model.Household, initial byte) ([]member, error) {
	residencies, err := tx.HouseholdMembers(home.CommunityID, home.ID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(residencies))
	for _, r := range residencies {
		ids = append(ids, r.PersonID)
	}
	carried, err := tx.DependantsOfHousehold(home.CommunityID, home.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range carried {
		ids = append(ids, d.PersonID)
	}
	persons, err := tx.Persons(ids)
	if err != nil {
		return nil, err
	}
	var out []member
	for _, id := range ids {
		person, open := persons[id]
		delete(persons, id)
		if open && len(out) < lookupMost && hasInitial(person.Name, initial) {
			out = append(out, member{Person: person, PersonID: id})
		}
	}
	return out, nil
}

// found is what the gate is shown of a member, with the best of the member's passes
// in the community, which for many without a phone is a card.
func (l *Lookups) found(tx *store.Tx, home model.Household, m member) (FoundPerson, error) {
	out := FoundPerson{NameMasked: model.MaskName(m.Name), Household: home, Standing: passNone}
	passes, err := tx.PassesIn(home.CommunityID, m.PersonID, 50)
	if err != nil {
		return FoundPerson{}, err
	}
	best := 0
	for _, p := range passes {
		standing := passStanding(&p, l.now())
		rank := 1
		if standing == PassValid {
			rank = 2
			if p.Format != model.FormatCard { // a card's own bounds are not the person's
				rank = 3
			}
		}
		if rank > best {
			best, out.PassID, out.Kind, out.Standing = rank, p.ID, p.Kind, standing
		}
	}
	return out, nil
}
