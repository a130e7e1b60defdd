package service

import (
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// askApproval opens one approval of a chain, inside the transaction of what asks.
// within 0 lets it wait without end.
func (d *Deps) askApproval(tx *store.Tx, a model.Approval, within time.Duration) (model.Approval, error) {
	now := d.Clock.Now()
	a.ID, a.State, a.CreatedAt = model.NewID(now), model.ApprovalPending, model.Millis(now)
	if a.Step == 0 {
		a.Step = 1
	}
	if within > 0 {
		a.DueAt = model.Millis(now.Add(within))
	}
	return a, tx.CreateApproval(a)
}

// answerApproval answers an approval, exactly once however many answer at the same
// time; by is the account or, for a resident, the person. Errors: self_approval for
// the author, state_changed with the state for whoever was not the first, not_found.
func (d *Deps) answerApproval(tx *store.Tx, communityID, id string, to model.ApprovalState, by, reason string) (model.Approval, error) {
	won, err := tx.DecideApproval(communityID, id, to, by, reason)
	if err != nil {
		return model.Approval{}, err
	}
	a, err := tx.Approval(communityID, id)
	switch {
	case err != nil:
		return model.Approval{}, err
	case won:
		return a, nil
	case a.State == model.ApprovalPending && a.AuthorID == by:
		return a, model.Fail(model.CodeSelfApproval)
	}
	return a, &model.Error{Code: model.CodeStateChanged, State: string(a.State)}
}
