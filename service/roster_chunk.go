package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// writeChunk imports lines, which are sorted by address, in one transaction, and
// says what was new. It compares them with the roster once more: what counts is
// what stands there now.
func (f *RosterFiles) writeChunk(ctx context.Context, caller *model.Caller, r model.RosterImport, lines []rosterLine) (model.RosterImport, error) {
	communityID := r.CommunityID
	var done model.RosterImport
	var moved departed
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		done, moved = model.RosterImport{ID: r.ID}, departed{}
		homes, err := f.settle(tx, communityID, lines, &done)
		if err != nil {
			return err
		}
		ids := make([]string, len(homes))
		for i, h := range homes {
			ids[i] = h.ID
		}
		keys, err := tx.RosterKeys(communityID, ids)
		if err != nil {
			return err
		}
		known := newKnownRoster(homes, keys)
		leases, err := f.enter(tx, communityID, lines, known, &done)
		if err != nil {
			return err
		}
		if err := f.park(tx, communityID, r.ID, lines, known.homes); err != nil {
			return err
		}
		return f.extend(tx, caller, communityID, leases, &moved)
	})
	f.forget(moved)
	return done, err
}

// settle adds the households that are missing, which locks the others, and gives
// those of the lines.
func (f *RosterFiles) settle(tx *store.Tx, communityID string, lines []rosterLine, done *model.RosterImport) ([]model.Household, error) {
	var wanted []model.Household
	made := map[string]bool{}
	for i, line := range lines {
		if i > 0 && compareAddress(lines[i-1].home, line.home) == 0 {
			continue
		}
		home := line.home
		home.ID, home.CommunityID, home.ImportID, home.CreatedAt = model.NewID(f.Clock.Now()), communityID, done.ID, f.now()
		wanted, made[home.ID] = append(wanted, home), true
	}
	if err := tx.AddHouseholds(wanted); err != nil {
		return nil, err
	}
	between, err := tx.HouseholdsBetween(communityID, wanted[0], wanted[len(wanted)-1])
	if err != nil {
		return nil, err
	}
	asked := make(map[address]bool, len(wanted))
	for _, h := range wanted {
		asked[addressOf(h)] = true
	}
	homes := between[:0]
	for _, h := range between {
		if !asked[addressOf(h)] {
			continue
		}
		if homes = append(homes, h); made[h.ID] {
			done.HouseholdsNew++
		}
	}
	return homes, nil
}

// enter adds and changes the people of the lines, and gives the claimed entries
// whose lease was moved.
func (f *RosterFiles) enter(tx *store.Tx, communityID string, lines []rosterLine, known *knownRoster, done *model.RosterImport) ([]model.RosterEntry, error) {
	var added, changed, leases []model.RosterEntry
	for _, line := range lines {
		entry := line.entry
		entry.CommunityID, entry.HouseholdID, entry.CreatedAt = communityID, known.homes[addressOf(line.home)], f.now()
		there, fate := known.match(line)
		switch fate.count(done); fate {
		case fateNew:
			entry.ID, entry.ImportID = model.NewID(f.Clock.Now()), done.ID
			added = append(added, entry)
		case fateChanged:
			entry.ID, entry.ClaimedBy = there.ID, there.ClaimedBy
			changed = append(changed, entry)
			if there.ClaimedBy != "" && entry.LeaseUntil != 0 && entry.LeaseUntil != there.LeaseUntil {
				leases = append(leases, entry)
			}
		}
	}
	if err := tx.AddRosterEntries(added); err != nil {
		return nil, err
	}
	return leases, tx.SetRosterContacts(changed)
}

// extend moves the leases of residents whose entry has another one now. A lease
// that is over is not brought back, and one on the roster that is over ends nobody:
// staff do that on purpose.
func (f *RosterFiles) extend(tx *store.Tx, caller *model.Caller, communityID string, entries []model.RosterEntry, moved *departed) error {
	for _, e := range entries {
		r, err := tx.OpenResidency(communityID, e.HouseholdID, e.ClaimedBy)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if !r.Lives(f.now()) || e.LeaseUntil <= f.now() {
			continue
		}
		if _, err := f.setLease(tx, caller, communityID, r.ID, e.LeaseUntil, moved); err != nil {
			return err
		}
	}
	return nil
}
