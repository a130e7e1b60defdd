package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// Headers of Standard Webhooks, in the canonical form of net/http.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// Versions of a signature in the signature header.
const (
	versionHMAC = "v1"
	versionSM2  = "v1sm2"
)

// Bounds of a secret in bytes, from Standard Webhooks 1.0 (192 to 512 bits).
const (
	secretPrefix  = "whsec_"
	secretDefault = 32
	secretMin     = 24
	secretMax     = 64
)

// ErrSecret says that a text is no secret of Standard Webhooks. It never carries
// the text.
var ErrSecret = errors.New("webhook: not a secret of the form whsec_<base64 of 24 to 64 bytes>")

// Signer signs in the platform's name with SM2 (GM/T 0003, SM3, the standard's
// default user id) and answers r‖s, 64 bytes. It may fail while the key ring is
// locked; the event is then retried, never sent without the signature asked for.
type Signer interface {
	SignWebhook(message []byte) ([]byte, error)
}

// NewSecret makes a secret of 256 random bits in the form that Standard Webhooks
// prescribes, whsec_<base64>. It is shown to the recipient's staff once.
func NewSecret() string {
	var b [secretDefault]byte
	_, _ = rand.Read(b[:]) // ends the program rather than fail
	return secretPrefix + base64.StdEncoding.EncodeToString(b[:])
}

// ParseSecret is the key inside a secret's text, or ErrSecret.
func ParseSecret(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	if !found {
		return nil, ErrSecret
	}
	key, err := decode(encoded)
	if err != nil || len(key) < secretMin || len(key) > secretMax {
		return nil, ErrSecret
	}
	return key, nil
}

// decode reads base64 in its one form; encoding/base64 alone skips line breaks.
func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, base64.CorruptInputError(0)
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

// appendSigned appends the text that is signed up to the body: "id.timestamp.".
func appendSigned(dst []byte, id string, unix int64) []byte {
	dst = append(dst, id...)
	dst = append(dst, '.')
	dst = strconv.AppendInt(dst, unix, 10)
	return append(dst, '.')
}

// signatures is the signature header of a message: one v1 per secret, newest
// first, then v1sm2 where a signer is given, with a space between them.
func signatures(message []byte, secrets [][]byte, sm2 Signer) (string, error) {
	var room [256]byte
	header := room[:0]
	for _, secret := range secrets {
		var sum [sha256.Size]byte
		header = appendSignature(header, versionHMAC, sumHMAC(sum[:0], secret, message))
	}
	if sm2 == nil {
		return string(header), nil
	}
	signature, err := sm2.SignWebhook(message)
	if err != nil {
		return "", err
	}
	return string(appendSignature(header, versionSM2, signature)), nil
}

func appendSignature(header []byte, version string, signature []byte) []byte {
	if len(header) > 0 {
		header = append(header, ' ')
	}
	header = append(header, version...)
	header = append(header, ',')
	return base64.StdEncoding.AppendEncode(header, signature)
}

func sumHMAC(dst, secret, message []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(message)
	return h.Sum(dst)
}
