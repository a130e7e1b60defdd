package model

// Consent is what a person agreed to, to which text, when and how (PIPL 14, 15).
// It is proof: a row is withdrawn, never changed or deleted before its time.
type Consent struct {
	ID       string
	PersonID string
	Purpose  ConsentPurpose
	// TextVersion and TextHash (SM3) say which text the person saw.
	TextVersion string
	TextHash    []byte
	// Channel is how it was given: miniprogram, paper, staff.
	Channel     string
	GivenAt     int64
	WithdrawnAt int64
}

// ConsentPurpose is what a consent is for; each is asked for by itself (PIPL 29).
type ConsentPurpose string

// Purposes that need a consent of their own.
const (
	ConsentHealth  ConsentPurpose = "health_report" // self-reported health, in emergency mode
	ConsentTrail   ConsentPurpose = "gate_trail"    // passages, beyond what security needs
	ConsentSharing ConsentPurpose = "sharing"       // personal fields to outside systems
)
