package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// CloseVisit deletes the visitor of the caller's visit for good, without waiting for
// the visit to be purged: a visit that goes on ends as when the visitor leaves, and
// the token is good no more. What the home and the property see is that somebody
// came. Errors: not_found for a visitor who is gone.
func (c *Closings) CloseVisit(ctx context.Context, caller *model.Caller) error {
	v, err := c.Store.View(ctx).Visit(caller.VisitID)
	if err != nil {
		return err
	}
	var gone store.Erased
	visits := &Visits{Deps: c.Deps}
	_, err = visits.change(ctx, v, func(tx *store.Tx, v *model.Visit) error {
		gone = store.Erased{}
		if v.VisitorID != caller.PersonID {
			return model.NotFound() // deleted by the same token before
		}
		if !v.State.Over() {
			if err := visits.ownLeave(tx, caller, v); err != nil {
				return err
			}
		}
		erased, err := tx.Erase(v.VisitorID, &gone)
		if err == nil && !erased {
			err = model.NotFound()
		}
		if err != nil {
			return err
		}
		if err := tx.KeepTombstone(model.Tombstone{SubjectID: caller.PersonID, At: c.now()}); err != nil {
			return err
		}
		return tx.Audit(caller, v.CommunityID, "visit.erase", "visit", v.ID, nil)
	})
	if err != nil {
		return err
	}
	c.forget(gone)
	return c.write(c.stones(gone))
}
