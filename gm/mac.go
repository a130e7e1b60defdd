package gm

import (
	"crypto/hmac"
	"encoding/hex"
	"hash"
	"slices"
	"sync"

	"github.com/emmansun/gmsm/sm3"
)

// MAC computes HMAC-SM3 (RFC 2104 over GB/T 32905) under one key. It keeps keyed
// states for reuse, which is three times as fast as keying each time, and is
// safe for concurrent use.
type MAC struct{ states sync.Pool }

// NewHMAC keeps a copy of key, which should be 32 random bytes.
func NewHMAC(key []byte) *MAC {
	key = slices.Clone(key)
	return &MAC{states: sync.Pool{New: func() any { return hmac.New(sm3.New, key) }}}
}

// Sum is the code of the parts written one after the other, 32 bytes. Parts that
// can vary in length need a separator of the caller's.
func (m *MAC) Sum(parts ...[]byte) []byte {
	h := m.states.Get().(hash.Hash)
	defer m.states.Put(h)
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(make([]byte, 0, sm3.Size))
}

// SM3 is the digest of the parts written one after the other, 32 bytes.
func SM3(parts ...[]byte) []byte {
	h := sm3.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(make([]byte, 0, sm3.Size))
}

// HashToken is the form in which a random token is stored: SM3 in 64 hexadecimal
// characters. A plain digest suffices for 256 random bits; never give it a
// password or a code that people type.
func HashToken(token string) string { return hex.EncodeToString(SM3([]byte(token))) }

// Index is a blind index: HMAC-SM3 of field ‖ 0 ‖ value under the index key, 32
// bytes. Equal values of one field have equal indexes, so the caller normalises
// first. It panics without an active index key (see Missing): an empty index
// stored once would be wrong for good.
func (r *Ring) Index(field, value string) []byte {
	if r.index == nil {
		panic("gm: the ring has no active index key")
	}
	return r.index.Sum([]byte(field + "\x00" + value))
}
