package model

import (
	"slices"
	"unicode/utf8"
)

// SpokenCode is a short number said to a guard (口令). Only its keyed digest is
// kept; of all codes with one digest, and of all codes of a pass, one is live.
type SpokenCode struct {
	ID          string
	CommunityID string
	Perimeter   string
	PassID      string
	PassNumber  uint64
	CreatedAt   int64
	ExpiresAt   int64
	// UsedAt is when it admitted, 0 before and when it never did.
	UsedAt int64
	// Replaced says that another code of the pass stands in its place.
	Replaced bool `gorm:"-"`
}

// ManualPassage is what a guard said about an admission by hand (人工放行).
type ManualPassage struct {
	PassageID   string
	CommunityID string
	// Reason is one of ManualReasons.
	Reason string
	// Overridden is the reason for which the engine would have stopped the person,
	// when the guard was warned of it and insisted.
	Overridden string
	// Note is in the guard's words, in clear in memory only.
	Note string `gorm:"-"`
}

// ManualReasons are why a guard may admit somebody by hand.
var ManualReasons = []string{"no_phone", "phone_dead", "code_problem", "child", "elder", "emergency_service", "other"}

// mostNote is how many characters a guard's words may have.
const mostNote = 200

// Check says what is wrong with what a guard said: invalid for a reason that there is
// not, for a note of more than 200 characters, and for none where the reason is other.
func (p *ManualPassage) Check() error {
	switch {
	case !slices.Contains(ManualReasons, p.Reason):
		return Invalid(FieldError{Field: "/reason", Code: "enum"})
	case p.Note == "" && p.Reason == "other":
		return Invalid(FieldError{Field: "/note", Code: "required"})
	case utf8.RuneCountInString(p.Note) > mostNote:
		return Invalid(FieldError{Field: "/note", Code: "length", Limit: "0..200"})
	}
	return nil
}

// Ways in which a pass was shown; a passage of before they were kept has none.
const (
	WayCode   = "code"   // a rotating code, on a phone
	WayCard   = "card"   // a printed card
	WaySpoken = "spoken" // a number said to a guard
	WayManual = "manual" // by a guard's hand
	WayPlate  = "plate"  // the number plate of a vehicle
)
