package model

// Restriction is a colour or a ban that staff have set (限制): never without
// basis, scope, author, second approver and expiry. One that rests on health has an
// emergency and goes with it.
type Restriction struct {
	ID          string
	CommunityID string
	// EmergencyID is empty for one that has nothing to do with health.
	EmergencyID string
	// SubjectKind is person, household or pass, SubjectID its id.
	SubjectKind        string
	SubjectID          string
	RestrictionDetails `gorm:"-"`
	State              RestrictionState
	AuthorID           string
	ApprovalID         string
	ApproverID         string
	CreatedAt          int64
	ApprovedAt         int64
	ExpiresAt          int64
	// LiftsAt is when it lifts unless an appeal is answered; 0 is no appeal.
	LiftsAt   int64
	EndedAt   int64
	EndedBy   string
	EndReason string
}

// RestrictionDetails are sealed at rest: under the emergency's key, or under one of
// the restriction's own.
type RestrictionDetails struct {
	// Effect is red, yellow or ban.
	Effect string `json:"effect"`
	Basis  string `json:"basis"`
	Reason string `json:"reason"`
	// LiftedBecause is what staff wrote when they lifted it.
	LiftedBecause string `json:"lifted_because,omitempty"`
}

// RestrictionState is how a restriction stands.
type RestrictionState string

// States of a restriction.
const (
	RestrictionProposed RestrictionState = "proposed"
	RestrictionActive   RestrictionState = "active"
	RestrictionLifted   RestrictionState = "lifted"
	RestrictionExpired  RestrictionState = "expired"
)

// Effects of a restriction.
const (
	EffectRed    = "red"
	EffectYellow = "yellow"
	EffectBan    = "ban"
)

// Holds reports whether the restriction is in force at an instant.
func (r *Restriction) Holds(at int64) bool {
	return r.State == RestrictionActive && at < r.ExpiresAt && (r.LiftsAt == 0 || at < r.LiftsAt)
}

// KeySubject is whose data key seals the details.
func (r *Restriction) KeySubject() string {
	if r.EmergencyID != "" {
		return r.EmergencyID
	}
	return r.ID
}

// String is the id alone.
func (r Restriction) String() string { return "restriction " + r.ID }

// GoString is String, for %#v.
func (r Restriction) GoString() string { return r.String() }

// Appeal is a person's objection to a restriction (申诉). If nobody answers it in
// time, the restriction lifts.
type Appeal struct {
	ID            string
	RestrictionID string
	CommunityID   string
	EmergencyID   string
	// PersonID wrote it: the person concerned or the carer.
	PersonID string
	Text     string `gorm:"-"`
	// Answer is what staff wrote when they decided.
	Answer    string `gorm:"-"`
	State     AppealState
	DueAt     int64
	CreatedAt int64
	DecidedAt int64
	DecidedBy string
}

// AppealState is how an appeal stands.
type AppealState string

// States of an appeal.
const (
	AppealOpen       AppealState = "open"
	AppealUpheld     AppealState = "upheld"      // the restriction stands
	AppealLifted     AppealState = "lifted"      // the restriction was lifted
	AppealAutoLifted AppealState = "auto_lifted" // nobody answered in time
	AppealClosed     AppealState = "closed"      // the restriction ended otherwise
)

// String is the id alone.
func (a Appeal) String() string { return "appeal " + a.ID }

// GoString is String, for %#v.
func (a Appeal) GoString() string { return a.String() }
