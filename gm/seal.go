package gm

import (
	"encoding/binary"
	"errors"
	"fmt"

	"communitypass.cn/communitypass/model"
)

// Kinds of values under a ring's data key, kept apart by their additional data.
const (
	kindSecret  = "secret"
	kindDataKey = "datakey"
)

// numberSize is the prefix that names the data key, big-endian.
const numberSize = 2

// errContext says that a value would be bound to nothing.
var errContext = errors.New("a sealed value needs a context")

// Seal encrypts a secret at rest, such as "recipients.secret:<id>", under the
// active data key: key number (2 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
// The context is authenticated and must be given again to open. Without an
// active data key it answers model.CodeKeyMissing.
func (r *Ring) Seal(context string, plaintext []byte) ([]byte, error) {
	return r.seal(kindSecret, context, plaintext)
}

// Open is the reverse of Seal, under any live data key. It answers
// model.CodeKeyMissing when the key is not live, else an error that is ErrSealed.
func (r *Ring) Open(context string, sealed []byte) ([]byte, error) {
	return r.open(kindSecret, context, sealed)
}

func (r *Ring) seal(kind, to string, plaintext []byte) ([]byte, error) {
	if to == "" {
		return nil, model.Fail(model.CodeInternal, errContext)
	}
	b, ok := r.data[r.activeData]
	if !ok {
		return nil, model.Fail(model.CodeKeyMissing, errors.New("no data key is active"))
	}
	out := make([]byte, numberSize, numberSize+nonceSize+len(plaintext)+tagSize)
	binary.BigEndian.PutUint16(out, r.activeData)
	return b.seal(out, plaintext, boundTo(kind, to)), nil
}

func (r *Ring) open(kind, to string, sealed []byte) ([]byte, error) {
	if to == "" {
		return nil, model.Fail(model.CodeInternal, errContext)
	}
	number, ok := sealedBy(sealed)
	if !ok {
		return nil, model.Fail(model.CodeInternal, ErrSealed)
	}
	b, ok := r.data[number]
	if !ok {
		return nil, model.Fail(model.CodeKeyMissing, fmt.Errorf("data key number %d is not live", number))
	}
	plaintext, err := b.open(sealed[numberSize:], boundTo(kind, to))
	if err != nil {
		return nil, model.Fail(model.CodeInternal, err)
	}
	return plaintext, nil
}

// sealedBy reads the number of the data key from a sealed value.
func sealedBy(sealed []byte) (uint16, bool) {
	if len(sealed) < numberSize+nonceSize+tagSize {
		return 0, false
	}
	return binary.BigEndian.Uint16(sealed), true
}
