package model

// Push is the way of one message to a phone. It is written with the message and
// worked off afterwards; whatever becomes of it, the message stays in the inbox.
type Push struct {
	MessageID string
	PersonID  string
	// Way is the rung of the ladder that is tried next, or was tried last.
	Way   PushWay
	State PushState
	// Code says why a push ended unsent, or was put off.
	Code     string
	Attempts int
	NextAt   int64
	// LeasedUntil is also the fence of a lease: who took it names it when he ends it.
	LeasedUntil int64
	CreatedAt   int64
}

// PushWay is a rung of the ladder.
type PushWay string

// Ways, in the order they are tried.
const (
	WayWechat PushWay = "wechat"
	WaySMS    PushWay = "sms"
)

// PushState is what became of a push.
type PushState string

// States of a push.
const (
	PushPending PushState = "pending"
	PushSent    PushState = "sent"
	// PushNone: no way led to a phone; the inbox has the message.
	PushNone PushState = "none"
)

// Allowance is how many messages of one WeChat template a person still consents to.
type Allowance struct {
	PersonID   string
	TemplateID string
	Allowance  int
	UpdatedAt  int64
}
