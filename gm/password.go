package gm

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"communitypass.cn/communitypass/model"
)

// cost is how dear a guess is: memory in KiB, passes over it, lanes.
type cost struct {
	memory uint32
	passes uint32
	lanes  uint8
}

// passwordCost is OWASP's second choice for Argon2id: 19 MiB, 2 passes, 1 lane.
var passwordCost = cost{memory: 19 << 10, passes: 2, lanes: 1}

const costFormat = "m=%d,t=%d,p=%d"

// String is the cost as a PHC string writes it.
func (c cost) String() string { return fmt.Sprintf(costFormat, c.memory, c.passes, c.lanes) }

const (
	saltSize        = 16
	digestSize      = 32
	maxPasswordSize = 1 << 10
	// maxEncodedSize is some three times the size of what HashPassword writes.
	maxEncodedSize = 300
)

// HashPassword derives an Argon2id (RFC 9106) digest with a fresh salt, as the
// PHC string "$argon2id$v=19$m=19456,t=2,p=1$salt$digest". The caller has
// judged the password; here it must only be 1 to 1024 bytes, else model.CodeInvalid.
// It takes 19 MiB of memory while it runs: bound how many run at once.
func HashPassword(password string) (string, error) {
	switch {
	case password == "":
		return "", model.Invalid(model.FieldError{Field: "password", Code: "required"})
	case len(password) > maxPasswordSize:
		return "", model.Invalid(model.FieldError{Field: "password", Code: "length", Limit: fmt.Sprint(maxPasswordSize)})
	}
	salt, c := random(saltSize), passwordCost
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$%s$%s$%s", argon2.Version, c,
		b64.EncodeToString(salt), b64.EncodeToString(c.derive(password, salt, digestSize))), nil
}

// CheckPassword reports whether the password is the one that was encoded. It
// refuses encodings that it cannot read or that ask for absurd work. Even then
// it takes the time of a real check: give it "" for an account that does not
// exist, and nobody can tell the two apart.
func CheckPassword(encoded, password string) bool {
	if len(password) > maxPasswordSize {
		password = "" // no encoding is of the empty password
	}
	c, salt, digest, ok := parseEncoded(encoded)
	if !ok {
		passwordCost.derive(password, make([]byte, saltSize), digestSize)
		return false
	}
	got := c.derive(password, salt, uint32(len(digest)))
	return subtle.ConstantTimeCompare(got, digest) == 1 && password != ""
}

func (c cost) derive(password string, salt []byte, size uint32) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, size)
}

// sane bounds the work that an edited row can ask for, at some ten times ours.
func (c cost) sane() bool {
	return c.memory >= 8<<10 && c.memory <= 128<<10 &&
		c.passes >= 1 && c.passes <= 10 && c.lanes >= 1 && c.lanes <= 4
}

// parseEncoded reads a PHC string of Argon2id, version 1.3.
func parseEncoded(encoded string) (c cost, salt, digest []byte, ok bool) {
	parts := strings.Split(encoded[:min(len(encoded), maxEncodedSize)], "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, false
	}
	_, err := fmt.Sscanf(parts[3], costFormat, &c.memory, &c.passes, &c.lanes)
	if err != nil || parts[3] != c.String() || !c.sane() { // Sscanf alone lets text follow
		return cost{}, nil, nil, false
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, errSalt := b64.DecodeString(parts[4])
	digest, errDigest := b64.DecodeString(parts[5])
	ok = errSalt == nil && errDigest == nil &&
		len(salt) >= 8 && len(salt) <= 64 && len(digest) >= 16 && len(digest) <= 64
	return c, salt, digest, ok
}
