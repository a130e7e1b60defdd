package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// SilenceApproval takes the clock off a pending approval whose time has come, once,
// and says whether it did: the ladder goes on beside it, and who was asked may
// still answer.
func (t *Tx) SilenceApproval(communityID, id string) (bool, error) {
	return changed(t.db.Model(&model.Approval{}).Where("community_id = ? AND id = ? AND state = ? AND due_at > 0 AND due_at <= ?",
		communityID, id, model.ApprovalPending, t.now()).Update("due_at", 0))
}

// PendingApprovals reads what waits for subjects, by subject, in the order asked.
func (t *Tx) PendingApprovals(subjectIDs []string) (map[string][]model.Approval, error) {
	out := map[string][]model.Approval{}
	if len(subjectIDs) == 0 {
		return out, nil
	}
	var found []model.Approval
	err := t.db.Where("subject_id IN ? AND state = ?", subjectIDs, model.ApprovalPending).Order("id").Find(&found).Error
	for _, a := range found {
		out[a.SubjectID] = append(out[a.SubjectID], a)
	}
	return out, translate(err)
}

// ApprovalsToAnswer is ApprovalsOfPerson with the visits of homes for which the person
// answers in others' place.
func (t *Tx) ApprovalsToAnswer(personID string, forOthers []model.VisitDelegate, before string, limit int) ([]model.Approval, error) {
	own := model.VisitDelegate{PersonID: personID}
	k := keyset[model.Approval]{column: "id", of: func(r *model.Approval) string { return r.ID }, limit: limit}
	return merged(t, k, append([]model.VisitDelegate{own}, forOthers...), func(d model.VisitDelegate) *gorm.DB {
		q := t.along("approvals", "approvals_person").Where("person_id = ? AND state = ?", d.PersonID, model.ApprovalPending)
		if d.HouseholdID != "" {
			q = q.Where("kind = ? AND subject_id IN (SELECT id FROM visits WHERE household_id = ?)", model.ApproveVisit, d.HouseholdID)
		}
		return below(q, "id", before)
	})
}

// AbleToAnswer keeps of some people those who can answer for a home: who is there,
// not a child, and not carried on another's phone.
func (t *Tx) AbleToAnswer(people []string) (map[string]bool, error) {
	out := make(map[string]bool, len(people))
	if len(people) == 0 {
		return out, nil
	}
	var able []string
	err := t.db.Model(&personRow{}).Where("id IN ? AND closed_at = 0 AND age_group <> ? AND id NOT IN (?)", people, model.AgeChild,
		t.db.Model(&dependantRow{}).Select("person_id").Where("person_id IN ? AND active = 1", people)).Pluck("id", &able).Error
	for _, id := range able {
		out[id] = true
	}
	return out, translate(err)
}

// StaffPeople lists the people who hold a role in a community and whose account is
// active.
func (t *Tx) StaffPeople(communityID string, role model.Role, kind model.ScopeKind, scopeID string, limit int) ([]string, error) {
	var out []string
	err := t.db.Table("staff_accounts AS a").Joins("JOIN staff_grants AS g ON g.staff_id = a.id").
		Where("g.role = ? AND g.scope_kind = ? AND g.scope_id = ? AND a.state = ?", role, kind, scopeID, model.StateActive).
		Order("a.id").Limit(limit).Pluck("a.person_id", &out).Error
	return out, translate(err)
}

// VisitPolicy reads a community's rules for visits; not_found while it has none.
func (t *Tx) VisitPolicy(communityID string) (model.VisitPolicy, error) {
	var p model.VisitPolicy
	err := t.db.Where("community_id = ?", communityID).Take(&p).Error
	return p, translate(err)
}

// SaveVisitPolicy stores the version that follows p.Version - 1, and says whether
// that was still the last one.
func (t *Tx) SaveVisitPolicy(p model.VisitPolicy) (bool, error) {
	if p.Version == 1 {
		err := translate(t.db.Create(&p).Error)
		if model.CodeOf(err) == model.CodeConflict {
			return false, nil
		}
		return err == nil, err
	}
	return changed(t.db.Model(&model.VisitPolicy{}).Where("community_id = ? AND version = ?", p.CommunityID, p.Version-1).
		Updates(map[string]any{"version": p.Version, "body": p.Body, "updated_by": p.UpdatedBy, "updated_at": p.UpdatedAt}))
}

// SetVisitDelegate lets another member answer for a resident.
func (t *Tx) SetVisitDelegate(d model.VisitDelegate) error {
	if err := t.DropVisitDelegate(d.PersonID, d.HouseholdID); err != nil {
		return err
	}
	return translate(t.db.Create(&d).Error)
}

// DropVisitDelegate lets the resident answer alone again.
func (t *Tx) DropVisitDelegate(personID, householdID string) error {
	return translate(t.db.Where("person_id = ? AND household_id = ?", personID, householdID).Delete(&model.VisitDelegate{}).Error)
}

// VisitDelegates lists who answers for a resident.
func (t *Tx) VisitDelegates(personID string) ([]model.VisitDelegate, error) {
	var out []model.VisitDelegate
	err := t.db.Where("person_id = ?", personID).Order("household_id").Find(&out).Error
	return out, translate(err)
}

// VisitDelegators lists for whom a resident answers at an instant.
func (t *Tx) VisitDelegators(delegateID string, at int64) ([]model.VisitDelegate, error) {
	var out []model.VisitDelegate
	err := t.db.Where("delegate_id = ? AND (until = 0 OR until > ?)", delegateID, at).Order("person_id").Find(&out).Error
	return out, translate(err)
}
