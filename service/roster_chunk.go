package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// writeChunk imports lines, which are sorted by address, in one transaction, and
// says what was new. It compares them with the roster once more: what counts is
// what stands there now.
func (f *RosterFiles) writeChunk(ctx context.Context, communityID string, lines []rosterLine) (model.RosterImport, error) {
	var done model.RosterImport
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		done = model.RosterImport{}
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
		return f.enter(tx, communityID, lines, newKnownRoster(homes, keys), &done)
	})
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
		home.ID, home.CommunityID, home.CreatedAt = model.NewID(f.Clock.Now()), communityID, f.now()
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

// enter adds and changes the people of the lines.
func (f *RosterFiles) enter(tx *store.Tx, communityID string, lines []rosterLine, known *knownRoster, done *model.RosterImport) error {
	var added, changed []model.RosterEntry
	for _, line := range lines {
		entry := line.entry
		entry.CommunityID, entry.HouseholdID, entry.CreatedAt = communityID, known.homes[addressOf(line.home)], f.now()
		there, fate := known.match(line)
		switch fate.count(done); fate {
		case fateNew:
			entry.ID = model.NewID(f.Clock.Now())
			added = append(added, entry)
		case fateChanged:
			entry.ID = there.ID
			changed = append(changed, entry)
		}
	}
	if err := tx.AddRosterEntries(added); err != nil {
		return err
	}
	return tx.SetRosterContacts(changed)
}
