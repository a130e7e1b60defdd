package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far the timestamp of a request may lie from the receiver's
// clock, in both directions.
const Tolerance = 5 * time.Minute

// maxSignatures bounds the work that one request can cause: rotation needs two of
// each kind.
const maxSignatures = 8

// Errors of Verify. They carry nothing of the request.
var (
	// ErrHeaders: a header is missing, sent twice or not in its form.
	ErrHeaders = errors.New("webhook: headers missing or malformed")
	// ErrTooOld: the timestamp lies further back than Tolerance.
	ErrTooOld = errors.New("webhook: timestamp too old")
	// ErrTooNew: the timestamp lies further ahead than Tolerance.
	ErrTooNew = errors.New("webhook: timestamp too new")
	// ErrSignature: no signature fits.
	ErrSignature = errors.New("webhook: no signature fits")
)

// Verified says what a request proved. A receiver that insists on one kind of
// signature looks at that field.
type Verified struct {
	// ID is the event's id, by which a receiver drops duplicates.
	ID string
	// HMAC: a v1 signature was made with one of the secrets.
	HMAC bool
	// SM2: a v1sm2 signature fits the platform's key.
	SM2 bool
}

// Verify is what a receiver does with a request: headers and the body exactly as
// received. It succeeds when at least one signature fits. secrets may be empty,
// and sm2 nil, when the receiver does not have that key.
func Verify(header http.Header, body []byte, secrets [][]byte, sm2 func(message, sig []byte) bool, now time.Time) (Verified, error) {
	id, err1 := single(header, headerID)
	stamp, err2 := single(header, headerTimestamp)
	list, err3 := single(header, headerSignature)
	if err := errors.Join(err1, err2, err3); err != nil || !validID(id) {
		return Verified{}, ErrHeaders
	}
	unix, err := parseTimestamp(stamp)
	if err != nil {
		return Verified{}, err
	}
	if err := fresh(unix, now.Unix()); err != nil {
		return Verified{}, err
	}
	message := append(appendSigned(make([]byte, 0, len(id)+24+len(body)), id, unix), body...)
	v := Verified{ID: id}
	v.HMAC, v.SM2 = match(list, message, secrets, sm2)
	if !v.HMAC && !v.SM2 {
		return Verified{}, ErrSignature
	}
	return v, nil
}

// single is the one value of a header: a second one would let two readers of the
// same request see different things.
func single(header http.Header, name string) (string, error) {
	values := header[name]
	if len(values) != 1 || values[0] == "" {
		return "", ErrHeaders
	}
	return values[0], nil
}

// parseTimestamp reads Unix seconds in their one decimal form. Twelve digits reach
// the year 33658, so nothing overflows.
func parseTimestamp(text string) (int64, error) {
	if len(text) > 12 || text[0] < '1' || text[0] > '9' {
		return 0, ErrHeaders
	}
	unix, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, ErrHeaders
	}
	return unix, nil
}

func fresh(unix, now int64) error {
	limit := int64(Tolerance / time.Second)
	switch {
	case now-unix > limit:
		return ErrTooOld
	case unix-now > limit:
		return ErrTooNew
	}
	return nil
}

func match(list string, message []byte, secrets [][]byte, sm2 func(message, sig []byte) bool) (byHMAC, bySM2 bool) {
	seen := 0
	for part := range strings.SplitSeq(list, " ") {
		if seen++; seen > maxSignatures {
			return byHMAC, bySM2
		}
		version, encoded, _ := strings.Cut(part, ",")
		signature, err := decode(encoded)
		if err != nil {
			continue
		}
		switch {
		case version == versionHMAC && !byHMAC:
			byHMAC = fitsHMAC(message, signature, secrets)
		case version == versionSM2 && !bySM2 && sm2 != nil:
			bySM2 = sm2(message, signature)
		}
	}
	return byHMAC, bySM2
}

func fitsHMAC(message, signature []byte, secrets [][]byte) bool {
	for _, secret := range secrets {
		var sum [sha256.Size]byte
		// An empty key is no secret: anybody could have signed with it.
		if len(secret) > 0 && hmac.Equal(signature, sumHMAC(sum[:0], secret, message)) {
			return true
		}
	}
	return false
}
