package model

// KeyPurpose says what a key of the ring is for; a key is never used for two.
type KeyPurpose string

// Purposes of keys.
const (
	// KeyPass signs pass codes: SM2, one line of keys per community.
	KeyPass KeyPurpose = "pass"
	// KeyData wraps the data keys of persons and seals secrets at rest: SM4.
	KeyData KeyPurpose = "data"
	// KeySession signs access tokens: HMAC-SM3.
	KeySession KeyPurpose = "session"
	// KeyIndex makes blind indexes: HMAC-SM3. It is not rotated by state, since
	// a new one asks for every index to be made again.
	KeyIndex KeyPurpose = "index"
	// KeyPlatform signs what leaves in the platform's name (bundles, events,
	// anchors): SM2.
	KeyPlatform KeyPurpose = "platform"
)

// KeyState is the place of a key in its life: next (published, not yet used) →
// active (used for new work) → retiring (accepted, not used) → retired (refused).
type KeyState string

// States of keys.
const (
	KeyNext     KeyState = "next"
	KeyActive   KeyState = "active"
	KeyRetiring KeyState = "retiring"
	KeyRetired  KeyState = "retired"
)

// Key is one key of the ring as stored: its secret only ever wrapped by the
// master key, which is not in the database.
type Key struct {
	ID      string
	Purpose KeyPurpose
	// CommunityID is set for pass keys only.
	CommunityID string
	// Number is the key id as it travels: 1..65535, unique per purpose and community.
	Number uint16
	State  KeyState
	// Wrapped is SM4-GCM (nonce ‖ ciphertext ‖ tag) of the secret under the master
	// key, with id, purpose, community and number as additional data.
	Wrapped []byte
	// Public is the uncompressed SM2 point (65 bytes), empty for symmetric keys.
	Public      []byte
	CreatedAt   int64
	ActivatedAt int64
	RetiringAt  int64
	RetiredAt   int64
}
