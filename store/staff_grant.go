package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// StaffGrants reads the roles of accounts, by account, in a stable order. A row
// without a right seal was not written by us and gives nothing.
func (t *Tx) StaffGrants(staffIDs ...string) (map[string][]model.Grant, error) {
	out := make(map[string][]model.Grant, len(staffIDs))
	if len(staffIDs) == 0 {
		return out, nil
	}
	var found []model.StaffGrant
	err := t.db.Where("staff_id IN ?", staffIDs).Order("staff_id, role, scope_kind, scope_id").Find(&found).Error
	if err != nil {
		return nil, translate(err)
	}
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	for _, g := range found {
		if !genuine(ring, &g) {
			continue
		}
		out[g.StaffID] = append(out[g.StaffID], model.Grant{Role: g.Role, ScopeKind: g.ScopeKind, ScopeID: g.ScopeID})
	}
	return out, nil
}

// Lineage is a place with the places above it. Ids of what lies below are empty;
// all are for the platform.
type Lineage struct{ StreetID, CommitteeID, CommunityID string }

// Lineage finds a place of a kind; not_found when there is none.
func (t *Tx) Lineage(kind model.ScopeKind, id string) (Lineage, error) {
	var l Lineage
	switch kind {
	case model.ScopePlatform:
		return l, nil
	case model.ScopeStreet:
		l.StreetID = id
		return l, translate(t.db.Where("id = ?", id).Take(&model.Street{}).Error)
	case model.ScopeCommunity:
		var c model.Community
		if err := t.db.Where("id = ?", id).Take(&c).Error; err != nil {
			return l, translate(err)
		}
		l.CommunityID, id = c.ID, c.CommitteeID
	case model.ScopeCommittee:
	default:
		return l, model.NotFound()
	}
	var c model.Committee
	err := t.db.Where("id = ?", id).Take(&c).Error
	l.CommitteeID, l.StreetID = c.ID, c.StreetID
	return l, translate(err)
}

// StaffReach is the places whose staff somebody may see: everywhere, or the
// streets, committees and communities named, each with what lies below it.
type StaffReach struct {
	Everywhere                       bool
	Streets, Committees, Communities []string
}

// StaffWithin lists accounts, by id after a cursor, all of whose roles lie within
// the reach. An account with a role elsewhere is not shown at all.
func (t *Tx) StaffWithin(r StaffReach, after string, limit int) ([]model.StaffAccount, error) {
	q := t.staffWithin(t.db.Where("id > ?", after), r)
	var rows []staffRow
	if err := q.Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.StaffAccount, len(rows))
	for i, row := range rows {
		row.TOTPCt, row.TOTPNextCt = nil, nil // a list has no use for secrets
		var err error
		if out[i], err = t.openStaff(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// StaffSeen reports whether StaffWithin would list the account.
func (t *Tx) StaffSeen(r StaffReach, id string) (bool, error) {
	var found []string
	err := t.staffWithin(t.db.Model(&staffRow{}).Where("id = ?", id), r).Pluck("id", &found).Error
	return len(found) > 0, translate(err)
}

func (t *Tx) staffWithin(q *gorm.DB, r StaffReach) *gorm.DB {
	if !r.Everywhere {
		// Counting what lies inside fails closed: a condition that is NULL, as of an
		// empty list, counts nothing.
		all := t.grantsOfAccount().Select("COUNT(*)")
		inside := t.grantsOfAccount().Select("COUNT(*)").Where(t.within(r))
		q = q.Where("(?) = (?)", all, inside).Where("EXISTS (?)", t.grantsOfAccount().Select("1"))
	}
	return q
}

func (t *Tx) grantsOfAccount() *gorm.DB {
	return t.db.Table("staff_grants AS g").Where("g.staff_id = staff_accounts.id")
}

// within is the condition that a grant lies within the reach.
func (t *Tx) within(r StaffReach) *gorm.DB {
	committees := t.db.Table("committees").Select("id").Where("street_id IN ?", r.Streets)
	communities := t.db.Table("communities").Select("id").
		Where("committee_id IN ? OR committee_id IN (?)", r.Committees, committees)
	return t.db.Where("g.scope_kind = ? AND g.scope_id IN ?", model.ScopeStreet, r.Streets).
		Or("g.scope_kind = ? AND (g.scope_id IN ? OR g.scope_id IN (?))", model.ScopeCommittee, r.Committees, committees).
		Or("g.scope_kind = ? AND (g.scope_id IN ? OR g.scope_id IN (?))", model.ScopeCommunity, r.Communities, communities)
}
