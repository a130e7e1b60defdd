package model

// Handover is the end of a shift at a gate (交接班): what the shift was and what is
// said of it, which waits until another accepts the gate.
type Handover struct {
	ID          string
	CommunityID string
	GateID      string
	State       HandoverState
	// OpenGate is the gate for as long as it waits, and nil from then on: of one gate
	// only one can.
	OpenGate *string
	// AuthorID is the account of who goes, AcceptedBy of who came.
	AuthorID   string
	AcceptedBy string
	// Since is when the numbers begin, CreatedAt when they end; EndedAt when it was
	// accepted or taken back, 0 before.
	Since     int64
	CreatedAt int64
	EndedAt   int64
	HandoverNumbers
	// Unsent are the records that the author's phone had still to send, as it said.
	Unsent int64
	// Note is what was said of it, in clear in memory only.
	Note string `gorm:"-"`
}

// String is the id alone, so that a careless log line shows no words of people.
func (h Handover) String() string { return "handover " + h.ID }

// GoString is String, for %#v.
func (h Handover) GoString() string { return h.String() }

// HandoverNumbers are what a shift at a gate was. Passages by hand are admitted too.
// Visits are those of the community: a visitor may come by any of its gates.
type HandoverNumbers struct {
	Admitted, Refused, Referred, ByHand int64
	VisitsExpected, VisitsOverstayed    int64
	IncidentsOpen                       int64
}

// HandoverState is how a hand-over stands.
type HandoverState string

// States. The last two are ends.
const (
	HandoverWaiting   HandoverState = "waiting"
	HandoverAccepted  HandoverState = "accepted"
	HandoverWithdrawn HandoverState = "withdrawn"
)
