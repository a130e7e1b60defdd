package model

// DeviceEvent is one thing that a device said, in neutral words (设备事件). Vendors'
// dialects end where it begins.
type DeviceEvent struct {
	ID          string
	CommunityID string
	DeviceID    string
	GateID      string
	// Key is the device's own name of the event: the same key from the same device
	// is the same event, however often it is sent.
	Key  string `gorm:"column:event_key"`
	Kind DeviceEventKind
	// Live is a question that is asked now; what a device tells afterwards is not,
	// and never opens a door.
	Live bool
	// Commanded says that the device waits for no answer: what an admission opens is
	// opened by a command.
	Commanded bool `gorm:"-"`
	// DeviceAt is the device's own time, 0 when it told none; ReceivedAt is ours.
	DeviceAt   int64
	ReceivedAt int64
	// Direction is in, out, or empty when the device did not say.
	Direction string
	// Native is the vendor's own code of the event, kept also when it means nothing
	// to us.
	Native string
	// State says what it came to: admitted or refused by the device itself, raised or
	// cleared for an alarm, opened or closed for a door.
	State string
	// Detail holds facts that say nothing about a person, such as the reader's number;
	// "what" is the neutral word for an alarm, a door's state or a device's status.
	Detail map[string]string `gorm:"-"`
	// PassageID is the passage that the event became or belongs to.
	PassageID string
	// ReportedAt is when a platform above was told of it, 0 when it was not.
	ReportedAt int64

	// What follows is never stored with the event as it stands.

	// Code is the text that somebody showed.
	Code string `gorm:"-"`
	// TemperatureTenths is in tenths of °C; 0 is not measured.
	TemperatureTenths int `gorm:"-"`
	// Plate is a vehicle's plate, kept sealed.
	Plate string `gorm:"-"`
	// Lift is what a lift controller told; it is not kept as an event.
	Lift *LiftReport `gorm:"-"`
	// Standing, when not nil, lists the alarms that stand, as "door.alarm", where a
	// device tells how things are and not what changed: each that has come since it
	// last told is stored as raised, each that has gone as cleared.
	Standing []string `gorm:"-"`
}

// String is the id alone, so that a careless log line shows no code and no plate.
func (e DeviceEvent) String() string { return "device event " + e.ID }

// GoString is String, for %#v.
func (e DeviceEvent) GoString() string { return e.String() }

// DeviceEventKind is what an event is about.
type DeviceEventKind string

// Kinds of events.
const (
	// DeviceCode is somebody showing a code, a card or a face that the device turned
	// into a text.
	DeviceCode DeviceEventKind = "code"
	// DevicePlate is a vehicle at a barrier.
	DevicePlate DeviceEventKind = "plate"
	// DeviceReading is a temperature without a code beside it.
	DeviceReading DeviceEventKind = "reading"
	// DeviceAlarm needs a person: forced, tamper, duress, fire, left_open and so on.
	DeviceAlarm DeviceEventKind = "alarm"
	// DeviceDoor is a door or barrier that opened, closed or stayed open.
	DeviceDoor DeviceEventKind = "door"
	// DeviceStatus is a device that came, went, or told how it is.
	DeviceStatus DeviceEventKind = "status"
	// DeviceLift is what a lift controller tells of a call or of a lift.
	DeviceLift DeviceEventKind = "lift"
	// DeviceUnknown is what the dialect has no word for; it is kept.
	DeviceUnknown DeviceEventKind = "unknown"
)

// DeviceAdmitted is the state of an event in which the device, or the system behind
// it, has let somebody through by its own rules.
const DeviceAdmitted = "admitted"

// DeviceAnswer is what became of an event, for the device to be told in its own
// dialect.
type DeviceAnswer struct {
	// Decision is admit, refuse or refer for a live question, else empty.
	Decision string
	Reason   string
	// Message is a sentence that a screen may show; it names nobody.
	Message   string
	PassageID string
	// Duplicate says that the event had been told before.
	Duplicate bool
	// Announce is what the device says and shows beside the answer.
	Announce Announcement
}

// Admitted reports whether the device may open.
func (a DeviceAnswer) Admitted() bool { return a.Decision == "admit" }
