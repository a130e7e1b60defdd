package service

import (
	"maps"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// placesSeen are the places that a caller may see the names of: those of its
// scopes, those below, and the chain above.
type placesSeen struct {
	all                   bool
	street, committee, of map[string]bool // of holds communities
}

func (p *placesSeen) streets() store.PlaceScope     { return p.scope(p.street) }
func (p *placesSeen) committees() store.PlaceScope  { return p.scope(p.committee) }
func (p *placesSeen) communities() store.PlaceScope { return p.scope(p.of) }

func (p *placesSeen) scope(ids map[string]bool) store.PlaceScope {
	return store.PlaceScope{All: p.all, IDs: slices.Sorted(maps.Keys(ids))}
}

// placesWithin collects what the caller may see by its grants of a permission.
func (d *Directory) placesWithin(c *model.Caller, p model.Permission) *placesSeen {
	seen := &placesSeen{street: map[string]bool{}, committee: map[string]bool{}, of: map[string]bool{}}
	if c == nil {
		return seen
	}
	v := d.places.Load()
	for _, g := range c.Grants {
		if g.Role.Has(p) {
			seen.add(v, g)
		}
	}
	return seen
}

func (p *placesSeen) add(v *placesView, g model.Grant) {
	switch g.ScopeKind {
	case model.ScopePlatform:
		p.all = true
		return
	case model.ScopeStreet:
		p.street[g.ScopeID] = true
		for committee, street := range v.streets {
			if street == g.ScopeID {
				p.committee[committee] = true
			}
		}
	case model.ScopeCommittee:
		p.committee[g.ScopeID] = true
		p.street[v.streets[g.ScopeID]] = true
	}
	for id, c := range v.communities {
		if covers(g, c) {
			p.of[id], p.committee[c.CommitteeID], p.street[c.StreetID] = true, true, true
		}
	}
}

// onPlatform reports whether the caller holds the permission for the whole
// platform.
func onPlatform(c *model.Caller, p model.Permission) bool {
	return c != nil && slices.ContainsFunc(c.Grants, func(g model.Grant) bool {
		return g.ScopeKind == model.ScopePlatform && g.Role.Has(p)
	})
}

// communities are all that this replica knows, in order of their ids.
func (d *Directory) communities() []*CommunityView {
	known := d.places.Load().communities
	out := make([]*CommunityView, 0, len(known))
	for _, id := range slices.Sorted(maps.Keys(known)) {
		out = append(out, known[id])
	}
	return out
}
