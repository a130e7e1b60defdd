package service

import (
	"cmp"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// rosterErrorsKept bounds the errors that a record holds.
const rosterErrorsKept = 500

// rosterPlan is a file that was read and compared with the roster.
type rosterPlan struct {
	lines  []rosterLine // those that may be imported
	errors []model.RosterError
	// record is what the file would do.
	record model.RosterImport
}

// readRoster reads a table, its header first.
func readRoster(table []TableRow, now time.Time) *rosterPlan {
	p := &rosterPlan{}
	if len(table) == 0 {
		table = []TableRow{{Number: 1}}
	}
	header := readRosterHeader(table[0])
	p.record.RowsCount, p.record.UnknownColumns = len(table)-1, header.unknown
	if p.errors = header.errors; len(p.errors) > 0 {
		return p
	}
	for _, row := range table[1:] {
		line, errors := readRosterLine(&header, row, now)
		if p.errors = append(p.errors, errors...); len(errors) == 0 {
			p.lines = append(p.lines, line)
		}
	}
	return p
}

// compare takes out the lines that repeat others of the file or contradict the
// roster, counts what the rest would change, and sorts it by address.
func (p *rosterPlan) compare(tx *store.Tx, communityID string) error {
	homes, err := tx.AllHouseholds(communityID)
	if err != nil {
		return err
	}
	keys, err := tx.RosterKeys(communityID, nil)
	if err != nil {
		return err
	}
	known := newKnownRoster(homes, keys)
	stored, err := tx.PlateHomes(communityID)
	if err != nil {
		return err
	}
	plates := plateBook{stored, map[string]address{}}
	seen := map[personAt]bool{}
	good := p.lines[:0]
	for _, line := range p.lines {
		if line.key, err = tx.RosterKeyOf(line.entry); err != nil {
			return err
		}
		if err := keysOfPlates(tx, &line); err != nil {
			return err
		}
		switch {
		case seen[line.at()]:
			p.errors = append(p.errors, model.RosterError{Row: line.row, Column: "name", Code: model.RosterDuplicate})
		case known.phones.contradict(line.home, line.key):
			p.errors = append(p.errors, model.RosterError{Row: line.row, Column: "phone", Code: model.RosterConflict})
		case plates.contradicts(line, known.homes):
			p.errors = append(p.errors, model.RosterError{Row: line.row, Column: "plates", Code: model.RosterConflict})
		default:
			seen[line.at()] = true
			known.phones.add(line.home, line.key)
			good = append(good, line)
		}
	}
	p.lines = good
	slices.SortStableFunc(p.lines, func(a, b rosterLine) int { return compareAddress(a.home, b.home) })
	p.count(known)
	return nil
}

// count says what the lines would do to the roster.
func (p *rosterPlan) count(known *knownRoster) {
	for i, line := range p.lines {
		if _, there := known.homes[addressOf(line.home)]; !there && (i == 0 || compareAddress(p.lines[i-1].home, line.home) != 0) {
			p.record.HouseholdsNew++
		}
		_, fate := known.match(line)
		fate.count(&p.record)
	}
}

// seal puts the errors into the record, by row.
func (p *rosterPlan) seal() {
	slices.SortStableFunc(p.errors, func(a, b model.RosterError) int { return cmp.Compare(a.Row, b.Row) })
	p.record.ErrorCount = len(p.errors)
	p.record.Errors = p.errors[:min(len(p.errors), rosterErrorsKept)]
}
