package store

import "communitypass.cn/communitypass/model"

// CreateApproval stores a pending approval.
func (t *Tx) CreateApproval(a model.Approval) error {
	return translate(t.db.Create(&a).Error)
}

// DecideApproval answers a pending approval, once, and says whether this was the
// answer. The author's own answer never counts: it changes nothing.
func (t *Tx) DecideApproval(communityID, id string, to model.ApprovalState, by, reason string) (bool, error) {
	return changed(t.db.Model(&model.Approval{}).
		Where("community_id = ? AND id = ? AND state = ? AND author_id <> ?", communityID, id, model.ApprovalPending, by).
		Updates(map[string]any{"state": to, "decided_by": by, "decided_at": t.now(), "reason": reason}))
}

// CloseApprovals ends what still waits for a subject, in the given state.
func (t *Tx) CloseApprovals(communityID, subjectID string, to model.ApprovalState) error {
	return translate(t.db.Model(&model.Approval{}).
		Where("community_id = ? AND subject_id = ? AND state = ?", communityID, subjectID, model.ApprovalPending).
		Updates(map[string]any{"state": to, "decided_at": t.now()}).Error)
}

// Approval reads one approval of a community.
func (t *Tx) Approval(communityID, id string) (model.Approval, error) {
	var a model.Approval
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&a).Error
	return a, translate(err)
}

// ApprovalsOf lists the whole chain of a subject, in order.
func (t *Tx) ApprovalsOf(communityID, subjectID string) ([]model.Approval, error) {
	var out []model.Approval
	err := t.db.Where("community_id = ? AND subject_id = ?", communityID, subjectID).Order("step, id").Find(&out).Error
	return out, translate(err)
}

// ApprovalsOfPerson lists what waits for one resident, newest first, with an id
// below before (all when empty).
func (t *Tx) ApprovalsOfPerson(personID, before string, limit int) ([]model.Approval, error) {
	return t.ApprovalsToAnswer(personID, nil, before, limit)
}

// ApprovalsDue lists pending approvals whose time has come, oldest first.
func (t *Tx) ApprovalsDue(kind model.ApprovalKind, at int64, limit int) ([]model.Approval, error) {
	var out []model.Approval
	err := t.db.Where("state = ? AND due_at > 0 AND due_at <= ? AND kind = ?", model.ApprovalPending, at, kind).
		Order("due_at, id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// ApprovalFilter narrows a list; empty fields do not.
type ApprovalFilter struct {
	Kind      model.ApprovalKind
	State     model.ApprovalState
	Answerers []model.Answerer
}

// Approvals lists a community's approvals, newest first, with an id below before.
func (t *Tx) Approvals(communityID string, f ApprovalFilter, before string, limit int) ([]model.Approval, error) {
	index := "approvals_all"
	if f.State != "" {
		index = "approvals_community"
	}
	q := t.along("approvals", index).Where("community_id = ?", communityID)
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if len(f.Answerers) > 0 {
		q = q.Where("answerer IN ?", f.Answerers)
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Approval
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// AnswerSubject closes what waits for a subject that was decided on elsewhere, in
// the same transaction.
func (t *Tx) AnswerSubject(communityID, subjectID string, to model.ApprovalState, by, reason string) error {
	return translate(t.db.Model(&model.Approval{}).
		Where("community_id = ? AND subject_id = ? AND state = ?", communityID, subjectID, model.ApprovalPending).
		Updates(map[string]any{"state": to, "decided_by": by, "decided_at": t.now(), "reason": reason}).Error)
}
