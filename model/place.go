package model

// Street is a sub-district office (街道) over committees.
type Street struct {
	ID        string
	Name      string
	CreatedAt int64
}

// Committee is a neighbourhood committee (居委会) over communities.
type Committee struct {
	ID        string
	StreetID  string
	Name      string
	CreatedAt int64
}

// Mode says whether a community is in ordinary days or in an emergency.
type Mode string

// Modes of a community.
const (
	ModeOrdinary  Mode = "ordinary"
	ModeEmergency Mode = "emergency"
)

// Community is a residential community (小区), the tenant.
type Community struct {
	ID          string
	CommitteeID string
	// Number is the community as it stands in pass codes: 1..16777215, unique.
	Number      uint32
	Name        string
	Mode        Mode
	RuleVersion int64
	CreatedAt   int64
}

// Household is one home (户): building, unit, room.
type Household struct {
	ID          string
	CommunityID string
	Building    string
	Unit        string
	Room        string
	// ImportID is the import of the roster that made it.
	ImportID  string
	CreatedAt int64
}

// Gate is a place that admits (门). Perimeter names the ring it belongs to,
// within which a code is spent once per direction.
type Gate struct {
	ID          string
	CommunityID string
	Name        string
	Kind        string
	// Direction is in, out or both.
	Direction string
	Perimeter string
	// Fallback is what the gate does when it cannot decide: residents_only, ask_guard, closed.
	Fallback string
	// Passback is off, soft (ask the guard) or hard (refuse).
	Passback  string
	CreatedAt int64
}

// GateBarrier is the kind of gate that vehicles pass.
const GateBarrier = "barrier"

// EntryCode is the poster code at a gate (入口码): opaque, 128 random bits, revocable.
type EntryCode struct {
	Code        string
	CommunityID string
	GateID      string
	CreatedAt   int64
	RevokedAt   int64
}

// AccessGroup maps the group number in a code to gates, floors and hours. Body
// is the JSON of admission.Group.
type AccessGroup struct {
	CommunityID string
	Number      uint16
	Name        string
	Body        string
	CreatedAt   int64
	// Digest is the SM3 of Body for groups that are found by what they open; nil
	// for those that have a name of their own.
	Digest *string
}

// RuleSet is one version of a community's gate rules. Body is the JSON of
// admission.Rules.
type RuleSet struct {
	CommunityID string
	Version     int64
	Body        string
	CreatedBy   string
	CreatedAt   int64
}
