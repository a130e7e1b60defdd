package gm

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/emmansun/gmsm/sm4"
)

// ErrSealed says that a sealed value does not open: other key, other context,
// or changed bytes. Which of them it was cannot be known.
var ErrSealed = errors.New("sealed value does not open")

const (
	nonceSize = 12
	tagSize   = 16
)

// box seals short values under one SM4 key with GCM. The keyed cipher is kept,
// since keying costs more than sealing. Nonces are random, so one key must not
// seal more than 2³² values; a community has some 10⁶. It is a function because
// fmt prints the inside of everything else.
type box func() cipher.AEAD

func newBox(key []byte) (box, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return func() cipher.AEAD { return aead }, err
}

// seal appends nonce ‖ ciphertext ‖ tag to dst.
func (b box) seal(dst, plaintext, data []byte) []byte {
	start := len(dst)
	dst = slices.Grow(dst, nonceSize+len(plaintext)+tagSize)[:start+nonceSize]
	nonce := dst[start:]
	_, _ = rand.Read(nonce) // never fails: it ends the program instead
	return b().Seal(dst, nonce, plaintext, data)
}

// open is the reverse of seal, or ErrSealed.
func (b box) open(sealed, data []byte) ([]byte, error) {
	if len(sealed) < nonceSize+tagSize {
		return nil, ErrSealed
	}
	plaintext, err := b().Open(nil, sealed[:nonceSize], sealed[nonceSize:], data)
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// boundTo is additional data: what kind of value it is and whose. The kind keeps
// a value of one kind from being passed off as another under the same key.
func boundTo(kind, to string) []byte { return []byte(kind + "\x00" + to) }
