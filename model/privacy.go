package model

// Tombstone says that a person was deleted, so that a backup from before is put
// right when it is restored (删除墓碑). The id alone says nothing about anybody
// once the person's key is gone.
type Tombstone struct {
	SubjectID string
	At        int64
}

// Finding is unusual looking at people's data by one member of staff (异常查阅), to
// be explained and closed by another.
type Finding struct {
	ID          string
	Kind        FindingKind
	ReaderID    string
	CommunityID string
	// Day is the day in Beijing, counted from 1970: one finding of a kind a day.
	Day int64
	At  int64
	// Looks is how many people, or how many looks at one, there were when it was
	// last counted.
	Looks    int
	State    string
	ClosedBy string
	ClosedAt int64
}

// TableName keeps the table's name a noun.
func (Finding) TableName() string { return "privacy_findings" }

// FindingKind is what was unusual.
type FindingKind string

// Kinds of findings.
const (
	FindingManyInHour FindingKind = "many_people_hour"
	FindingManyInDay  FindingKind = "many_people_day"
	FindingSamePerson FindingKind = "same_person"
)

// States of a finding.
const (
	FindingOpen   = "open"
	FindingClosed = "closed"
)

// Export is personal data in clear that staff take out of the system (导出), which
// needs a second person and can be fetched once.
type Export struct {
	ID          string
	CommunityID string
	Kind        string
	Purpose     string
	Ticket      string
	AuthorID    string
	ApprovalID  string
	// State is pending, approved, declined or downloaded.
	State        string
	DecidedBy    string
	DecidedAt    int64
	DownloadedAt int64
	RowsCount    int
	CreatedAt    int64
}

// ExportRosterUnmasked is the roster with names and phones in full.
const ExportRosterUnmasked = "roster_unmasked"

// States of an export.
const (
	ExportPending    = "pending"
	ExportApproved   = "approved"
	ExportDeclined   = "declined"
	ExportDownloaded = "downloaded"
	// ExportExpired is an approved one that nobody fetched in time; it is not stored.
	ExportExpired = "expired"
)
