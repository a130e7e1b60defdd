package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Residencies is who lives where: claimed by residents, decided by staff.
type Residencies struct{ Deps }

// NewResidencies makes the use cases of residencies.
func NewResidencies(d Deps) *Residencies { return &Residencies{Deps: d} }

// Why the passes of an ended residency were withdrawn; passes keep a code where
// residencies keep the words of staff.
const (
	movedOut   = "moved_out"
	leaseEnded = "lease_ended"
	removed    = "removed"
)

// List gives a community's residencies, newest first, of one status when it is
// given. Errors: not_found out of scope.
func (r *Residencies) List(ctx context.Context, caller *model.Caller, communityID, status string, p Page) (List[ResidencyView], error) {
	if err := r.Directory.Reach(caller, "residency.read", communityID); err != nil {
		return List[ResidencyView]{}, err
	}
	tx := r.Store.View(ctx)
	found, err := tx.Residencies(communityID, status, p.Cursor, p.Size()+1)
	if err != nil {
		return List[ResidencyView]{}, err
	}
	page := paged(found, p, func(r model.Residency) string { return r.ID })
	views, err := residencyViews(tx, page.Items)
	return List[ResidencyView]{Items: views, Next: page.Next}, err
}

// Approve makes a pending residency active and its pass at once, with the end of
// its lease if one is given. Errors: not_found out of scope, state_changed with the
// state when it is not pending any more, invalid for a lease that is over.
func (r *Residencies) Approve(ctx context.Context, caller *model.Caller, communityID, id string, lease *int64) (ResidencyView, error) {
	if lease != nil && *lease != 0 && *lease <= r.now() {
		return ResidencyView{}, model.Invalid(model.FieldError{Field: "/lease_until", Code: "range"})
	}
	return r.decide(ctx, caller, communityID, id, "residency.approve",
		store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyActive, LeaseUntil: lease})
}

// Decline refuses a pending residency; the resident is shown the reason. Errors as
// of Approve.
func (r *Residencies) Decline(ctx context.Context, caller *model.Caller, communityID, id, reason string) (ResidencyView, error) {
	return r.decide(ctx, caller, communityID, id, "residency.decline",
		store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyDeclined, Reason: reason})
}

// End ends an active residency and its passes at once, and those that followed it.
// Errors as of Approve.
func (r *Residencies) End(ctx context.Context, caller *model.Caller, communityID, id, reason string) (ResidencyView, error) {
	return r.decide(ctx, caller, communityID, id, "residency.end",
		store.ResidencyMove{From: model.ResidencyActive, To: model.ResidencyEnded, Reason: reason})
}

func (r *Residencies) decide(ctx context.Context, caller *model.Caller, communityID, id, action string, m store.ResidencyMove) (ResidencyView, error) {
	if err := r.Directory.Reach(caller, "residency.decide", communityID); err != nil {
		return ResidencyView{}, err
	}
	m.By = caller.AccountID
	var out ResidencyView
	var gone departed
	err := r.Store.Update(ctx, func(tx *store.Tx) (err error) {
		gone = departed{}
		out, err = r.move(tx, caller, action, communityID, id, m, &gone)
		return err
	})
	if err != nil {
		return ResidencyView{}, err
	}
	r.forget(gone)
	return out, nil
}

// departed gathers the passes that ended in a transaction, to be forgotten here
// when it was committed.
type departed struct {
	passes []model.Pass
	// why is the code that the passes were withdrawn with.
	why string
}

func (d *Deps) forget(gone departed) {
	for _, p := range gone.passes {
		d.Directory.forgetPass(p)
	}
}

// move makes one step in the life of a residency with all that follows from it, or
// fails with state_changed when somebody else was first. gone is nil for steps that
// end nothing.
func (d *Deps) move(tx *store.Tx, caller *model.Caller, action, communityID, id string, m store.ResidencyMove, gone *departed) (ResidencyView, error) {
	// The UPDATE comes first: what is read after it is what it has decided upon.
	moved, err := tx.MoveResidency(communityID, id, m)
	if err != nil {
		return ResidencyView{}, err
	}
	residency, err := tx.Residency(communityID, id)
	if err != nil {
		return ResidencyView{}, err
	}
	if !moved {
		return ResidencyView{}, &model.Error{Code: model.CodeStateChanged, State: residency.Status}
	}
	if err := tx.AnswerSubject(communityID, id, answerOf[m.To], m.By, m.Reason); err != nil {
		return ResidencyView{}, err
	}
	view, err := residencyView(tx, residency)
	if err != nil {
		return ResidencyView{}, err
	}
	if err := d.tellOf(tx, view, residencyTemplates[m.To], nil); err != nil {
		return ResidencyView{}, err
	}
	switch m.To {
	case model.ResidencyActive:
		err = d.grantPass(tx, view)
	case model.ResidencyDeclined:
		err = tx.PutDownAll(view.HouseholdID, view.PersonID)
	case model.ResidencyEnded:
		if err = d.leave(tx, caller, view.Residency, gone); err == nil {
			err = (&Visits{Deps: *d}).EndOfResidency(tx, caller, residency)
		}
	}
	if err != nil {
		return ResidencyView{}, err
	}
	return view, d.tellResidency(tx, caller, action, view)
}

// answerOf says how the question to staff ends with a residency's state.
var answerOf = map[string]model.ApprovalState{
	model.ResidencyActive: model.ApprovalApproved, model.ResidencyDeclined: model.ApprovalDeclined, model.ResidencyEnded: model.ApprovalCancelled,
}
