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
	// LeaseUntil is the instant at which it ends by itself; 0 is never.
	LeaseUntil int64
	// LeaseTold is the smallest number of days before the end of which the person
	// was told; 0 while not.
	LeaseTold int
	// AddedBy is the person of the household who added this one, or "".
	AddedBy string
	// AccessGroup is what its pass opens; 0 is what every resident's opens.
	AccessGroup uint16
	// Indexed is the version of the index of names that it stands in.
	Indexed int
}

// Lives reports whether the residency gives its rights at an instant: it is active
// and its lease, if there is one, has not run out.
func (r *Residency) Lives(at int64) bool {
	return r.Status == ResidencyActive && (r.LeaseUntil == 0 || at < r.LeaseUntil)
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
	// Format is that of its codes, FormatRotating when not said.
	Format int
	// Quota is the pass's own bound a day, per direction and perimeter; 0 is none.
	Quota int
	// VisitID is the visit that the pass was made for.
	VisitID string
	// StripPhone names the key of the one phone that may sign the pass's codes; empty
	// is none yet. StripMovedAt is when it last took the place of another.
	StripPhone   string
	StripMovedAt int64
}

// Formats of a pass's codes.
const (
	FormatRotating = 1
	FormatCard     = 2
)

// States of a pass.
const (
	PassActive    = "active"
	PassPending   = "pending" // its visit waits for an approval
	PassWithdrawn = "withdrawn"
)
