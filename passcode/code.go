package passcode

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sizes of a code.
const (
	// Size is the length of a code in bytes.
	Size = headerSize + signatureSize
	// TextLength is the length of a code in Base45 characters. With alphanumeric
	// mode and level M it fills a QR symbol of version 5 (37 modules) to the bit.
	TextLength = 122

	headerSize    = 17
	signatureSize = 64

	maxUint24 = 1<<24 - 1
	maxUint48 = 1<<48 - 1
)

// Errors of Parse and Sign. They never carry the text of a code.
var (
	// ErrNotACode is the answer to every text that is not a well-formed code.
	ErrNotACode = errors.New("passcode: not a pass code")
	// ErrUnsupportedFormat is the answer to a text that has the shape of a code but
	// a format number reserved for later. It is also an ErrNotACode, so that a gate
	// which does not care refuses it like any other unknown text. Today that is
	// format 3 in the shape of the others, without a strip.
	ErrUnsupportedFormat = fmt.Errorf("%w: its format is reserved", ErrNotACode)
	// ErrHeader is the answer of Sign to a header that the format cannot hold.
	ErrHeader = errors.New("passcode: header out of range")
)

// Format is the layout and the kind of life of a code.
type Format uint8

// Formats. Their numbers travel in the code and are never given to another.
const (
	// Rotating codes live for one window of StepSeconds and are refused two
	// windows after it began.
	Rotating Format = 1
	// Card codes are printed and live until the end of a date.
	Card Format = 2
	// DoubleOffline codes are signed by the phone itself, with a key for which the
	// community vouches in a Strip. They live as rotating ones do.
	DoubleOffline Format = 3
)

// Windowed says whether codes of the format carry the window in which they are
// shown, as against a day.
func (f Format) Windowed() bool { return f == Rotating || f == DoubleOffline }

// Kind says who the pass is for.
type Kind uint8

// Kinds. Their numbers travel in the code and are never given to another.
const (
	Resident Kind = 1
	Visitor  Kind = 2
	Courier  Kind = 3
	Staff    Kind = 4
	Vehicle  Kind = 5
)

// String is the stable English name, as the API spells it.
func (k Kind) String() string {
	switch k {
	case Resident:
		return "resident"
	case Visitor:
		return "visitor"
	case Courier:
		return "courier"
	case Staff:
		return "staff"
	case Vehicle:
		return "vehicle"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Header is the signed content of a code.
type Header struct {
	Format Format
	Kind   Kind
	// Key is the id of the signing key. Keys belong to a community: the public key
	// is found by Community and Key together.
	Key uint16
	// Community is the community's number, 24 bits.
	Community uint32
	// Pass is the pass number, 48 bits: random and opaque.
	Pass uint64
	// Group is the access group, which the gate's bundle maps to gates, floors and hours.
	Group uint16
	// Window is the 30-second window of a code that is Windowed (WindowAt) or the last day
	// of a card (the number of its date, see DayAt), 24 bits.
	Window uint32
}

// Code is a parsed code. It is genuine only after Verifier.Verify has said so.
type Code struct {
	Header
	// Signature is r‖s, each 32 bytes big-endian: the community's or, of format 3, the
	// phone's.
	Signature [signatureSize]byte
	// Strip is what a code of format 3 stands on, and nil for the others.
	Strip *Strip
}

// Current says whether the code's window is one that its strip covers; a code
// without a strip needs none.
func (c *Code) Current() bool { return c.Strip == nil || c.Strip.Covers(c.Window) }

// check is what both directions agree on: Sign makes exactly what Parse takes.
func (h *Header) check() error {
	if h.Format != Rotating && h.Format != Card {
		return fmt.Errorf("%w: format", ErrHeader)
	}
	return h.checkFields()
}

func (h *Header) checkFields() error {
	switch {
	case h.Kind < Resident || h.Kind > Vehicle:
		return fmt.Errorf("%w: kind", ErrHeader)
	case h.Community > maxUint24:
		return fmt.Errorf("%w: community", ErrHeader)
	case h.Pass > maxUint48:
		return fmt.Errorf("%w: pass", ErrHeader)
	case h.Window > maxUint24:
		return fmt.Errorf("%w: window", ErrHeader)
	}
	return nil
}

// put writes a checked header. Fields of 24 and 48 bits are written through a
// wider integer whose high bytes the next, earlier field then overwrites.
func (h *Header) put(b *[headerSize]byte) {
	binary.BigEndian.PutUint32(b[13:17], h.Window)
	binary.BigEndian.PutUint16(b[12:14], h.Group)
	binary.BigEndian.PutUint64(b[4:12], h.Pass)
	binary.BigEndian.PutUint32(b[2:6], h.Community)
	binary.BigEndian.PutUint16(b[1:3], h.Key)
	b[0] = byte(h.Format)<<4 | byte(h.Kind)
}

// headerOf reads what put wrote, without judging it.
func headerOf(b *[headerSize]byte) Header {
	return Header{
		Format:    Format(b[0] >> 4),
		Kind:      Kind(b[0] & 0x0f),
		Key:       binary.BigEndian.Uint16(b[1:3]),
		Community: binary.BigEndian.Uint32(b[2:6]) & maxUint24,
		Pass:      binary.BigEndian.Uint64(b[4:12]) & maxUint48,
		Group:     binary.BigEndian.Uint16(b[12:14]),
		Window:    binary.BigEndian.Uint32(b[13:17]) & maxUint24,
	}
}

// Parse reads the text of a code. It accepts exactly the texts that Sign
// or Phone.Sign can make: 122 or 276 characters of upper-case canonical Base45, the
// format that has that length, a known kind. Everything else is ErrNotACode. It does not check the signature.
//
// Nothing is trimmed: the space is a digit of Base45 and a code may begin with one.
func Parse(text string) (Code, error) {
	if len(text) == PhoneTextLength {
		return parsePhone(text)
	}
	if len(text) != TextLength {
		return Code{}, ErrNotACode
	}
	var raw [Size]byte
	if !decodeBase45(raw[:], text) {
		return Code{}, ErrNotACode
	}
	c := Code{
		Header:    headerOf((*[headerSize]byte)(raw[:])),
		Signature: [signatureSize]byte(raw[headerSize:]),
	}
	if c.Format == DoubleOffline {
		return Code{}, ErrUnsupportedFormat
	}
	if c.check() != nil {
		return Code{}, ErrNotACode
	}
	return c, nil
}

// textOf writes the text of a header and its signature.
func textOf(header *[headerSize]byte, signature *[signatureSize]byte) string {
	var raw [Size]byte
	copy(raw[:], header[:])
	copy(raw[headerSize:], signature[:])
	return string(appendBase45(make([]byte, 0, TextLength), raw[:]))
}
