package model

// Residency joins a person and a household (居住关系).
type Residency struct {
	ID          string
	CommunityID string
	HouseholdID string
	PersonID    string
	// Relation is owner, tenant, family or helper.
	Relation string
	// Status is pending, active, declined or ended.
	Status string
	// ClaimedNameIx is the blind index of the name given with the claim, kept
	// while the claim is pending so that a later phone can still match the roster.
	ClaimedNameIx []byte
	Reason        string
	DecidedBy     string
	CreatedAt     int64
	DecidedAt     int64
	EndedAt       int64
}

// States of a residency.
const (
	ResidencyPending  = "pending"
	ResidencyActive   = "active"
	ResidencyDeclined = "declined"
	ResidencyEnded    = "ended"
)

// Pass is the right of one person to pass gates (通行证).
type Pass struct {
	ID string
	// Number is the random 48-bit number in codes; never derived from anything.
	Number      uint64
	CommunityID string
	PersonID    string
	ResidencyID string
	// Kind is resident, visitor, courier, staff or vehicle.
	Kind        string
	AccessGroup uint16
	// Building is what a gate may show of the holder's address.
	Building string
	// State is active or withdrawn.
	State  string
	Reason string
	// ValidFrom and ValidUntil bound the pass; ValidUntil 0 means no end.
	ValidFrom   int64
	ValidUntil  int64
	CreatedAt   int64
	WithdrawnAt int64
}

// States of a pass.
const (
	PassActive    = "active"
	PassWithdrawn = "withdrawn"
)
