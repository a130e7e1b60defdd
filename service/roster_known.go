package service

import (
	"cmp"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// address is where a household is, within a community.
type address struct{ building, unit, room string }

func addressOf(h model.Household) address { return address{h.Building, h.Unit, h.Room} }

func compareAddress(a, b model.Household) int {
	return cmp.Or(cmp.Compare(a.Building, b.Building), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Room, b.Room))
}

// personAt is what makes somebody on a roster the same person in two files: home,
// name (as blind index) and relation.
type personAt struct {
	home           address
	name, relation string
}

func (l rosterLine) at() personAt { return personAt{addressOf(l.home), l.key.Name, l.key.Relation} }

// knownRoster is what is on the roster of some households.
type knownRoster struct {
	homes  map[address]string // ids
	people map[personAt][]store.RosterKey
	phones phoneBook
}

func newKnownRoster(homes []model.Household, keys []store.RosterKey) *knownRoster {
	k := &knownRoster{homes: make(map[address]string, len(homes)), people: make(map[personAt][]store.RosterKey, len(keys)), phones: phoneBook{}}
	byID := make(map[string]model.Household, len(homes))
	for _, h := range homes {
		k.homes[addressOf(h)], byID[h.ID] = h.ID, h
	}
	for _, key := range keys {
		if key.AddedBy != "" {
			continue // what residents add neither stands for the office's rows nor contradicts them
		}
		home := byID[key.HouseholdID]
		at := personAt{addressOf(home), key.Name, key.Relation}
		k.people[at] = append(k.people[at], key)
		k.phones.add(home, key)
	}
	return k
}

// fate is what an import does with a line.
type fate int

const (
	fateNew fate = iota
	fateChanged
	fateUnchanged
)

func (f fate) count(r *model.RosterImport) {
	switch f {
	case fateNew:
		r.PeopleNew++
	case fateChanged:
		r.PeopleChanged++
	case fateUnchanged:
		r.Unchanged++
	}
}

// match finds the entry that a line is about. What the line leaves blank is no
// change. Of several of one name, the one with the same ID digits is meant, else
// the one with the same phone, else the first.
func (k *knownRoster) match(line rosterLine) (store.RosterKey, fate) {
	entries := k.people[line.at()]
	if len(entries) == 0 {
		return store.RosterKey{}, fateNew
	}
	best, likeness := entries[0], -1
	for _, e := range entries {
		alike := 0
		if line.key.IDLast4 != "" && e.IDLast4 == line.key.IDLast4 {
			alike += 2
		}
		if line.key.Phone != "" && e.Phone == line.key.Phone {
			alike++
		}
		if alike > likeness {
			best, likeness = e, alike
		}
	}
	if news(best.Phone, line.key.Phone) || news(best.IDLast4, line.key.IDLast4) ||
		news(string(best.AgeGroup), string(line.key.AgeGroup)) || line.key.LeaseUntil != 0 && line.key.LeaseUntil != best.LeaseUntil {
		return best, fateChanged
	}
	return best, fateUnchanged
}

func news(old, given string) bool { return given != "" && given != old }

// phoneBook says who has a phone: per phone the names, and where each of them has
// it.
type phoneBook map[string]map[string]phoneHomes

// phoneHomes is one home, or several, which one of them stands for.
type phoneHomes struct {
	first   address
	several bool
}

func (b phoneBook) add(home model.Household, key store.RosterKey) {
	if key.Phone == "" {
		return
	}
	names := b[key.Phone]
	if names == nil {
		names = map[string]phoneHomes{}
		b[key.Phone] = names
	}
	at := addressOf(home)
	if homes, ok := names[key.Name]; !ok {
		names[key.Name] = phoneHomes{first: at}
	} else if homes.first != at {
		homes.several = true
		names[key.Name] = homes
	}
}

// contradict reports whether somebody of another name has the phone in another
// home. One person may have two homes, and a family one phone.
func (b phoneBook) contradict(home model.Household, key store.RosterKey) bool {
	if key.Phone == "" {
		return false
	}
	at := addressOf(home)
	for name, homes := range b[key.Phone] {
		if name != key.Name && (homes.several || homes.first != at) {
			return true
		}
	}
	return false
}
