package model

// States of devices and accounts.
const (
	StateActive   = "active"
	StateRevoked  = "revoked"
	StateDisabled = "disabled"
)

// ProfileVendor is a device of another maker, which speaks a dialect of its own.
const ProfileVendor = "vendor"

// ProtocolZKTeco is the dialect of devices that call a fixed place, where nothing but
// the serial number tells them apart: no two active ones have the same.
const ProtocolZKTeco = "zkteco"

// Protocols of parking clouds, which sign what they send.
const (
	Protocol4PYun  = "4pyun"
	ProtocolSZYMZH = "szymzh"
	ProtocolBolink = "bolink"
	ProtocolTDZN   = "tdznyun"
	// ProtocolHC is a property system of HC (java110), or its hub of devices.
	ProtocolHC = "hc"
)

// Signs reports whether devices of a protocol sign with a secret of their own, under a
// name that goes with it.
func Signs(protocol string) bool {
	switch protocol {
	case Protocol4PYun, ProtocolSZYMZH, ProtocolBolink, ProtocolTDZN, ProtocolHC:
		return true
	}
	return false
}

// Protocols of devices that are known by what they call themselves, too, and prove it
// by a secret of theirs; and of cameras, which we only link to.
const (
	ProtocolGB28181 = "gb28181"
	ProtocolSIA     = "sia"
	ProtocolVIID    = "viid"
	ProtocolCamera  = "camera"
	ProtocolCAP     = "cap"
	// Protocols of Vzenith's 臻识 plate cameras, by HTTP and on a broker.
	ProtocolVzenith     = "vzenith"
	ProtocolVzenithMQTT = "vzenith-mqtt"
)

// NamesItself reports whether devices of a protocol are found by their serial number,
// so that no two active ones may have the same.
func NamesItself(protocol string) bool {
	switch protocol {
	case ProtocolZKTeco, ProtocolGB28181, ProtocolSIA, ProtocolVIID:
		return true
	}
	return false
}

// Device is hardware or software with its own credential (设备).
type Device struct {
	ID          string
	CommunityID string
	GateID      string
	Name        string
	// Profile is reader, agent, phone, or vendor for devices of other makers.
	Profile string
	// Protocol is the dialect of a vendor's device, Serial what it calls itself, and
	// PathHash the hex SM3 of what only it knows: the unguessable part of its address,
	// or its password where it speaks on a broker.
	Protocol string
	Serial   string
	PathHash *string
	// AppID is the name under which the device signs what it sends, where its dialect
	// does.
	AppID string
	// Secret is the password or key that the device proves itself or signs by, in clear
	// only on its way in; SecretCt is it at rest, sealed.
	Secret   string `gorm:"-"`
	SecretCt []byte
	// Link leads to a camera's pictures on the video platform: a URL in which {camera}
	// stands for the serial number and {instant} for the moment.
	Link string
	// TokenHash is the hex SM3 of the device token.
	TokenHash string
	// PublicKey is an uncompressed SM2 point, for devices that sign.
	PublicKey []byte
	// SignsSince is when it first signed what it asked; from then on it must. 0 is never.
	SignsSince int64
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
	// BundleIssuedAt, LastUploadAt and the rest are what a gate agent says of itself:
	// DeadLetters are the passages that we do not take, Conflicts those that ended in a
	// conflict, and Held the first of both.
	BundleIssuedAt int64
	LastUploadAt   int64
	DeadLetters    int64
	Conflicts      int64
	Held           []HeldPassage `gorm:"serializer:json"`
	// BundleAgeMs is how old the bundle is, where a list was asked for it.
	BundleAgeMs int64 `gorm:"-"`
	// Address is where a vendor's device can be called, as http or https with an IP
	// address; empty when it only calls us. Its user and password are sealed beside it
	// and not part of this. Pull says that we listen to its stream of events.
	Address string
	Pull    bool
	// OfflineAfterMs is after how long a silence it is offline; 0 for what is usual
	// for its protocol.
	OfflineAfterMs int64
	// AuthWord is the word with which a ZKTeco device is told yes; empty for SUCCEED.
	AuthWord string
	// Announcing is what a plate camera says and shows beside its answer.
	Announcing Announcing `gorm:"serializer:json"`
	// Areas are the codes, with commas between, of those whose public warnings concern this
	// community; empty for all.
	Areas string
	// Connection is online or offline since ConnectionAt, empty before it was ever heard.
	Connection   string
	ConnectionAt int64
	// LastRecord is the number of the last record that was heard of a pulled device.
	LastRecord int64
}

// Silence is after how long a silence the device is offline, in milliseconds: its own
// setting, or three heartbeats of its protocol; 0 for never, where the protocol has no
// heartbeat.
func (d *Device) Silence() int64 {
	if d.OfflineAfterMs > 0 {
		return d.OfflineAfterMs
	}
	if d.Protocol == ProtocolHikvision && d.Pull {
		return missedBeats * streamBeat
	}
	return missedBeats * beats[d.Protocol]
}

// HeldPassage is a passage that a gate agent keeps because it did not simply end as
// stored. It names nobody and holds no code.
type HeldPassage struct {
	ScanID    string `json:"scan_id"`
	ScannedAt int64  `json:"scanned_at"`
	Decision  string `json:"decision"`
	State     string `json:"state"`
	// Why is the reason of a dead letter, the id of a conflict.
	Why string `json:"why,omitempty"`
}

// ProfileAgent is a gate that decides by itself when it must.
const ProfileAgent = "agent"

// AgentSilence is after how long without a heartbeat an agent counts as offline: it
// beats every fifteen seconds.
const AgentSilence = 60_000

// SeenBy fills in what depends on the moment: the connection of an agent, which says
// no more when it is gone, and the age of its bundle.
func (d *Device) SeenBy(now int64) {
	if d.Profile != ProfileAgent || d.LastSeenAt == 0 {
		return
	}
	d.Connection = ConnectionOnline
	if now-d.LastSeenAt > AgentSilence {
		d.Connection = ConnectionOffline
	}
	if d.BundleIssuedAt != 0 {
		d.BundleAgeMs = max(now-d.BundleIssuedAt, 0)
	}
}

// missedBeats is how many heartbeats may be missed.
const missedBeats = 3

// ProtocolHikvision is the dialect of Hikvision; its devices can be listened to.
const ProtocolHikvision = "hikvision"

// streamBeat is how often a Hikvision stream says something at least.
const streamBeat = 10_000

// beats are how often devices say something by themselves, in milliseconds, by
// protocol. Those that are not named may be silent as long as nobody comes.
var beats = map[string]int64{ProtocolZKTeco: 30_000, "uniview": 10_000, "sensetime": 30_000, "vguang-mqtt": 30_000, "vzenith-mqtt": 60_000}

// States of a device's connection.
const (
	ConnectionOnline  = "online"
	ConnectionOffline = "offline"
)

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
