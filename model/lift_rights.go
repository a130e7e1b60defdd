package model

// LiftRights are the floors that an admitted passage at the reader inside a cabin opens
// there, for some seconds. The controller is told the floors, and not whose they are.
type LiftRights struct {
	ID          string
	CommunityID string
	GroupID     string
	PersonID    string
	VisitID     string
	PassageID   string
	// Cabin is the lift whose buttons are meant.
	Cabin  string
	Floors []string `gorm:"-"`
	State  LiftRightsState
	Reason string
	// EndsAt is until when the buttons work: later the controller must not act on it.
	EndsAt     int64
	CreatedAt  int64
	AnsweredAt int64
}

// LiftRightsState is how rights stand.
type LiftRightsState string

// States of rights.
const (
	RightsRequested LiftRightsState = "requested"
	RightsSent      LiftRightsState = "sent"
	RightsEnabled   LiftRightsState = "enabled" // by the controller's own answer
	RightsRefused   LiftRightsState = "refused"
	RightsFailed    LiftRightsState = "failed"
	RightsExpired   LiftRightsState = "expired" // were never sent
)

// LiftRightsCommand are rights as a controller is told them.
type LiftRightsCommand struct {
	ID, PassageID, Cabin string
	Landings             []LiftLanding
	EndsAt               int64
}

// LiftRightsAnswer is what a controller said to rights: RightsEnabled, RightsRefused, or
// nothing yet.
type LiftRightsAnswer struct {
	State  LiftRightsState
	Reason string
}
