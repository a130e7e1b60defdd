package model

// LiftGroup is the lifts that serve the same doors under one controller (电梯组).
type LiftGroup struct {
	ID          string
	CommunityID string
	Name        string
	// Building and Unit are whose households it serves; an empty unit is the whole
	// building.
	Building string
	Unit     string
	Protocol LiftProtocol
	// Address is where the controller is reached, as its protocol says.
	Address string
	// Native is what else the protocol needs, such as KONE's building and group.
	Native map[string]string `gorm:"-"`
	// Secret is in clear in memory only: the key for signatures, or id:secret.
	Secret string `gorm:"-"`
	// DeviceID is the device by which the controller speaks to us; empty for none.
	DeviceID string
	// Gates are those through which a passage may call a lift, and where it starts.
	Gates []LiftGate `gorm:"-"`
	State string
	Mode  LiftMode
	// ModeAt is when the mode was told, HeardAt when the controller last spoke.
	ModeAt    int64
	HeardAt   int64
	CreatedAt int64
}

// LiftGate is a gate behind which people wait for the lift on a floor, or the reader
// inside a cabin: then Cabin is the name of that lift, and Floor is empty.
type LiftGate struct {
	GateID string `json:"gate_id"`
	Floor  string `json:"floor,omitempty"`
	Cabin  string `json:"cabin,omitempty"`
}

// LiftLanding is a door of a group on a floor. Code is what its sticker shows:
// opaque, 128 random bits.
type LiftLanding struct {
	ID          string
	CommunityID string
	GroupID     string
	// Level is the landing's place from the bottom; floors are named, not counted.
	Level int
	Floor string
	// Side is front, rear, or empty where there is one door.
	Side string
	// Open says that whoever may use the group may call the lift to here: lobby, car park.
	Open bool `gorm:"column:is_open"`
	// Rooms are those that the landing leads to. With none it is the rule of door
	// numbers: a number without its last two digits is the floor.
	Rooms []string `gorm:"-"`
	// Native is the controller's own name of the landing; empty for the floor's.
	Native string
	Code   string
}

// LiftTopology is what a controller says of its own building.
type LiftTopology struct {
	Areas []LiftArea
	// Lifts are their names.
	Lifts []string
}

// LiftArea is a place in front of or behind a door, as its controller names it.
type LiftArea struct {
	Native string
	// Name is what stands on the button.
	Name string
	// Side is front, rear, or empty where the controller says neither.
	Side string
	// Exit says that one leaves the building there.
	Exit bool
}

// LiftCar is what a controller last told of one lift.
type LiftCar struct {
	GroupID   string
	Name      string
	Floor     string
	Direction string
	Door      string
	Mode      LiftMode
	HeardAt   int64
}

// TableName keeps the table's name a noun.
func (LiftCar) TableName() string { return "lifts" }

// LiftProtocol is how a controller is spoken to.
type LiftProtocol string

// Protocols of controllers.
const (
	LiftHTTP LiftProtocol = "http"
	LiftMQTT LiftProtocol = "mqtt"
	LiftKONE LiftProtocol = "kone"
)

// LiftMode is what the lifts are doing at all.
type LiftMode string

// Modes.
const (
	LiftNormal LiftMode = "normal"
	// LiftFire is a fire: no call is taken, and every floor is free.
	LiftFire LiftMode = "fire"
	// LiftService is maintenance, or out of order.
	LiftService LiftMode = "service"
)

// LiftGrant is a floor given by a household to another, or to a visit, for a time (串门).
type LiftGrant struct {
	ID            string
	CommunityID   string
	GroupID       string
	Floor         string
	AuthorID      string
	HouseholdID   string
	ToHouseholdID string
	VisitID       string
	ValidFrom     int64
	ValidUntil    int64
	EndedAt       int64
	CreatedAt     int64
}

// LiftPreference says that a resident wants the lift called after a passage.
type LiftPreference struct {
	PersonID    string
	HouseholdID string
	CommunityID string
	CreatedAt   int64
}

// LiftCall asks a lift to come and go to a floor (呼梯).
type LiftCall struct {
	ID          string
	CommunityID string
	GroupID     string
	PersonID    string
	VisitID     string
	// RequestID is the caller's own name of the call: the same one is the same call.
	RequestID string
	// PassageID is the passage that called the lift; nil when a person did.
	PassageID *string
	FromFloor string
	FromSide  string
	ToFloor   string
	ToSide    string
	State     LiftCallState
	Reason    string
	// Lift is the lift that answered, AtFloor where it last was.
	Lift    string
	AtFloor string
	// Live is 1 until the call is over, then nil: nobody has two that go on.
	Live *int `gorm:"column:is_live"`
	// Turn rises with each change.
	Turn int
	// Answers counts what the lift has told; the first is what others are told of.
	Answers   int
	CreatedAt int64
	// ExpiresAt is when the call must have been answered; it is never sent later.
	ExpiresAt  int64
	SentAt     int64
	AnsweredAt int64
	ArrivedAt  int64
	EndedAt    int64
	// Hold is the last time that the doors were to be kept open for the caller.
	Hold LiftHold `gorm:"embedded;embeddedPrefix:hold_"`
}

// LiftHold keeps the doors of a lift open that stands where it was called to.
type LiftHold struct {
	// ID is what the controller is told it by; empty when nobody has asked.
	ID      string
	State   LiftHoldState
	Reason  string
	Seconds int
	// EndsAt is, while it is sent, until when the lift must have answered; once it is
	// held, until when the doors stay open.
	EndsAt int64
}

// LiftHoldState is how a hold stands.
type LiftHoldState string

// States of a hold.
const (
	HoldSent    LiftHoldState = "sent"
	HoldHeld    LiftHoldState = "held" // by the lift's own answer
	HoldOver    LiftHoldState = "over"
	HoldRefused LiftHoldState = "refused" // by the controller
	HoldFailed  LiftHoldState = "failed"
)

// LiftCallState is how a call stands.
type LiftCallState string

// States of a call, in their order.
const (
	LiftRequested    LiftCallState = "requested"
	LiftSent         LiftCallState = "sent"
	LiftAcknowledged LiftCallState = "acknowledged" // by the lift's own answer
	LiftArriving     LiftCallState = "arriving"
	LiftArrived      LiftCallState = "arrived"
	LiftDone         LiftCallState = "done"
	LiftCancelled    LiftCallState = "cancelled"
	LiftExpired      LiftCallState = "expired" // was never sent
	LiftRefused      LiftCallState = "refused" // by the controller
	LiftFailed       LiftCallState = "failed"
)

// liftOrder are the states of a call that goes on, in their order.
var liftOrder = []LiftCallState{LiftRequested, LiftSent, LiftAcknowledged, LiftArriving, LiftArrived}

// Over reports whether the state is final.
func (s LiftCallState) Over() bool {
	switch s {
	case LiftDone, LiftCancelled, LiftExpired, LiftRefused, LiftFailed:
		return true
	}
	return false
}

// Before lists the states from which a call may come into s: a call never goes back.
func (s LiftCallState) Before() []LiftCallState {
	switch s {
	case LiftSent:
		return liftOrder[:1]
	case LiftAcknowledged:
		return liftOrder[1:2]
	case LiftArriving:
		return liftOrder[1:4] // again with another floor
	case LiftArrived:
		return liftOrder[1:4]
	case LiftDone:
		return liftOrder[1:5]
	case LiftRefused:
		return liftOrder[:3]
	case LiftFailed:
		return liftOrder[1:4]
	case LiftExpired:
		return liftOrder[:1]
	}
	return liftOrder[:4]
}

// Reasons why a call did not end well.
const (
	LiftTooLate     = "too_late"     // nobody could send it in time
	LiftNoAnswer    = "no_answer"    // it was sent, and no lift answered
	LiftUnreachable = "unreachable"  // the controller could not be reached
	LiftBadAnswer   = "bad_answer"   // the controller said what is no answer
	LiftLost        = "lost"         // it was answered, and nothing more was heard
	LiftFireMode    = "fire_mode"    // a fire began meanwhile
	LiftRefusedBy   = "controller"   // the controller refused
	LiftBusy        = "busy"         // the controller has too many calls
	LiftByCaller    = "by_caller"    // the caller took it back
	LiftOutOfOrder  = "out_of_order" // the lifts do not run
)

// LiftCommand is a call as a controller is told it.
type LiftCommand struct {
	ID        string
	PassageID string
	FromFloor string
	FromSide  string
	ToFloor   string
	ToSide    string
	// FromNative and ToNative are the controller's own names of the landings.
	FromNative string
	ToNative   string
	// ExpiresAt in Unix milliseconds: later the controller must not act on it.
	ExpiresAt int64
}

// LiftHoldCommand is a hold as a controller is told it.
type LiftHoldCommand struct {
	ID     string
	CallID string
	// Lift is the lift that has come, as its controller named it; empty when it did not.
	Lift string
	// Floor, Side and Native are the landing where it stands.
	Floor, Side, Native string
	Seconds             int
	// ExpiresAt in Unix milliseconds: later the controller must not act on it.
	ExpiresAt int64
}

// LiftHoldAnswer is what a controller said to a hold: HoldHeld, HoldRefused, or nothing
// yet.
type LiftHoldAnswer struct {
	State  LiftHoldState
	Reason string
}

// OfNow is what a report says of how things are: it answers nothing.
func (r LiftReport) OfNow() LiftReport {
	r.CallID, r.State, r.HoldID, r.Hold, r.RightsID, r.Rights = "", "", "", "", "", ""
	return r
}

// LiftAnswer is what a controller said at once. Without a State it took the command
// and will answer later.
type LiftAnswer struct {
	State  LiftCallState
	Lift   string
	Reason string
}

// LiftReport is what a controller tells of its own: of a call, of a lift, or both.
type LiftReport struct {
	CallID string
	State  LiftCallState
	Reason string
	Lift   string
	Floor  string
	// Direction is up, down or empty; Door is open, closed or empty.
	Direction string
	Door      string
	// Mode is empty when nothing is said of it.
	Mode LiftMode
	// HoldID is the hold that Hold is of; with it Reason is the hold's.
	HoldID string
	Hold   LiftHoldState
	// RightsID are the rights that Rights is of, in the same way.
	RightsID string
	Rights   LiftRightsState
}
