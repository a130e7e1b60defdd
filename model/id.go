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

// instantsKept bounds what is remembered of the last milliseconds.
const instantsKept = 1024

// ids remembers the last one of each millisecond: the entropy alone knows only the
// present one, so that a clock that steps back, or a second clock in the process,
// would have it begin anew.
var ids = struct {
	sync.Mutex
	entropy *ulid.MonotonicEntropy
	last    map[uint64]ulid.ULID
}{entropy: ulid.Monotonic(rand.Reader, 0), last: map[uint64]ulid.ULID{}}

// NewID makes a ULID: 26 characters that sort by time, rising even within one
// millisecond. It can be guessed in time order and is therefore never a secret.
func NewID(now time.Time) string {
	at := ulid.Timestamp(now)
	ids.Lock()
	defer ids.Unlock()
	id := ulid.MustNew(at, ids.entropy)
	if before, again := ids.last[at]; again && id.Compare(before) <= 0 {
		id = next(before)
	}
	if len(ids.last) >= instantsKept {
		clear(ids.last)
	}
	ids.last[at] = id
	return id.String()
}

// next is the id behind one of the same millisecond.
func next(id ulid.ULID) ulid.ULID {
	for i := len(id) - 1; i >= 6; i-- { // the first six bytes are the time
		if id[i]++; id[i] != 0 {
			break
		}
	}
	return id
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

// NewDigits makes n random decimal digits, each as likely as any other.
func NewDigits(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		var b [16]byte
		mustRead(b[:])
		for _, v := range b {
			if v < 250 && len(out) < n { // 250 is the largest multiple of ten
				out = append(out, '0'+v%10)
			}
		}
	}
	return string(out)
}

// IDTime is the Unix millisecond that an id was made in; 0 for what is no id.
func IDTime(id string) int64 {
	parsed, err := ulid.ParseStrict(id)
	if err != nil {
		return 0
	}
	return int64(parsed.Time())
}
