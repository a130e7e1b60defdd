package model

// States of devices and accounts.
const (
	StateActive   = "active"
	StateRevoked  = "revoked"
	StateDisabled = "disabled"
)

// Device is hardware or software with its own credential (设备).
type Device struct {
	ID          string
	CommunityID string
	GateID      string
	Name        string
	// Profile is reader, agent or phone.
	Profile string
	// TokenHash is the hex SM3 of the device token.
	TokenHash string
	// PublicKey is an uncompressed SM2 point, for devices that sign.
	PublicKey  []byte
	State      string
	EnrolledAt int64
	RevokedAt  int64
	LastSeenAt int64
	// ClockOffsetMs is the device's clock less the server's at the last
	// heartbeat; it means nothing while ClockKnown is false.
	ClockOffsetMs int64
	ClockKnown    bool
	Software      string
	BundleVersion string
	QueueLength   int64
}

// GateEnrolment is a one-time right to become the device of a gate. The code
// itself is never stored.
type GateEnrolment struct {
	CodeHash    string
	CommunityID string
	GateID      string
	Profile     string
	CreatedBy   string
	CreatedAt   int64
	ExpiresAt   int64
	UsedAt      int64
	DeviceID    string
}
