package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// MovedOut is what a household's move-out ended.
type MovedOut struct {
	HouseholdID   string
	Ended         int
	RosterRemoved int
}

// MoveOut ends all residencies of a household with their passes, and the claims
// that wait, in one transaction. What nobody has claimed on the roster goes too,
// unless it is kept for those who come next. Errors: not_found out of scope.
func (r *Residencies) MoveOut(ctx context.Context, caller *model.Caller, communityID, householdID, reason string, keepRoster bool) (MovedOut, error) {
	if err := r.Directory.Reach(caller, "residency.decide", communityID); err != nil {
		return MovedOut{}, err
	}
	var out MovedOut
	var gone departed
	err := r.Store.Update(ctx, func(tx *store.Tx) (err error) {
		gone, out = departed{}, MovedOut{HouseholdID: householdID}
		if _, err := tx.Household(communityID, householdID); err != nil {
			return err
		}
		if out.Ended, err = r.endAll(tx, caller, communityID, householdID, reason, &gone); err != nil {
			return err
		}
		if !keepRoster {
			if out.RosterRemoved, err = tx.DropUnclaimed(communityID, householdID, ""); err != nil {
				return err
			}
		}
		return tx.Audit(caller, communityID, "household.move_out", "household", householdID, map[string]string{
			"ended": strconv.Itoa(out.Ended), "roster_removed": strconv.Itoa(out.RosterRemoved)})
	})
	if err == nil {
		r.forget(gone)
	}
	return out, err
}

// endAll ends the open residencies of a household; some end with others.
func (r *Residencies) endAll(tx *store.Tx, caller *model.Caller, communityID, householdID, reason string, gone *departed) (int, error) {
	open, err := tx.OpenResidencies(communityID, householdID)
	if err != nil {
		return 0, err
	}
	for _, one := range open {
		_, err := r.move(tx, caller, "residency.end", communityID, one.ID,
			store.ResidencyMove{From: one.Status, To: model.ResidencyEnded, By: caller.AccountID, Reason: reason}, gone)
		if err != nil && model.CodeOf(err) != model.CodeStateChanged {
			return 0, err
		}
	}
	return len(open), nil
}
