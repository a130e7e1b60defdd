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

// movedOut is why the passes of an ended residency were withdrawn; passes keep a
// code where residencies keep the words of staff.
const movedOut = "moved_out"

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

// Approve makes a pending residency active and its pass at once. Errors: not_found
// out of scope, state_changed with the state when it is not pending any more.
func (r *Residencies) Approve(ctx context.Context, caller *model.Caller, communityID, id string) (ResidencyView, error) {
	return r.decide(ctx, caller, communityID, id, "residency.approve",
		store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyActive})
}

// Decline refuses a pending residency; the resident is shown the reason. Errors as
// of Approve.
func (r *Residencies) Decline(ctx context.Context, caller *model.Caller, communityID, id, reason string) (ResidencyView, error) {
	return r.decide(ctx, caller, communityID, id, "residency.decline",
		store.ResidencyMove{From: model.ResidencyPending, To: model.ResidencyDeclined, Reason: reason})
}

// End ends an active residency and its passes at once. Errors as of Approve.
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
	var gone []model.Pass
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if out, err = r.move(tx, caller, action, communityID, id, m); err != nil || m.To != model.ResidencyEnded {
			return err
		}
		gone, err = tx.PassesOfResidency(communityID, id)
		return err
	})
	if err != nil {
		return ResidencyView{}, err
	}
	for _, p := range gone {
		r.Directory.forgetPass(p)
	}
	return out, nil
}

// move makes one step in the life of a residency with all that follows from it, or
// fails with state_changed when somebody else was first.
func (d *Deps) move(tx *store.Tx, caller *model.Caller, action, communityID, id string, m store.ResidencyMove) (ResidencyView, error) {
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
	view, err := residencyView(tx, residency)
	if err != nil {
		return ResidencyView{}, err
	}
	switch m.To {
	case model.ResidencyActive:
		err = d.grantPass(tx, view)
	case model.ResidencyEnded:
		_, err = tx.WithdrawPasses(communityID, id, movedOut)
	}
	if err != nil {
		return ResidencyView{}, err
	}
	return view, d.tellResidency(tx, caller, action, view)
}
