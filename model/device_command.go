package model

import "slices"

// DeviceCommand is one order to a device (设备指令). It lives for seconds: what was
// not sent by then is dropped, never done later, and it is sent at most once.
type DeviceCommand struct {
	ID          string
	CommunityID string
	GateID      string
	DeviceID    string
	// Number is what the device is given for an id: some take nothing but a number of
	// 31 bits. No two commands of a device have the same.
	Number int64
	Kind   CommandKind
	Args   CommandArgs `gorm:"serializer:json"`
	State  CommandState
	// AnswerCode is why it failed or expired, or the device's own code of success: a
	// stable word of ours, or a vendor's code.
	AnswerCode string
	CreatedBy  string
	// TaskID is what the outside system that ordered it calls it; nil for the orders of
	// staff. One orderer has one command of a task.
	TaskID    *string
	CreatedAt int64
	ExpiresAt int64
	SentAt    int64
	EndedAt   int64
}

// CommandKind is what a device is to do.
type CommandKind string

// Kinds of commands. Which of them a device knows is its protocol's.
const (
	CommandOpen    CommandKind = "open"
	CommandVoice   CommandKind = "voice"
	CommandDisplay CommandKind = "display"
	CommandLift    CommandKind = "lift"
	CommandReboot  CommandKind = "reboot"
	// CommandLook has a camera look once more at what stands before it (手动触发).
	CommandLook     CommandKind = "look"
	CommandTimeSync CommandKind = "time_sync"
)

// CommandArgs say more; a kind uses what it needs. They say nothing about a person.
type CommandArgs struct {
	// Door counts from 1 on the device; Seconds is how long it stays open, where the
	// device lets us say so.
	Door    int `json:"door,omitempty"`
	Seconds int `json:"seconds,omitempty"`
	// Text is what is said or shown, in UTF-8; JSON has it in Base64, since the column is
	// ASCII. It is forgotten when the command has ended.
	Text []byte `json:"text,omitempty"`
}

// CommandState is how far a command has come: queued, sent, and then one of done,
// failed, handed_over, expired.
type CommandState string

// States of commands. A command that expired after it was sent may have been done: a
// device's late answer still says so.
const (
	CommandQueued  CommandState = "queued"
	CommandSent    CommandState = "sent"
	CommandDone    CommandState = "done"
	CommandFailed  CommandState = "failed"
	CommandExpired CommandState = "expired"
	// CommandHandedOver is that the device has the command and, by its dialect, never says
	// what it did with it: neither done nor without an answer.
	CommandHandedOver CommandState = "handed_over"
)

// Answer codes of ours.
const (
	// AnswerNotSent is that nobody took the command while it lived.
	AnswerNotSent = "not_sent"
	// AnswerNone is that it was sent and nothing was heard while it lived.
	AnswerNone = "no_answer"
	// AnswerHandedOver is that the device has it and never says more.
	AnswerHandedOver = "handed_over"
	// AnswerUnreachable is that the device could not be connected to: nothing was sent.
	AnswerUnreachable = "unreachable"
	// AnswerAddress is that its address is in no network that devices may be in.
	AnswerAddress = "address_refused"
	// AnswerLogin is that the device did not take the user and password.
	AnswerLogin = "login_refused"
	// AnswerRepeated is that an outside system asked for the same thing before.
	AnswerRepeated = "repeated"
	// AnswerUnsupported is that this device does not know the command.
	AnswerUnsupported = "unsupported"
	// AnswerUnreadable is that the device said what cannot be understood.
	AnswerUnreadable = "unreadable"
)

// Ended reports whether nothing more happens to the command by itself.
func (c *DeviceCommand) Ended() bool {
	return slices.Contains(EndedCommands(), c.State)
}

// EndedCommands are the states that a command ends in.
func EndedCommands() []CommandState {
	return []CommandState{CommandDone, CommandFailed, CommandHandedOver, CommandExpired}
}

// CommandOutcome is what became of a command: done, failed, or expired when nothing
// is known.
type CommandOutcome struct {
	State CommandState
	Code  string
}

// Failed is the outcome of what certainly was not done.
func Failed(code string) CommandOutcome { return CommandOutcome{CommandFailed, code} }

// CommandResult is what a device says became of a command that it had fetched.
type CommandResult struct {
	Number int64
	Done   bool
	// Code is the device's own.
	Code string
}

// DeviceContact is how a device is called. It is in no log.
type DeviceContact struct {
	DeviceID string
	// Address is http or https with an IP address and perhaps a port.
	Address  string
	User     string
	Password string
	// Secret is what is signed with, by protocols that sign; empty for others.
	Secret string
}

// String is the device alone, so that a careless log line shows no password.
func (c DeviceContact) String() string { return "contact of device " + c.DeviceID }

// GoString is String, for %#v.
func (c DeviceContact) GoString() string { return c.String() }
