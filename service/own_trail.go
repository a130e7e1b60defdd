package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// LookView is one look at a person's data as it is shown to them: the role, and a
// stable reference in place of the name.
type LookView struct {
	ID            string
	At            int64
	CommunityName string
	Role          model.Role
	ReaderRef     string
	What          string
	Purpose       string
}

// AccessLog shows a person, the caller unless another is named, who looked at
// their data, newest first. Errors: not_found for somebody whom the caller does
// not carry.
func (p *Privacy) AccessLog(ctx context.Context, caller *model.Caller, personID string, page Page) (List[LookView], error) {
	tx := p.Store.View(ctx)
	person, err := whose(tx, caller, personID)
	if err != nil {
		return List[LookView]{}, err
	}
	found, err := tx.AccessEntries(person, page.Cursor, page.Size()+1)
	if err != nil {
		return List[LookView]{}, err
	}
	cut := paged(found, page, func(e model.AccessEntry) string { return e.ID })
	out := List[LookView]{Next: cut.Next}
	for _, e := range cut.Items {
		ref, err := tx.ReaderRef(e.ReaderID)
		if err != nil {
			return List[LookView]{}, err
		}
		out.Items = append(out.Items, LookView{ID: e.ID, At: e.At, CommunityName: p.communityName(e.CommunityID), Role: e.ReaderRole,
			ReaderRef: ref, What: e.What, Purpose: e.Purpose})
	}
	return out, nil
}

func (d *Deps) communityName(id string) string {
	if c, ok := d.Directory.Community(id); ok {
		return c.Name
	}
	return ""
}

// OwnPassage is a passage as whoever passed sees it.
type OwnPassage struct {
	model.Passage
	PersonID      string
	NameMasked    string
	Own           bool
	GateName      string
	CommunityName string
}

// Passages lists the passages of the caller and of those whom he carries, newest
// first; of one of them when a person is named. Errors: not_found for anybody else.
func (p *Privacy) Passages(ctx context.Context, caller *model.Caller, personID string, page Page) (List[OwnPassage], error) {
	tx := p.Store.View(ctx)
	people, err := p.ownPeople(tx, caller, personID)
	if err != nil {
		return List[OwnPassage]{}, err
	}
	passes, err := tx.PassesOfPersons(people)
	if err != nil {
		return List[OwnPassage]{}, err
	}
	holder, numbers := byNumber(passes)
	found, err := tx.Trail(store.TrailFilter{PassNumbers: numbers}, page.Cursor, page.Size()+1)
	if err != nil {
		return List[OwnPassage]{}, err
	}
	persons, err := tx.Persons(people)
	if err != nil {
		return List[OwnPassage]{}, err
	}
	cut := paged(found, page, func(e model.Passage) string { return e.ID })
	out := List[OwnPassage]{Next: cut.Next}
	for _, e := range cut.Items {
		person := holder[e.PassNumber]
		v := OwnPassage{Passage: e, PersonID: person, NameMasked: model.MaskName(persons[person].Name), Own: person == caller.PersonID,
			CommunityName: p.communityName(e.CommunityID)}
		if g, ok := p.Directory.Gate(e.GateID); ok {
			v.GateName = g.Name
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// ownPeople are the caller and whom he carries, or the one who is named of them.
func (p *Privacy) ownPeople(tx *store.Tx, caller *model.Caller, personID string) ([]string, error) {
	if personID != "" {
		person, err := whose(tx, caller, personID)
		return []string{person}, err
	}
	carried, err := tx.Dependants(caller.PersonID)
	people := []string{caller.PersonID}
	for _, d := range carried {
		people = append(people, d.PersonID)
	}
	return people, err
}

func byNumber(passes []model.Pass) (holder map[uint64]string, numbers []uint64) {
	holder = make(map[uint64]string, len(passes))
	for _, pass := range passes {
		holder[pass.Number] = pass.PersonID
		numbers = append(numbers, pass.Number)
	}
	return holder, numbers
}
