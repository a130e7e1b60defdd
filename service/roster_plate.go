package service

import (
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// platesInCell is more than any home has.
const platesInCell = 10

// plates takes the plates of a cell, separated by commas, semicolons, slashes or
// lines, each once. A blank belongs to a plate as people write it.
func (r *lineReader) plates() []string {
	var out []string
	for part := range strings.FieldsFuncSeq(r.header.cell(r.row, "plates"), func(c rune) bool { return strings.ContainsRune(",，、;；/／|\n", c) }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		plate, ok := model.NormalPlate(part)
		if !ok {
			r.fail("plates", model.RosterFormat)
			return nil
		}
		if !slices.Contains(out, plate) {
			out = append(out, plate)
		}
	}
	if len(out) > platesInCell {
		r.fail("plates", model.RosterLength)
		return nil
	}
	return out
}

// plateBook says in which home each plate is, in the community and in the file so
// far.
type plateBook struct {
	stored map[string]string // blind index → household id
	file   map[string]address
}

// contradicts reports whether a plate of the line is in another home, and notes its
// plates when none is.
func (b *plateBook) contradicts(line rosterLine, homes map[address]string) bool {
	at := addressOf(line.home)
	for _, key := range line.plateKeys {
		if home, there := b.stored[key]; there && home != homes[at] {
			return true
		}
		if other, there := b.file[key]; there && other != at {
			return true
		}
	}
	for _, key := range line.plateKeys {
		b.file[key] = at
	}
	return false
}

// keysOfPlates fills the blind indexes of a line's plates.
func keysOfPlates(tx *store.Tx, line *rosterLine) error {
	for _, plate := range line.plates {
		key, err := tx.PlateIndex(plate)
		if err != nil {
			return err
		}
		line.plateKeys = append(line.plateKeys, key)
	}
	return nil
}

// park stores the plates of the lines that no home has yet.
func (f *RosterFiles) park(tx *store.Tx, communityID, importID string, lines []rosterLine, homes map[address]string) error {
	if !slices.ContainsFunc(lines, func(l rosterLine) bool { return len(l.plates) > 0 }) {
		return nil
	}
	stored, err := tx.PlateHomes(communityID)
	if err != nil {
		return err
	}
	var added []model.HouseholdPlate
	for _, line := range lines {
		home := homes[addressOf(line.home)]
		for i, plate := range line.plates {
			if _, there := stored[line.plateKeys[i]]; there {
				continue
			}
			stored[line.plateKeys[i]] = home
			added = append(added, model.HouseholdPlate{ID: model.NewID(f.Clock.Now()), CommunityID: communityID, HouseholdID: home,
				Plate: plate, ImportID: importID, CreatedAt: f.now()})
		}
	}
	return tx.AddPlates(added)
}
