package model

// Visit is a request to let somebody in (来访): invited by a resident or the
// property, or asked at the gate by the visitor.
type Visit struct {
	ID          string
	CommunityID string
	Kind        VisitKind
	Origin      VisitOrigin
	// HouseholdID is empty when the visitor named a home that is not there: a guard
	// then answers, and the visitor sees no difference. It is also empty when the
	// property has invited to its own office.
	HouseholdID string
	// AddressIx is the blind index of the home that was asked for at a gate, whether or
	// not it is there.
	AddressIx []byte
	// GateID is where it was asked; empty for an invitation.
	GateID string
	// AuthorID is the person that asked, who never counts as an approver: the resident
	// or the member of staff for an invitation, else the visitor.
	AuthorID string
	// HostID is the resident who invited, or who let the visitor come.
	HostID string
	// VisitorID is a person of this visit alone, so that its key can be destroyed.
	VisitorID string
	PassID    string
	State     VisitState
	Reason    string
	// Purpose and Plate are in clear in memory only.
	Purpose   string `gorm:"-"`
	Plate     string `gorm:"-"`
	PartySize int
	// Opens is the JSON of the admission.Group that the pass opens.
	Opens string
	// Chain is the JSON of the VisitRule that held when it was asked.
	Chain string
	// Step is the step of the chain that is being answered, from 1; 0 before it began.
	Step int
	// Turn rises with each change: whoever raises it holds the visit until the
	// transaction ends.
	Turn       int
	ValidFrom  int64
	ValidUntil int64
	// EndsAt is ValidUntil while the visit goes on, then when it ended.
	EndsAt int64
	// TokenHash and InviteHash are of the visitor's token and of the invitation, which
	// is there to be exchanged for the token once.
	TokenHash  *string
	InviteHash *string
	DecidedBy  string
	DecidedAt  int64
	ArrivedAt  int64
	CreatedAt  int64
}

// String is the id alone, so that a careless log line shows no personal data.
func (v Visit) String() string { return "visit " + v.ID }

// GoString is String, for %#v.
func (v Visit) GoString() string { return v.String() }

// VisitKind is what sort of visit it is.
type VisitKind string

// Kinds of visits.
const (
	VisitOnce      VisitKind = "once"
	VisitRecurring VisitKind = "recurring" // at hours of the week
	VisitCourier   VisitKind = "courier"
	VisitGroup     VisitKind = "group"
	VisitVehicle   VisitKind = "vehicle"
)

// VisitKinds are all kinds, in the order in which they are shown.
var VisitKinds = []VisitKind{VisitOnce, VisitRecurring, VisitCourier, VisitGroup, VisitVehicle}

// VisitOrigin is how a visit began.
type VisitOrigin string

// Origins.
const (
	VisitInvited VisitOrigin = "invited"
	VisitAsked   VisitOrigin = "asked"
	// VisitArranged is invited by the property: for a home, or for its own office when
	// the visit has no household.
	VisitArranged VisitOrigin = "arranged"
)

// VisitState is how a visit stands.
type VisitState string

// States of a visit.
const (
	VisitRequested  VisitState = "requested"
	VisitApproved   VisitState = "approved"
	VisitArrived    VisitState = "arrived"
	VisitOverstayed VisitState = "overstayed" // its time is over, and the visitor inside
	VisitDeclined   VisitState = "declined"
	VisitExpired    VisitState = "expired" // nobody answered, or nobody came
	VisitCancelled  VisitState = "cancelled"
	VisitLeft       VisitState = "left"
)

// VisitLive are the states in which the pass of a visit may open something.
var VisitLive = []VisitState{VisitApproved, VisitArrived, VisitOverstayed}

// Over reports whether the state is final.
func (s VisitState) Over() bool {
	switch s {
	case VisitDeclined, VisitExpired, VisitCancelled, VisitLeft:
		return true
	}
	return false
}

// Reasons that the system itself gives for the end of a visit.
const (
	VisitNobodyAnswered = "nobody_answered"
	VisitNobodyCame     = "nobody_came"
	VisitTooLate        = "too_late" // its time was over before it was answered
	VisitHostMoved      = "host_moved"
)

// VisitRule says for one kind of visit who must agree, and within what bounds.
type VisitRule struct {
	Kind VisitKind `json:"kind"`
	// AtGate offers the kind to those who ask at the gate.
	AtGate bool        `json:"at_gate"`
	Steps  []VisitStep `json:"steps"`
	// GuardMinutes is how long a guard may take who is asked in somebody's place.
	GuardMinutes int `json:"guard_minutes"`
	// Fallback is what holds when nobody has answered.
	Fallback VisitFallback `json:"fallback"`
	MaxParty int           `json:"max_party"`
	MaxHours int           `json:"max_hours"`
}

// VisitStep is one step of a chain.
type VisitStep struct {
	// Who answers: host, property or committee.
	Who Answerer `json:"who"`
	// Minutes is how long each who is asked may take.
	Minutes int `json:"minutes"`
	// Silence is guard, who is then asked in their place, or decline.
	Silence VisitSilence `json:"silence"`
}

// VisitSilence is what follows when nobody of a step answers.
type VisitSilence string

// What may follow on silence.
const (
	SilenceGuard   VisitSilence = "guard"
	SilenceDecline VisitSilence = "decline"
)

// VisitFallback is the community's default.
type VisitFallback string

// Defaults of a community; only couriers may be admitted unanswered.
const (
	FallbackDecline VisitFallback = "decline"
	FallbackAdmit   VisitFallback = "admit"
)

// VisitPolicy is a community's rules for visits, one for each kind.
type VisitPolicy struct {
	CommunityID string
	// Version is 0 while the community goes by the defaults.
	Version int
	// Body is the JSON of the []VisitRule.
	Body      string
	UpdatedBy string
	UpdatedAt int64
}

// VisitDelegate answers for a resident who is away.
type VisitDelegate struct {
	PersonID    string
	HouseholdID string
	CommunityID string
	DelegateID  string
	// Until is when the resident is back; 0 is until further notice.
	Until     int64
	CreatedAt int64
}
