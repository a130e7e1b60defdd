package gm

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"

	"communitypass.cn/communitypass/model"
)

// masterSize is the key length of SM4 in bytes.
const masterSize = 16

// Master is the SM4 key that wraps all stored keys. It comes from the operator,
// never from the database, and prints as "[secret]" everywhere but in Hex.
type Master struct {
	// A function, since fmt ignores String on unexported fields of other structs
	// and prints the bytes there, some verbs even through a pointer. Of a function
	// it never prints more than the address.
	reveal func() [masterSize]byte
}

func newMaster(key [masterSize]byte) Master {
	return Master{reveal: func() [masterSize]byte { return key }}
}

// NewMaster draws a master key from the system's random source.
func NewMaster() Master {
	return newMaster([masterSize]byte(random(masterSize)))
}

// ParseMaster reads 32 hexadecimal characters or the base64 (either alphabet,
// padded or not) of 16 bytes, with space around it ignored. It answers
// model.CodeInvalid for another shape and for keys that people make up instead
// of drawing them; the error never repeats the text.
func ParseMaster(text string) (Master, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Master{}, badMaster("required", "the master key is empty")
	}
	b, err := decodeMaster(text)
	if err != nil || len(b) != masterSize {
		return Master{}, badMaster("format", "the master key must be 32 hexadecimal characters or the base64 of 16 bytes")
	}
	key := [masterSize]byte(b)
	if isWeak(key) {
		return Master{}, badMaster("format", "the master key can be guessed: draw a random one")
	}
	return newMaster(key), nil
}

// decodeMaster goes by length, because hexadecimal text is base64 text as well.
func decodeMaster(text string) ([]byte, error) {
	if len(text) == hex.EncodedLen(masterSize) {
		return hex.DecodeString(text)
	}
	if strings.ContainsAny(text, "\r\n") { // the decoder would skip them
		return nil, errors.New("line break")
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSuffix(text, "=="))
	return base64.RawStdEncoding.Strict().DecodeString(text)
}

// standardExample is the key in the examples of GB/T 32907 and RFC 8998.
const standardExample = "0123456789abcdeffedcba9876543210"

// isWeak finds keys typed by a person: one byte repeated or bytes in even steps
// (up, down), one half twice, fewer than 8 different bytes, the standard's example.
func isWeak(key [masterSize]byte) bool {
	seen := map[byte]bool{}
	evenSteps := true
	for i, b := range key {
		seen[b] = true
		if i > 0 && b-key[i-1] != key[1]-key[0] {
			evenSteps = false
		}
	}
	half := masterSize / 2
	return evenSteps || len(seen) < 8 ||
		string(key[:half]) == string(key[half:]) ||
		hex.EncodeToString(key[:]) == standardExample
}

func badMaster(code, why string) error {
	e := model.Invalid(model.FieldError{Field: "master_key", Code: code})
	e.Cause = errors.New(why)
	return e
}

// Hex is the key in 32 characters, for the one time it is shown to the operator.
func (m Master) Hex() string {
	if m.reveal == nil {
		return ""
	}
	key := m.reveal()
	return hex.EncodeToString(key[:])
}

const masked = "[secret]"

// String hides the key from fmt.
func (m Master) String() string { return masked }

// GoString hides the key from %#v.
func (m Master) GoString() string { return masked }

// LogValue hides the key from slog.
func (m Master) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText hides the key from JSON and every other text encoding.
func (m Master) MarshalText() ([]byte, error) { return []byte(masked), nil }
