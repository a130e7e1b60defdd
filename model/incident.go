package model

// Incident is something that needs a person (事件): an alarm of a device, or what
// staff or a resident have seen. It goes from raised to reviewed and is at each
// moment somebody's by name.
type Incident struct {
	ID          string
	CommunityID string
	Kind        IncidentKind
	Severity    Severity
	State       IncidentState
	Origin      IncidentOrigin
	// Post is whose desk it belongs to.
	Post     Post
	GateID   string
	DeviceID string
	// What is the device's own word for it, such as forced or left_open.
	What string
	// OpenKey is the same for all alarms that are the same incident, for as long as
	// that is open; nil for what is never told twice, and once it is resolved.
	OpenKey *string
	// Alarms is how often it was told.
	Alarms int
	// Level is how far it was taken up: 0 property, 1 committee, 2 street, 3 city.
	Level    int
	RaisedAt int64
	// LastAt is when it was told last, ClearedAt when the device has taken it back; 0
	// when it has not.
	LastAt    int64
	ClearedAt int64
	// AuthorID is the member of staff who raised it, ReporterID the resident.
	AuthorID   string
	ReporterID string
	// AssigneeID is the account of who has it now, AssignedAs in which seat: duty, or
	// the role that stands in where nobody is on duty; nobody where there is none.
	AssigneeID string
	AssignedAs string
	// RelatedID is an incident of the same place and minutes.
	RelatedID      string
	AcknowledgedBy string
	AcknowledgedAt int64
	DispatchedTo   string
	DispatchedAt   int64
	ArrivedBy      string
	ArrivedAt      int64
	ResolvedBy     string
	ResolvedAt     int64
	Resolution     Resolution
	MergedInto     string
	ReviewedBy     string
	ReviewedAt     int64
	// DueAt is when it is taken up a level unless it has gone on; 0 for never.
	DueAt int64
	// Text is what was said of it, in clear in memory only.
	Text string `gorm:"-"`
}

// String is the id alone, so that a careless log line shows no words of people.
func (i Incident) String() string { return "incident " + i.ID }

// GoString is String, for %#v.
func (i Incident) GoString() string { return i.String() }

// IncidentState is how an incident stands.
type IncidentState string

// States, in their order.
const (
	IncidentRaised       IncidentState = "raised"
	IncidentAcknowledged IncidentState = "acknowledged"
	IncidentDispatched   IncidentState = "dispatched"
	IncidentOnSite       IncidentState = "on_site"
	IncidentResolved     IncidentState = "resolved"
	IncidentReviewed     IncidentState = "reviewed"
)

// IncidentOpen are the states in which somebody has still to do something about it.
var IncidentOpen = []IncidentState{IncidentRaised, IncidentAcknowledged, IncidentDispatched, IncidentOnSite}

// IncidentOrigin is who raised it.
type IncidentOrigin string

// Origins.
const (
	FromDevice   IncidentOrigin = "device"
	FromStaff    IncidentOrigin = "staff"
	FromResident IncidentOrigin = "resident"
	// FromFinding is unusual looking at people's data.
	FromFinding IncidentOrigin = "finding"
)

// Resolution is how an incident ended.
type Resolution string

// Resolutions.
const (
	ResolutionDone       Resolution = "resolved"
	ResolutionFalseAlarm Resolution = "false_alarm"
	ResolutionMerged     Resolution = "merged"
)

// Severity is how much an incident hurries.
type Severity string

// Severities.
const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
)

// Post is a desk of the property (岗位): 信息库, 平台, 出入口.
type Post string

// Posts.
const (
	PostInformation Post = "information"
	PostPlatform    Post = "platform"
	PostGate        Post = "gate"
)

// Posts are all of them, in the order in which they are shown.
var Posts = []Post{PostInformation, PostPlatform, PostGate}

// Levels up to which an incident is taken, each when the one before was silent.
const (
	LevelProperty = iota
	LevelCommittee
	LevelStreet
	LevelCity
)

// IncidentLevels are the names of the levels.
var IncidentLevels = []string{"property", "committee", "street", "city"}

// Seats in which somebody is given an incident, beside the roles that stand in.
const (
	SeatDuty   = "duty"
	SeatNobody = "nobody"
)

// IncidentEntry is one line of an incident's timeline, never changed.
type IncidentEntry struct {
	ID          string
	IncidentID  string
	CommunityID string
	At          int64
	Kind        IncidentEntryKind
	ActorKind   string
	// ActorID is the account of who did it; empty for the system and for residents.
	ActorID string
	// SubjectID is the account that it was given to, or the other incident.
	SubjectID string
	// Seat is in which the subject was given it.
	Seat  string
	Level int
	// Evidence, Ref and RefAt are where something can be looked up: a camera and an
	// instant, a passage, a device event. Never a picture.
	Evidence EvidenceKind
	Ref      string
	RefAt    int64
	// Text is in clear in memory only.
	Text string `gorm:"-"`
}

// String is the id alone, so that a careless log line shows no words of people.
func (e IncidentEntry) String() string { return "incident entry " + e.ID }

// GoString is String, for %#v.
func (e IncidentEntry) GoString() string { return e.String() }

// IncidentEntryKind is what a line says.
type IncidentEntryKind string

// Kinds of lines.
const (
	EntryRaised       IncidentEntryKind = "raised"
	EntryAssigned     IncidentEntryKind = "assigned"
	EntryLinked       IncidentEntryKind = "linked"
	EntryAcknowledged IncidentEntryKind = "acknowledged"
	EntryDispatched   IncidentEntryKind = "dispatched"
	EntryArrived      IncidentEntryKind = "arrived"
	EntryResolved     IncidentEntryKind = "resolved"
	EntryReviewed     IncidentEntryKind = "reviewed"
	EntryEscalated    IncidentEntryKind = "escalated"
	EntryNote         IncidentEntryKind = "note"
	EntryEvidence     IncidentEntryKind = "evidence"
)

// EvidenceKind is what a line points to.
type EvidenceKind string

// Kinds of evidence.
const (
	EvidenceCamera      EvidenceKind = "camera"
	EvidencePassage     EvidenceKind = "passage"
	EvidenceDeviceEvent EvidenceKind = "device_event"
	EvidenceFinding     EvidenceKind = "finding"
)

// DutyShift is when somebody is on duty at a post (值班).
type DutyShift struct {
	ID          string
	CommunityID string
	Post        Post
	StaffID     string
	StartsAt    int64
	EndsAt      int64
	CreatedBy   string
	CreatedAt   int64
}
