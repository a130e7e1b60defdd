package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// RosterUndo is what the undoing of an import has done.
type RosterUndo struct {
	Import model.RosterImport
	// PeopleKept are those entries of the import that somebody has claimed: they stay.
	PeopleKept        int
	PeopleRemoved     int
	HouseholdsRemoved int
}

// Undo takes back what an import brought: entries that nobody has claimed, and
// homes that are empty then. Entries that the import only changed stay as they are.
// Like an import it goes in steps; one that was cut off is repeated. Errors:
// not_found, state_changed for what was not imported or is undone already.
func (f *RosterFiles) Undo(ctx context.Context, caller *model.Caller, communityID, id string) (RosterUndo, error) {
	if err := f.Directory.Reach(caller, "roster.import", communityID); err != nil {
		return RosterUndo{}, err
	}
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		begun, err := tx.BeginRosterUndo(communityID, id)
		if err == nil && !begun {
			err = rosterState(tx, communityID, id)
		}
		return err
	})
	if err != nil {
		return RosterUndo{}, err
	}
	out := RosterUndo{}
	for more := true; more; {
		err := f.Store.Update(ctx, func(tx *store.Tx) error {
			found, err := tx.DropImported(communityID, id, rosterChunk)
			more = found == rosterChunk
			return err
		})
		if err != nil {
			return RosterUndo{}, err
		}
	}
	return out, f.Store.Update(ctx, func(tx *store.Tx) error { return f.finishUndo(tx, caller, communityID, id, &out) })
}

func (f *RosterFiles) finishUndo(tx *store.Tx, caller *model.Caller, communityID, id string, out *RosterUndo) error {
	finished, err := tx.FinishRosterUndo(communityID, id)
	if err == nil && !finished {
		err = rosterState(tx, communityID, id)
	}
	if err != nil {
		return err
	}
	if out.HouseholdsRemoved, err = tx.DropImportedHouseholds(communityID, id); err != nil {
		return err
	}
	if err := tx.DropPlatesOfImport(communityID, id); err != nil {
		return err
	}
	if out.PeopleKept, err = tx.ImportedLeft(communityID, id); err != nil {
		return err
	}
	if out.Import, err = tx.RosterImport(communityID, id); err != nil {
		return err
	}
	out.PeopleRemoved = max(out.Import.PeopleNew-out.PeopleKept, 0)
	return tx.Audit(caller, communityID, "roster.undo", "roster_import", id, map[string]string{
		"people_removed": strconv.Itoa(out.PeopleRemoved), "people_kept": strconv.Itoa(out.PeopleKept),
		"households_removed": strconv.Itoa(out.HouseholdsRemoved)})
}

// rosterState is state_changed with the state of an import, or not_found.
func rosterState(tx *store.Tx, communityID, id string) error {
	r, err := tx.RosterImport(communityID, id)
	if err != nil {
		return err
	}
	return &model.Error{Code: model.CodeStateChanged, State: string(r.State)}
}
