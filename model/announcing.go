package model

// Announcing is what a plate camera says and shows beside its answer to a plate (播报).
// The zero value says nothing.
type Announcing struct {
	Voice  AnnounceWith `json:"voice,omitempty"`
	Screen AnnounceWith `json:"screen,omitempty"`
	// Serial are bytes as staff have them for the display or speaker behind a serial port
	// of the camera, whose protocol is its own maker's.
	Serial []SerialFrame `json:"serial,omitempty"`
}

// AnnounceWith is how much is said.
type AnnounceWith string

// What is said: nothing, a sentence by what was decided, or before it the plate that the
// camera has just read.
const (
	AnnounceNothing AnnounceWith = ""
	AnnounceWords   AnnounceWith = "words"
	AnnouncePlate   AnnounceWith = "plate"
)

// SerialFrame are bytes for a serial port when this was decided.
type SerialFrame struct {
	// Decision is admit, refuse or refer.
	Decision string `json:"decision"`
	// Channel is the serial port as the camera counts, 0 or 1.
	Channel int    `json:"channel,omitempty"`
	Data    []byte `json:"data"`
}

// Bounds of what staff may have sent out of a serial port.
const (
	LongestSerialFrame = 256
	// SerialFramesEach is how many frames one decision may have.
	SerialFramesEach = 2
)

// Silent reports whether nothing is announced.
func (a *Announcing) Silent() bool { return a.Voice == "" && a.Screen == "" && len(a.Serial) == 0 }

// Announces reports whether devices of a protocol can say something beside an answer.
func Announces(protocol string) bool {
	return protocol == ProtocolVzenith || protocol == ProtocolVzenithMQTT
}

// Announcement is what a device is to say and show beside an answer. It may hold the plate
// that the device itself has just told, and is in no log.
type Announcement struct {
	// Voice is read out; Lines are shown on a screen. Both in UTF-8, empty for nothing.
	Voice  string
	Lines  []string
	Serial []SerialFrame
}

// String says nothing of the plate.
func (a Announcement) String() string { return "announcement" }

// GoString is String, for %#v.
func (a Announcement) GoString() string { return a.String() }
