package model

import (
	"strings"
	"unicode/utf8"
)

// Person is a natural person (人) in clear. It exists in memory only: the store
// keeps each field as SM4-GCM ciphertext under the person's own data key.
type Person struct {
	ID        string
	Name      string
	Phone     string
	IDLast4   string
	AgeGroup  AgeGroup
	CreatedAt int64
	ClosedAt  int64
}

// String is the id alone, so that a careless log line shows no personal data.
func (p Person) String() string { return "person " + p.ID }

// GoString is String, for %#v.
func (p Person) GoString() string { return p.String() }

// RosterEntry is one person on the property company's roster of a household,
// in clear, in memory only. It is not yet a Person: it waits to be claimed.
type RosterEntry struct {
	ID          string
	CommunityID string
	HouseholdID string
	Name        string
	Phone       string
	IDLast4     string
	Relation    string
	AgeGroup    AgeGroup
	// LeaseUntil is the end of the residency that comes of it; 0 is none.
	LeaseUntil int64
	// AddedBy is the person of the household who added the entry; "" is the office.
	AddedBy string
	// AccessGroup is what the pass of the one added opens; 0 is the residents'.
	AccessGroup uint16
	// ImportID is the import that brought the entry.
	ImportID  string
	ClaimedBy string
	ClaimedAt int64
	CreatedAt int64
}

// String is the id alone.
func (r RosterEntry) String() string { return "roster entry " + r.ID }

// GoString is String, for %#v.
func (r RosterEntry) GoString() string { return r.String() }

// MaskName keeps the first character and hides the rest: 张**, O***.
func MaskName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	rest := min(max(utf8.RuneCountInString(name)-1, 1), 3)
	return string(first) + strings.Repeat("*", rest)
}

// MaskPhone keeps the first three and the last two digits: 138******21.
func MaskPhone(phone string) string {
	if len(phone) < 7 {
		return strings.Repeat("*", len(phone))
	}
	return phone[:3] + strings.Repeat("*", len(phone)-5) + phone[len(phone)-2:]
}

// NormalName is a name as it is indexed: without spaces and the middle dots of
// transcribed names, lower case, so that what people type still matches.
func NormalName(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\u3000', '·', '•', '．', '.':
			return -1
		}
		return r
	}, strings.ToLower(name))
}
