package passcode

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// Sizes of a strip and of the code that is made with it.
const (
	// StripSize is the length of a strip in bytes, its signature included.
	StripSize = stripSignedSize + signatureSize
	// PhoneSize is the length of a code of format 3 in bytes.
	PhoneSize = StripSize + windowSize + signatureSize
	// PhoneTextLength is the length of a code of format 3 in Base45 characters. With
	// alphanumeric mode and level M it needs a QR symbol of version 10 (57 modules).
	PhoneTextLength = 276
	// MaxStripWindows is how many windows a strip covers at most, so that its last
	// code is refused 24 hours after the first window began.
	MaxStripWindows = 24*60*60/StepSeconds - 1

	phoneKeySize    = 33
	windowSize      = 3
	stripSignedSize = headerSize + windowSize + phoneKeySize
)

// ErrNotAStrip is the answer to bytes that are no well-formed strip.
var ErrNotAStrip = errors.New("passcode: not a strip")

// PhoneKey is a phone's public key: an SM2 point as GB/T 32918.1 compresses it, 02
// or 03 and x. It is not checked to lie on the curve until it is used.
type PhoneKey [phoneKeySize]byte

// Strip (离线凭条) is what lets a phone sign codes itself while it has no network:
// the community's word that this phone's key speaks for a pass, for a day at most.
type Strip struct {
	// Header is of format DoubleOffline; its Window is the first that is covered.
	Header
	// Last is the last window that is covered.
	Last  uint32
	Phone PhoneKey
	// Signature is the community's, r‖s, over all of the above.
	Signature [signatureSize]byte
}

// Covers says whether the phone may sign for a window.
func (s *Strip) Covers(window uint32) bool { return s.Window <= window && window <= s.Last }

// Bytes are the 117 bytes that travel. A strip that the format cannot hold is
// ErrHeader.
func (s *Strip) Bytes() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	raw := s.raw()
	return raw[:], nil
}

// ParseStrip reads what Bytes wrote. It does not check the signature.
func ParseStrip(raw []byte) (Strip, error) {
	if len(raw) != StripSize {
		return Strip{}, ErrNotAStrip
	}
	s := stripOf((*[StripSize]byte)(raw))
	if s.check() != nil {
		return Strip{}, ErrNotAStrip
	}
	return s, nil
}

func (s *Strip) check() error {
	switch {
	case s.Format != DoubleOffline:
		return fmt.Errorf("%w: format", ErrHeader)
	case s.Last > maxUint24 || s.Last < s.Window || s.Last-s.Window >= MaxStripWindows:
		return fmt.Errorf("%w: last window", ErrHeader)
	case s.Phone[0] != 2 && s.Phone[0] != 3:
		return fmt.Errorf("%w: phone key", ErrHeader)
	}
	return s.checkFields()
}

// signed is what the community signs.
func (s *Strip) signed() (b [stripSignedSize]byte) {
	s.put((*[headerSize]byte)(b[:headerSize]))
	putWindow(b[headerSize:], s.Last)
	copy(b[headerSize+windowSize:], s.Phone[:])
	return b
}

func (s *Strip) raw() (b [StripSize]byte) {
	signed := s.signed()
	copy(b[:], signed[:])
	copy(b[stripSignedSize:], s.Signature[:])
	return b
}

func stripOf(b *[StripSize]byte) Strip {
	return Strip{
		Header:    headerOf((*[headerSize]byte)(b[:headerSize])),
		Last:      windowOf(b[headerSize:]),
		Phone:     PhoneKey(b[headerSize+windowSize : stripSignedSize]),
		Signature: [signatureSize]byte(b[stripSignedSize:]),
	}
}

func putWindow(b []byte, w uint32) {
	b[0] = byte(w >> 16)
	binary.BigEndian.PutUint16(b[1:3], uint16(w))
}

func windowOf(b []byte) uint32 { return uint32(b[0])<<16 | uint32(binary.BigEndian.Uint16(b[1:3])) }

// NewPhoneKey reads a public key as a phone sends it: 33 bytes compressed, or 65
// uncompressed. What is no point of the curve is ErrKey.
func NewPhoneKey(raw []byte) (PhoneKey, error) {
	if len(raw) == phoneKeySize {
		k := PhoneKey(raw)
		_, err := k.public()
		return k, err
	}
	pub, err := sm2.NewPublicKey(raw)
	if err != nil {
		return PhoneKey{}, errors.Join(ErrKey, err)
	}
	return phoneKeyOf(pub)
}

// phoneKeyOf compresses a point: whether y is odd, and x.
func phoneKeyOf(pub *ecdsa.PublicKey) (k PhoneKey, err error) {
	point, err := sm2.PublicKeyToECDH(pub)
	if err != nil {
		return k, errors.Join(ErrKey, err)
	}
	whole := point.Bytes()
	k[0] = 2 | whole[len(whole)-1]&1
	copy(k[1:], whole[1:phoneKeySize])
	return k, nil
}

// public is the point again.
func (k *PhoneKey) public() (*ecdsa.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(sm2.P256(), k[:])
	if x == nil {
		return nil, ErrKey
	}
	var whole [2*phoneKeySize - 1]byte
	whole[0] = 4
	x.FillBytes(whole[1:phoneKeySize])
	y.FillBytes(whole[phoneKeySize:])
	return sm2.NewPublicKey(whole[:])
}
