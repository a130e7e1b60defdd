package model

// Dependant is a person without a phone whom another carries on the own phone
// (代办人): a child, an old person.
type Dependant struct {
	ID          string
	CommunityID string
	HouseholdID string
	CarerID     string
	PersonID    string
	// Relation is child, elder or other.
	Relation  string
	CreatedAt int64
	EndedAt   int64
}

// AgeGroup is how old a person is, as coarsely as serves: rules are rehearsed for
// whom they would stop, and under fourteen a guardian consents.
type AgeGroup string

// Age groups; the empty one is not known.
const (
	AgeChild AgeGroup = "child" // under 14
	AgeAdult AgeGroup = "adult"
	AgeElder AgeGroup = "elder" // 60 and above
)
