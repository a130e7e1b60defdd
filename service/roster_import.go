package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// RosterFiles imports and exports rosters as tables.
type RosterFiles struct{ Deps }

// NewRosterFiles makes the use cases of roster files.
func NewRosterFiles(d Deps) *RosterFiles { return &RosterFiles{Deps: d} }

// RosterLimits are the most rows of a roster, its header among them, and the most
// columns.
const (
	RosterRows    = 20_001
	RosterColumns = 64
)

// rosterChunk is how many lines one transaction imports: gates wait for the
// database no longer than for that.
const rosterChunk = 500

// RosterFile is a table to be checked or imported, its header first.
type RosterFile struct {
	Table []TableRow
	// DryRun changes nothing but the list of imports.
	DryRun bool
	// Partial imports the lines without errors although others have some.
	Partial bool
}

// Import checks a file and, unless it is a dry run, imports it. It is no single
// transaction: the file is checked as a whole before anything is written, and then
// written in chunks. An import that is cut off stays "importing"; the same file
// again finds what is there unchanged and adds the rest. Errors: not_found out of
// scope. What is wrong with the file is no error but part of the record.
func (f *RosterFiles) Import(ctx context.Context, caller *model.Caller, communityID string, in RosterFile) (model.RosterImport, error) {
	if err := f.Directory.Reach(caller, "roster.import", communityID); err != nil {
		return model.RosterImport{}, err
	}
	plan := readRoster(in.Table, f.Clock.Now())
	if err := plan.compare(f.Store.View(ctx), communityID); err != nil {
		return model.RosterImport{}, err
	}
	plan.seal()
	r := plan.record
	r.ID, r.CommunityID, r.CreatedBy, r.CreatedAt = model.NewID(f.Clock.Now()), communityID, caller.AccountID, f.now()
	r.DryRun, r.Partial = in.DryRun, in.Partial
	switch {
	case in.DryRun:
		r.State = model.RosterChecked
	case r.ErrorCount > 0 && !(in.Partial && len(plan.lines) > 0):
		r.State = model.RosterRejected
	default:
		return f.write(ctx, caller, r, plan.lines)
	}
	return r, f.Store.Update(ctx, func(tx *store.Tx) error { return f.record(tx, caller, r) })
}

// record stores what was found, and that somebody asked.
func (f *RosterFiles) record(tx *store.Tx, caller *model.Caller, r model.RosterImport) error {
	if err := tx.CreateRosterImport(r); err != nil {
		return err
	}
	return f.audit(tx, caller, r)
}

func (f *RosterFiles) audit(tx *store.Tx, caller *model.Caller, r model.RosterImport) error {
	return tx.Audit(caller, r.CommunityID, "roster.import", "roster_import", r.ID, map[string]string{
		"state": string(r.State), "rows": strconv.Itoa(r.RowsCount), "errors": strconv.Itoa(r.ErrorCount),
		"households_new": strconv.Itoa(r.HouseholdsNew), "people_new": strconv.Itoa(r.PeopleNew),
		"people_changed": strconv.Itoa(r.PeopleChanged)})
}

// write imports the lines and counts what was done, which is not always what was
// planned: somebody else may have changed the roster in between.
func (f *RosterFiles) write(ctx context.Context, caller *model.Caller, r model.RosterImport, lines []rosterLine) (model.RosterImport, error) {
	r.State = model.RosterImporting
	if err := f.Store.Update(ctx, func(tx *store.Tx) error { return f.record(tx, caller, r) }); err != nil {
		return r, err
	}
	r.HouseholdsNew, r.PeopleNew, r.PeopleChanged, r.Unchanged = 0, 0, 0, 0
	for begin := 0; begin < len(lines); begin += rosterChunk {
		done, err := f.writeChunk(ctx, caller, r, lines[begin:min(begin+rosterChunk, len(lines))])
		if err != nil {
			return r, err
		}
		r.HouseholdsNew += done.HouseholdsNew
		r.PeopleNew += done.PeopleNew
		r.PeopleChanged += done.PeopleChanged
		r.Unchanged += done.Unchanged
	}
	r.State = model.RosterImported
	return r, f.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.FinishRosterImport(r); err != nil {
			return err
		}
		return f.audit(tx, caller, r)
	})
}

// Get gives one import of a community. Errors: not_found.
func (f *RosterFiles) Get(ctx context.Context, caller *model.Caller, communityID, id string) (model.RosterImport, error) {
	if err := f.Directory.Reach(caller, "roster.import", communityID); err != nil {
		return model.RosterImport{}, err
	}
	return f.Store.View(ctx).RosterImport(communityID, id)
}

// List gives a community's imports without their errors, newest first. Errors:
// not_found out of scope.
func (f *RosterFiles) List(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[model.RosterImport], error) {
	if err := f.Directory.Reach(caller, "roster.import", communityID); err != nil {
		return List[model.RosterImport]{}, err
	}
	found, err := f.Store.View(ctx).RosterImports(communityID, p.Cursor, p.Size()+1)
	return paged(found, p, func(r model.RosterImport) string { return r.ID }), err
}
