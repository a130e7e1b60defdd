package service

import (
	"slices"

	"communitypass.cn/communitypass/model"
)

// Reach checks that the caller holds the permission in a scope that covers the
// community. It answers not_found when not: a stranger's place looks missing.
func (d *Directory) Reach(c *model.Caller, p model.Permission, communityID string) error {
	community, ok := d.Community(communityID)
	if !ok || c == nil {
		return model.NotFound()
	}
	for _, g := range c.Grants {
		if g.Role.Has(p) && covers(g, community) {
			return nil
		}
	}
	return model.NotFound()
}

// Reachable lists the ids of the communities in which the caller holds the
// permission, in order.
func (d *Directory) Reachable(c *model.Caller, p model.Permission) []string {
	var out []string
	for id, community := range d.places.Load().communities {
		if slices.ContainsFunc(c.Grants, func(g model.Grant) bool { return g.Role.Has(p) && covers(g, community) }) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func covers(g model.Grant, c *CommunityView) bool {
	switch g.ScopeKind {
	case model.ScopePlatform:
		return true
	case model.ScopeStreet:
		return c.StreetID == g.ScopeID
	case model.ScopeCommittee:
		return c.CommitteeID == g.ScopeID
	case model.ScopeCommunity:
		return c.ID == g.ScopeID
	}
	return false
}
