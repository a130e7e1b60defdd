package admission

import (
	"encoding/hex"

	"communitypass.cn/communitypass/passcode"
)

// phoneDigestSize is how much of a phone's key names it: enough that nobody finds a
// second key with the same beginning (96 bits of x).
const phoneDigestSize = 13

// PhoneDigest names a phone's key in facts and bundles: the first 13 of its 33 bytes
// in hex. The key is public and random, so that its beginning names it as well as a
// digest would.
func PhoneDigest(key passcode.PhoneKey) string { return hex.EncodeToString(key[:phoneDigestSize]) }
