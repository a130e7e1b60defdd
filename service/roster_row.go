package service

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// TableRow is a row of a file: its number as a spreadsheet shows it, and its cells.
type TableRow struct {
	Number int
	Cells  []string
}

// rosterLine is a row that was read: a person at an address.
type rosterLine struct {
	row  int
	home model.Household
	// entry has name, phone, ID digits and relation.
	entry model.RosterEntry
	// plates are those of the home's vehicles, and plateKeys their blind indexes.
	plates    []string
	plateKeys []string
	// key is the entry's, once there is a database to ask.
	key store.RosterKey
}

// Lengths in characters, as the contract has them for single households.
const (
	addressLength = 16
	nameLength    = 32
)

// readRosterLine reads a row and says all that is wrong with it. Texts in the
// result are normal forms.
func readRosterLine(h *rosterHeader, row TableRow, now time.Time) (rosterLine, []model.RosterError) {
	r := lineReader{header: h, row: row}
	line := rosterLine{row: row.Number}
	line.home = model.Household{Building: r.address("building"), Unit: r.address("unit"), Room: r.address("room")}
	line.entry = model.RosterEntry{Name: r.name(), Phone: r.phone(), IDLast4: r.idLast4(), Relation: r.relation()}
	line.plates = r.plates()
	line.entry.AgeGroup, line.entry.LeaseUntil = r.ageGroup(now), r.leaseUntil()
	if line.entry.LeaseUntil != 0 && line.entry.Relation == relationOwner {
		r.fail("lease_until", model.RosterConflict) // an owner has no lease
	}
	return line, r.errors
}

// lineReader keeps what is wrong until the row has been read.
type lineReader struct {
	header *rosterHeader
	row    TableRow
	errors []model.RosterError
}

func (r *lineReader) fail(column string, code model.RosterErrorCode) string {
	r.errors = append(r.errors, model.RosterError{Row: r.row.Number, Column: column, Code: code})
	return ""
}

func (r *lineReader) address(column string) string {
	part := model.NormalAddress(r.header.cell(r.row, column))
	switch {
	case part == "":
		return r.fail(column, model.RosterRequired)
	case utf8.RuneCountInString(part) > addressLength:
		return r.fail(column, model.RosterLength)
	case strings.ContainsFunc(part, unprintable):
		return r.fail(column, model.RosterFormat)
	}
	return part
}

// name keeps a name as it is written, but for blanks at its ends and doubled ones.
func (r *lineReader) name() string {
	name := strings.Join(strings.Fields(r.header.cell(r.row, "name")), " ")
	switch {
	case name == "":
		return r.fail("name", model.RosterRequired)
	case utf8.RuneCountInString(name) > nameLength:
		return r.fail("name", model.RosterLength)
	case model.NormalName(name) == "", strings.ContainsFunc(name, unprintable), !strings.ContainsFunc(name, unicode.IsLetter),
		strings.ContainsAny(name[:1], "=+-@"):
		return r.fail("name", model.RosterFormat)
	}
	return name
}

// phone takes a mobile number as people write it: with blanks, hyphens, brackets,
// full-width digits or the country's prefix. It may be absent.
func (r *lineReader) phone() string {
	written := r.header.cell(r.row, "phone")
	digits := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c), c == '\u200b', c == '\u202c', c == '\u202d', c == '\ufeff':
			return -1
		case strings.ContainsRune("-()._‐‑–—", c):
			return -1
		}
		return c
	}, model.HalfWidth(written))
	for _, prefix := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok && len(rest) == 11 {
			digits = rest
			break
		}
	}
	if written == "" {
		return ""
	}
	if len(digits) != 11 || digits[0] != '1' || digits[1] < '3' || digits[1] > '9' || strings.Trim(digits, "0123456789") != "" {
		return r.fail("phone", model.RosterFormat)
	}
	return digits
}

// idLast4 takes three digits and a digit or X. A spreadsheet drops leading zeros
// of what it holds for a number: these are refused like other wrong lengths, not
// filled up.
func (r *lineReader) idLast4() string {
	id := strings.ToUpper(strings.ReplaceAll(model.HalfWidth(r.header.cell(r.row, "id_last4")), " ", ""))
	if id == "" {
		return ""
	}
	if len(id) != 4 || strings.Trim(id[:3], "0123456789") != "" || strings.Trim(id[3:], "0123456789X") != "" {
		return r.fail("id_last4", model.RosterFormat)
	}
	return id
}

func (r *lineReader) relation() string {
	word := strings.ToLower(strings.ReplaceAll(model.HalfWidth(r.header.cell(r.row, "relation")), " ", ""))
	if word == "" {
		return r.fail("relation", model.RosterRequired)
	}
	if relation, ok := rosterRelations[word]; ok {
		return relation
	}
	return r.fail("relation", model.RosterEnum)
}

func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
