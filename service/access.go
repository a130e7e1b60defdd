package service

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Look is one act of looking at people's data, to be shown to them.
type Look struct {
	CommunityID string
	// Permission is the one that let the caller look; the role that carries it is
	// what the person is shown.
	Permission model.Permission
	What       string
	Purpose    string
	Ticket     string
}

// looked writes into the access log that the caller looked at people, inside the
// transaction that read them: no log, no look. A caller who looks at unusually many
// people, or at one of them again and again, raises a finding.
func (d *Deps) looked(tx *store.Tx, caller *model.Caller, l Look, personIDs ...string) error {
	entries := make([]model.AccessEntry, len(personIDs))
	for i, person := range personIDs {
		now := d.Clock.Now()
		entries[i] = model.AccessEntry{ID: model.NewID(now), At: model.Millis(now), PersonID: person, CommunityID: l.CommunityID,
			ReaderID: caller.AccountID, ReaderRole: d.Directory.roleFor(caller, l.Permission, l.CommunityID),
			What: l.What, Purpose: l.Purpose, Ticket: l.Ticket}
	}
	if err := tx.CreateAccessEntries(entries); err != nil || len(entries) == 0 {
		return err
	}
	return d.watch(tx, caller, l, personIDs)
}

// roleFor is the caller's role that carries the permission in the community.
func (d *Directory) roleFor(c *model.Caller, p model.Permission, communityID string) model.Role {
	community, ok := d.Community(communityID)
	if !ok {
		return ""
	}
	for _, g := range c.Grants {
		if g.Role.Has(p) && covers(g, community) {
			return g.Role
		}
	}
	return ""
}
