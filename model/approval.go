package model

// Approval is one answer in a chain (审批): of a residency, a visit, a restriction,
// an emergency, an export or a rule. All of them lie in one table, so that staff
// have one list and every race is decided in one place.
type Approval struct {
	ID          string
	CommunityID string
	Kind        ApprovalKind
	// SubjectID is the row that the answer is about.
	SubjectID string
	// Step counts the chain from 1. Rows of the same step wait side by side: the
	// first answer ends them all.
	Step int
	// Answerer is who may answer.
	Answerer Answerer
	// PersonID names the one resident who may answer, for AnswererHost.
	PersonID string
	// AuthorID is the account or person that asked, who never counts as an approver.
	AuthorID string
	State    ApprovalState
	// DueAt is when the ladder goes on without an answer; 0 is never.
	DueAt     int64
	Reason    string
	DecidedBy string
	DecidedAt int64
	CreatedAt int64
}

// ApprovalKind is what an answer is about.
type ApprovalKind string

// Kinds of approvals.
const (
	ApproveResidency   ApprovalKind = "residency"
	ApproveVisit       ApprovalKind = "visit"
	ApproveRestriction ApprovalKind = "restriction"
	ApproveEmergency   ApprovalKind = "emergency"
	ApproveExport      ApprovalKind = "export"
	ApproveRule        ApprovalKind = "rule"
)

// Answerer is who may answer an approval.
type Answerer string

// Answerers.
const (
	AnswererHost      Answerer = "host" // a resident: the host or the next family member
	AnswererGuard     Answerer = "guard"
	AnswererProperty  Answerer = "property"
	AnswererCommittee Answerer = "committee"
	AnswererStreet    Answerer = "street"
	// AnswererSecond is any other holder of the permission that the act needs.
	AnswererSecond Answerer = "second"
)

// ApprovalState is how an approval stands.
type ApprovalState string

// States of an approval; all but pending are final.
const (
	ApprovalPending   ApprovalState = "pending"
	ApprovalApproved  ApprovalState = "approved"
	ApprovalDeclined  ApprovalState = "declined"
	ApprovalExpired   ApprovalState = "expired"   // nobody answered in time
	ApprovalSkipped   ApprovalState = "skipped"   // somebody else of the step answered
	ApprovalCancelled ApprovalState = "cancelled" // what it was about is gone
)
