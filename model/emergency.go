package model

// Emergency is the order by which communities are in emergency mode (应急状态):
// declared → active → ended → destroyed. Before it is active it may also be
// cancelled, or lapse because its end came before the second approver.
type Emergency struct {
	ID string
	// CommunityID is where it was declared; Scope lists all that it holds for.
	CommunityID string
	Scope       []string `gorm:"-"`
	// OrderNumber is the government's order that it rests on.
	OrderNumber      string
	Reason           string
	ImpactAssessment string
	State            EmergencyState
	// Fields are what a health report may hold: what the colour rules look at.
	Fields []string `gorm:"serializer:json"`
	// ColourVersion names the colour rules, ColourRules is their JSON.
	ColourVersion string
	ColourRules   string
	// ReportEveryHours is how old a report may become; 0 asks for none.
	ReportEveryHours int
	// TemperatureLimitTenths is from where on a gate refers; 0 is the rules' own.
	TemperatureLimitTenths int
	AuthorID               string
	CreatedAt              int64
	StartedAt              int64
	// EndsAt is the instant from which on nothing of health is judged.
	EndsAt    int64
	EndedAt   int64
	EndedBy   string
	EndReason string
	// KeyFingerprint is the hex SM3 of the wrapped data key that was destroyed.
	KeyFingerprint string
	DestroyedAt    int64
	// Certificate is the signed JSON, Signature r ‖ s of SM2, SignedBy the key.
	Certificate string
	Signature   []byte
	SignedBy    string
	// Written rises with each commit of readings, which so locks the emergency.
	Written int64
}

// EmergencyState is how an emergency stands.
type EmergencyState string

// States of an emergency.
const (
	EmergencyDeclared  EmergencyState = "declared"
	EmergencyActive    EmergencyState = "active"
	EmergencyEnded     EmergencyState = "ended"     // its key is destroyed, its rows are going
	EmergencyDestroyed EmergencyState = "destroyed" // the certificate is there
	EmergencyCancelled EmergencyState = "cancelled"
	EmergencyLapsed    EmergencyState = "lapsed"
)

// Holds reports whether the emergency is active at an instant.
func (e *Emergency) Holds(at int64) bool {
	return e != nil && e.State == EmergencyActive && at < e.EndsAt
}

// Renewal asks for a later end of an emergency, with an assessment of its own.
type Renewal struct {
	ID               string
	EmergencyID      string
	CommunityID      string
	EndsAt           int64
	Reason           string
	ImpactAssessment string
	// State is pending, approved or cancelled.
	State     string
	Open      *int
	AuthorID  string
	CreatedAt int64
	DecidedAt int64
}

// TableName keeps the table beside the emergency's.
func (Renewal) TableName() string { return "emergency_renewals" }

// States of a renewal.
const (
	RenewalPending   = "pending"
	RenewalApproved  = "approved"
	RenewalCancelled = "cancelled"
)
