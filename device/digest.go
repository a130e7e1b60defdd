package device

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"
)

const (
	// nonceAge is how long a challenge may be answered.
	nonceAge = 5 * time.Minute
	// mostNonces bounds the memory of those that were.
	mostNonces = 8192
)

// Digest asks devices to prove themselves by Digest (RFC 7616; GB/T 28181 and GA/T 1400
// have it with MD5, which keeps a password off the wire and no more). A proof counts
// once: who overheard it cannot use it again. It is safe for concurrent use.
type Digest struct {
	realm string
	key   [32]byte
	mu    sync.Mutex
	// used are the nonces that were answered, with the highest count of each.
	used map[string]used
}

type used struct {
	count int
	ends  time.Time
}

// NewDigest makes one for a realm.
func NewDigest(realm string) *Digest {
	d := &Digest{realm: realm, used: map[string]used{}}
	_, _ = rand.Read(d.key[:]) // never fails: it ends the program instead
	return d
}

// Challenge is the value of WWW-Authenticate. Nothing is kept of it: its nonce tells its
// own time, which only this process can have said.
func (d *Digest) Challenge(now time.Time) string {
	c := digest.Challenge{Realm: d.realm, Nonce: d.nonce(now), Algorithm: "MD5"}
	return c.String()
}

func (d *Digest) nonce(now time.Time) string {
	var salt [8]byte
	_, _ = rand.Read(salt[:])
	text := strconv.FormatInt(now.Unix(), 16) + "-" + hex.EncodeToString(salt[:])
	return text + "-" + d.mark(text)
}

func (d *Digest) mark(text string) string {
	h := hmac.New(sha256.New, d.key[:])
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// fresh says until when a nonce of ours counts.
func (d *Digest) fresh(nonce string, now time.Time) (ends time.Time, ok bool) {
	cut := strings.LastIndexByte(nonce, '-')
	if cut < 0 || subtle.ConstantTimeCompare([]byte(nonce[cut+1:]), []byte(d.mark(nonce[:cut]))) != 1 {
		return ends, false
	}
	seconds, _, _ := strings.Cut(nonce, "-")
	told, err := strconv.ParseInt(seconds, 16, 64)
	if err != nil {
		return ends, false
	}
	ends = time.Unix(told, 0).Add(nonceAge)
	return ends, now.Before(ends)
}

// Name is who an Authorization header says it is from; empty for none.
func (d *Digest) Name(authorization string) string {
	c, err := digest.ParseCredentials(authorization)
	if err != nil {
		return ""
	}
	return c.Username
}

// Proved reports whether an Authorization header proves the secret of a name for a
// request of a method.
func (d *Digest) Proved(authorization, method, name, secret string, now time.Time) bool {
	c, err := digest.ParseCredentials(authorization)
	if err != nil || secret == "" || c.Username != name || c.Realm != d.realm || c.QOP != "" && c.QOP != "auth" {
		return false
	}
	ends, ok := d.fresh(c.Nonce, now)
	if !ok {
		return false
	}
	asked := digest.Challenge{Realm: c.Realm, Nonce: c.Nonce, Opaque: c.Opaque, Algorithm: c.Algorithm}
	if c.QOP != "" {
		asked.QOP = []string{c.QOP}
	}
	want, err := digest.Digest(&asked, digest.Options{Method: method, URI: c.URI, Username: name, Password: secret, Count: c.Nc, Cnonce: c.Cnonce})
	if err != nil || subtle.ConstantTimeCompare([]byte(strings.ToLower(c.Response)), []byte(want.Response)) != 1 {
		return false
	}
	return d.once(c, ends, now)
}

// once spends a proof: without a count a nonce counts once, with one each count does.
func (d *Digest) once(c *digest.Credentials, ends, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, seen := d.used[c.Nonce]; seen && (c.QOP == "" || c.Nc <= last.count) {
		return false
	}
	if len(d.used) >= mostNonces {
		for nonce, u := range d.used {
			if now.After(u.ends) {
				delete(d.used, nonce)
			}
		}
		if len(d.used) >= mostNonces {
			return false // ask again later: nobody has so many devices
		}
	}
	d.used[c.Nonce] = used{c.Nc, ends}
	return true
}
