package admission

import (
	"strconv"

	"communitypass.cn/communitypass/model"
)

// Bundle is what a gate needs to decide alone (离线包), as JSON. The server signs
// exactly the bytes that it sends, with a platform key. Fields are only ever added.
type Bundle struct {
	Format    int               `json:"format"`
	Community uint32            `json:"community"`
	Gate      Gate              `json:"gate"`
	Rules     *Rules            `json:"rules"`
	Groups    []BundleGroup     `json:"groups"`
	Keys      []BundleKey       `json:"keys"`
	Passes    []BundleException `json:"exceptions"`
	// Platform are the live keys that bundles may be signed by: who believes this
	// bundle believes those.
	Platform []BundleKey `json:"platform_keys,omitempty"`
	// Agents are the gate agents of the community, which believe each other's claims
	// on a local network.
	Agents []BundleAgent `json:"agents,omitempty"`
	// IssuedAt and ExpiresAt are Unix milliseconds.
	IssuedAt  int64 `json:"issued_at"`
	ExpiresAt int64 `json:"expires_at"`
}

// BundleFormat is the one format of bundles.
const BundleFormat = 1

// BundleGroup is an access group with its number.
type BundleGroup struct {
	Number uint16 `json:"number"`
	Group
}

// BundleKey is a public key of pass codes, or of the platform: an uncompressed SM2
// point.
type BundleKey struct {
	Number uint16         `json:"number"`
	State  model.KeyState `json:"state"`
	Public []byte         `json:"public"`
}

// BundleAgent is a gate agent by its own public key, an uncompressed SM2 point.
type BundleAgent struct {
	Device string `json:"device"`
	Public []byte `json:"public"`
}

// BundleException is a pass of which something is known that its code does not say.
type BundleException struct {
	Number uint64 `json:"number"`
	Pass
}

// PlatformKeyID names a platform key where it signs, as in the key set.
func PlatformKeyID(number uint16) string { return "platform-0-" + strconv.Itoa(int(number)) }
