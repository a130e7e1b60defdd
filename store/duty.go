package store

import (
	"communitypass.cn/communitypass/model"
)

// ExpiringShifts are shifts by their end, Unix milliseconds.
var ExpiringShifts = Expiring{"duty_shifts", "id", "ends_at", ""}

// NamedStaff is a member of staff whom something can be given to.
type NamedStaff struct{ ID, PersonID string }

// worksIn narrows to accounts that are active and have a role at the community or its
// committee: whoever was dismissed is on duty no more.
const worksIn = "a.state = ? AND EXISTS (SELECT 1 FROM staff_grants AS g WHERE g.staff_id = a.id AND " +
	"(g.scope_kind = 'community' AND g.scope_id = ? OR g.scope_kind = 'committee' AND g.scope_id = ?))"

// OnDuty lists who is on duty at a post at an instant (Unix milliseconds), the one who
// came last first.
func (t *Tx) OnDuty(communityID, committeeID string, post model.Post, at int64) ([]NamedStaff, error) {
	var out []NamedStaff
	err := t.db.Table("duty_shifts AS d").Joins("JOIN staff_accounts AS a ON a.id = d.staff_id").
		Where("d.community_id = ? AND d.post = ? AND d.starts_at <= ? AND d.ends_at > ?", communityID, post, at, at).
		Where(worksIn, model.StateActive, communityID, committeeID).
		Order("d.starts_at DESC").Limit(10).Select("a.id AS id, a.person_id AS person_id").Scan(&out).Error
	return out, translate(err)
}

// StaffHolding lists the accounts that hold a role in a scope and are active, those
// that were made first first.
func (t *Tx) StaffHolding(role model.Role, kind model.ScopeKind, scopeID string, limit int) ([]NamedStaff, error) {
	var out []NamedStaff
	err := t.db.Table("staff_accounts AS a").Joins("JOIN staff_grants AS g ON g.staff_id = a.id").
		Where("g.role = ? AND g.scope_kind = ? AND g.scope_id = ? AND a.state = ?", role, kind, scopeID, model.StateActive).
		Order("a.id").Limit(limit).Select("a.id AS id, a.person_id AS person_id").Scan(&out).Error
	return out, translate(err)
}

// StaffWorking reads an account that is active and has a role at a community or its
// committee; not_found otherwise.
func (t *Tx) StaffWorking(communityID, committeeID, id string) (NamedStaff, error) {
	var out NamedStaff
	err := t.db.Table("staff_accounts AS a").Where("a.id = ?", id).Where(worksIn, model.StateActive, communityID, committeeID).
		Select("a.id AS id, a.person_id AS person_id").Take(&out).Error
	return out, translate(err)
}

// PutShift stores a shift in place of the one that begins at the same post and time.
func (t *Tx) PutShift(s model.DutyShift) error {
	err := t.db.Where("community_id = ? AND post = ? AND starts_at = ?", s.CommunityID, s.Post, s.StartsAt).Delete(&model.DutyShift{}).Error
	if err != nil {
		return translate(err)
	}
	return translate(t.db.Create(&s).Error)
}

// DropShift drops a shift and says whether it was there.
func (t *Tx) DropShift(communityID, id string) (bool, error) {
	return changed(t.db.Where("community_id = ? AND id = ?", communityID, id).Delete(&model.DutyShift{}))
}

// Shifts lists a community's shifts that end behind from and begin before until (Unix
// milliseconds), by post and time.
func (t *Tx) Shifts(communityID string, from, until int64, limit int) ([]model.DutyShift, error) {
	var out []model.DutyShift
	err := t.db.Where("community_id = ? AND ends_at > ? AND starts_at < ?", communityID, from, until).Order("post, starts_at").Limit(limit).Find(&out).Error
	return out, translate(err)
}
