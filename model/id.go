package model

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// Crockford is the alphabet of codes that people type: no I, L, O or U.
const Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var entropy = struct {
	sync.Mutex
	*ulid.MonotonicEntropy
}{MonotonicEntropy: ulid.Monotonic(rand.Reader, 0)}

// NewID makes a ULID: 26 characters that sort by time, rising even within one
// millisecond. It can be guessed in time order and is therefore never a secret.
func NewID(now time.Time) string {
	entropy.Lock()
	defer entropy.Unlock()
	return ulid.MustNew(ulid.Timestamp(now), entropy.MonotonicEntropy).String()
}

// NewSecret makes a prefixed random token of 256 bits in unpadded base64url,
// such as "dt_…". The prefix tells people and log filters what it is.
func NewSecret(prefix string) string {
	var b [32]byte
	mustRead(b[:])
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(b[:])
}

// NewCode makes n random characters of Crockford's base32 (5 bits each).
func NewCode(n int) string {
	b := make([]byte, n)
	mustRead(b)
	for i := range b {
		b[i] = Crockford[b[i]&31]
	}
	return string(b)
}

// NewPassNumber makes a random number of 48 bits, never zero.
func NewPassNumber() uint64 {
	var b [8]byte
	for {
		mustRead(b[2:])
		if n := binary.BigEndian.Uint64(b[:]); n != 0 {
			return n
		}
	}
}

// mustRead fills b from the system's random source; crypto/rand never fails on
// the systems we support, and ends the program rather than return weak bytes.
func mustRead(b []byte) { _, _ = rand.Read(b) }

// IDFloor is the smallest id of the given Unix millisecond, for ranges of ids by time.
func IDFloor(ms int64) string {
	var id ulid.ULID
	if err := id.SetTime(uint64(max(ms, 0))); err != nil {
		return "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
	}
	return id.String()
}
