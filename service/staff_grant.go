package service

import (
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// reachOf is the places in which the grants carry the permission.
func reachOf(grants []model.Grant, p model.Permission) store.StaffReach {
	var r store.StaffReach
	for _, g := range grants {
		if !g.Role.Has(p) {
			continue
		}
		switch g.ScopeKind {
		case model.ScopePlatform:
			r.Everywhere = true
		case model.ScopeStreet:
			r.Streets = append(r.Streets, g.ScopeID)
		case model.ScopeCommittee:
			r.Committees = append(r.Committees, g.ScopeID)
		case model.ScopeCommunity:
			r.Communities = append(r.Communities, g.ScopeID)
		}
	}
	return r
}

// mayGive answers whether the caller may give a role in a place. The table of roles
// says which roles can be held where and who may grant them: what it does not
// allow is role_not_grantable. A place that does not exist, or where the caller
// manages nobody, is not_found.
func mayGive(tx *store.Tx, caller *model.Caller, target model.Grant) error {
	row, known := target.Role.Row()
	if !known || !slices.Contains(row.Scopes, target.ScopeKind) || !canGrant(caller.Grants, target.Role) {
		return model.Fail(model.CodeRoleNotGrantable)
	}
	return mayTake(tx, caller, target)
}

// mayTake answers whether the caller may take a role in a place from somebody: who
// could give it there, can. The place is judged first, so that staff out of
// reach are not_found whatever their role is.
func mayTake(tx *store.Tx, caller *model.Caller, target model.Grant) error {
	place, err := tx.Lineage(target.ScopeKind, target.ScopeID)
	if err != nil {
		return err
	}
	var here []model.Grant
	for _, g := range caller.Grants {
		if g.Role.Has(permStaffManage) && above(g, place) {
			here = append(here, g)
		}
	}
	switch {
	case len(here) == 0:
		return model.NotFound()
	case !canGrant(here, target.Role):
		return model.Fail(model.CodeRoleNotGrantable)
	}
	return nil
}

// canGrant reports whether one of the roles held may manage staff and give the role.
func canGrant(held []model.Grant, role model.Role) bool {
	return slices.ContainsFunc(held, func(g model.Grant) bool { return g.Role.Has(permStaffManage) && g.Role.MayGrant(role) })
}

// above reports whether a grant's scope is the place or one that it lies in.
func above(g model.Grant, place store.Lineage) bool {
	switch g.ScopeKind {
	case model.ScopePlatform:
		return true
	case model.ScopeStreet:
		return g.ScopeID != "" && g.ScopeID == place.StreetID
	case model.ScopeCommittee:
		return g.ScopeID != "" && g.ScopeID == place.CommitteeID
	case model.ScopeCommunity:
		return g.ScopeID != "" && g.ScopeID == place.CommunityID
	}
	return false
}
