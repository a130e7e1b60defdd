package passcode

import (
	"math/big"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// badCodes collects codes that must be refused, all made from one good one,
// which is among the valid vectors: a fuzzer that undoes a change finds that one.
type badCodes struct {
	good Code
	key  testKey
	list []invalidVector
}

func invalidVectors(t testing.TB, east, eastNext, west testKey) []invalidVector {
	b := &badCodes{key: east}
	b.good = east.code(t, rotating(east, Visitor))
	b.shapes(t, eastNext)
	b.nibbles(t)
	b.bits()
	b.numbers()
	b.strangers(t, west)
	return b.list
}

func (b *badCodes) add(stage, name, text, reason string) {
	b.list = append(b.list, invalidVector{Name: name, Stage: stage, Reason: reason, Key: b.key.Name, Text: text})
}

// shapes are texts that are no canonical Base45 of 81 bytes.
func (b *badCodes) shapes(t testing.TB, eastNext testKey) {
	text := b.good.text()
	spaced := eastNext.code(t, rotating(eastNext, Resident)).text()
	if spaced[0] != ' ' {
		t.Fatalf("%q was to begin with a space", spaced)
	}
	b.add(stageParse, "empty", "", "length 0")
	b.add(stageParse, "too-short", text[:len(text)-1], "length 121")
	b.add(stageParse, "too-long", text+"0", "length 123")
	b.add(stageParse, "two-codes", text+text, "length 244")
	b.add(stageParse, "line-end", text+"\r\n", "length 124: a reader's line end must be cut before parsing")
	b.add(stageParse, "trimmed", spaced[1:], "length 121: the leading space is a digit")
	b.add(stageParse, "lower-case", strings.ToLower(text), "lower case is not in the alphabet")
	b.add(stageParse, "bad-alphabet", "="+text[1:], "'=' is not in the alphabet")
	b.add(stageParse, "bad-alphabet-last", text[:len(text)-1]+"_", "'_' is not in the alphabet")
	b.add(stageParse, "wide-character", "码"+text[3:], "122 bytes of UTF-8, but not of the alphabet")
	b.add(stageParse, "triple-above-65535", text[:60]+"GGW"+text[63:], "GGW is 65536")
	b.add(stageParse, "triple-largest", text[:60]+":::"+text[63:], "::: is 91124")
	b.add(stageParse, "pair-above-255", text[:120]+"V5", "V5 is 256")
	b.add(stageParse, "pair-largest", text[:120]+"::", ":: is 2024")
	b.add(stageParse, "link", "HTTPS://EXAMPLE.CN/ENTRY/"+strings.Repeat("A", TextLength-25), "a link of 122 characters")
}

// nibbles are properly signed codes whose first byte means nothing.
func (b *badCodes) nibbles(t testing.TB) {
	for _, c := range []struct {
		stage, name, reason string
		format              Format
		kind                Kind
	}{
		{stageParse, "format-0", "format 0 does not exist", 0, Visitor},
		{stageFormat, "format-3", "format 3 (double-offline) is reserved", DoubleOffline, Visitor},
		{stageParse, "format-4", "format 4 does not exist", 4, Visitor},
		{stageParse, "format-15", "format 15 does not exist", 15, Visitor},
		{stageParse, "kind-0", "kind 0 does not exist", Rotating, 0},
		{stageParse, "kind-6", "kind 6 does not exist", Rotating, 6},
		{stageParse, "kind-15", "kind 15 does not exist", Card, 15},
	} {
		h := b.good.Header
		h.Format, h.Kind = c.format, c.kind
		b.add(c.stage, c.name, b.key.code(t, h).text(), c.reason+", though the signature is genuine")
	}
}

// bits are codes with one field or one bit changed after signing.
func (b *badCodes) bits() {
	alter := func(name string, change func(*Code)) {
		c := b.good
		change(&c)
		b.add(stageSignature, name, c.text(), "changed after signing")
	}
	alter("format-changed", func(c *Code) { c.Format = Card })
	alter("kind-changed", func(c *Code) { c.Kind = Staff })
	alter("key-changed", func(c *Code) { c.Key ^= 1 })
	alter("community-changed", func(c *Code) { c.Community++ })
	alter("pass-changed", func(c *Code) { c.Pass ^= 1 << 47 })
	alter("group-changed", func(c *Code) { c.Group ^= 1 << 15 })
	alter("window-moved", func(c *Code) { c.Window++ })
	alter("r-bit-flipped", func(c *Code) { c.Signature[0] ^= 0x80 })
	alter("s-bit-flipped", func(c *Code) { c.Signature[63] ^= 1 })
}

// numbers are signatures made of other numbers than the signer's r and s.
func (b *badCodes) numbers() {
	n := sm2.P256().Params().N
	r := new(big.Int).SetBytes(b.good.Signature[:scalarSize])
	s := new(big.Int).SetBytes(b.good.Signature[scalarSize:])
	zero, one := new(big.Int), big.NewInt(1)
	largest := new(big.Int).Sub(new(big.Int).Lsh(one, 256), one)
	minus := func(x *big.Int) *big.Int { return new(big.Int).Sub(n, x) }
	for _, c := range []struct {
		name string
		r, s *big.Int
	}{
		{"r-zero", zero, s}, {"s-zero", r, zero}, {"both-zero", zero, zero},
		{"r-is-n", n, s}, {"s-is-n", r, n}, {"r-largest", largest, s}, {"s-largest", r, largest},
		{"r-negated", minus(r), s}, {"s-negated", r, minus(s)}, {"both-negated", minus(r), minus(s)},
		{"r-plus-s-is-n", r, minus(r)}, {"r-one", one, s}, {"s-one", r, one},
		{"n-minus-one", minus(one), minus(one)}, {"s-then-r", s, r},
	} {
		bad := b.good
		c.r.FillBytes(bad.Signature[:scalarSize])
		c.s.FillBytes(bad.Signature[scalarSize:])
		b.add(stageSignature, "number-"+c.name, bad.text(), "r and s are not the signer's")
	}
}

// strangers are codes signed by another key, under another user id, over another
// digest, or in another's place.
func (b *badCodes) strangers(t testing.TB, west testKey) {
	b.add(stageSignature, "other-key", west.code(t, b.good.Header).text(), "signed by key west, which the header does not name")

	borrowed := b.key.code(t, rotating(b.key, Courier))
	borrowed.Header = b.good.Header
	b.add(stageSignature, "borrowed-signature", borrowed.text(), "the genuine signature of rotating-courier")

	var header [headerSize]byte
	b.good.put(&header)
	digest, err := sm2.CalculateSM2Hash(&b.key.private.PublicKey, header[:], []byte("8765432187654321"))
	if err != nil {
		t.Fatal(err)
	}
	c := b.good
	c.Signature = b.key.signDigest(t, digest)
	b.add(stageSignature, "other-user-id", c.text(), "signed under user id 8765432187654321")

	plain := sm3.Sum(header[:])
	c.Signature = b.key.signDigest(t, plain[:])
	b.add(stageSignature, "without-za", c.text(), "signed SM3 of the header alone, without ZA")
}
