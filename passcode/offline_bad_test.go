package passcode

import (
	"math/big"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// badOffline are codes of format 3 that must be refused, each but for one thing as
// good as the vector "strip-resident".
func badOffline(t testing.TB, east, west, phone, other testKey) (list []invalidVector) {
	t.Helper()
	add := func(stage, name, text, reason string) {
		list = append(list, invalidVector{Name: name, Stage: stage, Reason: reason, Key: east.Name, Text: text})
	}
	good := stripFor(t, east, phone, Resident)
	signed := east.strip(t, good)
	window := good.Window + 1
	c := phone.shown(t, signed, window)
	text := c.text()

	add(stageParse, "too-short", text[:len(text)-1], "length 275")
	add(stageParse, "too-long", text+"0", "length 277")
	add(stageParse, "lower-case", strings.ToLower(text), "lower case is not in the alphabet")
	add(stageParse, "triple-above-65535", "GGW"+text[3:], "GGW is 65536")
	add(stageParse, "strip-alone", text[:StripSize/2*3], "the strip without a window and its phone's signature")

	// Strips that were properly signed and say what no strip may say.
	strange := func(name, reason string, change func(*Strip)) {
		s := good
		change(&s)
		shown := phone.shown(t, east.strip(t, s), window)
		add(stageParse, name, shown.text(), reason+", though both signatures are genuine")
	}
	strange("rotating-in-the-long-shape", "format 1 has 122 characters", func(s *Strip) { s.Format = Rotating })
	strange("card-in-the-long-shape", "format 2 has 122 characters", func(s *Strip) { s.Format = Card })
	strange("format-4", "format 4 does not exist", func(s *Strip) { s.Format = 4 })
	strange("kind-0", "kind 0 does not exist", func(s *Strip) { s.Kind = 0 })
	strange("kind-6", "kind 6 does not exist", func(s *Strip) { s.Kind = 6 })
	strange("longer-than-a-day", "it covers 2880 windows", func(s *Strip) { s.Last++ })
	strange("ends-before-it-begins", "its last window is before its first", func(s *Strip) { s.Last = s.Window - 1 })
	strange("phone-key-not-compressed", "the phone's key begins with 04", func(s *Strip) { s.Phone[0] = 4 })

	altered := func(name string, change func(*offlineCode)) {
		bad := c
		change(&bad)
		add(stageSignature, name, bad.text(), "changed after signing")
	}
	altered("kind-changed", func(c *offlineCode) { c.strip.Kind = Staff })
	altered("key-changed", func(c *offlineCode) { c.strip.Key ^= 1 })
	altered("community-changed", func(c *offlineCode) { c.strip.Community++ })
	altered("pass-changed", func(c *offlineCode) { c.strip.Pass ^= 1 })
	altered("group-changed", func(c *offlineCode) { c.strip.Group ^= 1 })
	altered("first-moved", func(c *offlineCode) { c.strip.Window++ })
	altered("last-moved", func(c *offlineCode) { c.strip.Last-- })
	altered("window-moved", func(c *offlineCode) { c.window++ })
	altered("phone-key-replaced", func(c *offlineCode) { c.strip.Phone = other.compressed(t) })
	altered("phone-key-other-half", func(c *offlineCode) { c.strip.Phone[0] ^= 1 })
	altered("strip-signature-bit", func(c *offlineCode) { c.strip.Signature[5] ^= 4 })
	altered("phone-signature-bit", func(c *offlineCode) { c.signature[40] ^= 4 })
	n := sm2.P256().Params().N
	altered("phone-r-plus-s-is-n", func(c *offlineCode) {
		r := new(big.Int).SetBytes(c.signature[:scalarSize])
		r.Sub(n, r).FillBytes(c.signature[scalarSize:])
	})
	altered("phone-signature-zero", func(c *offlineCode) { c.signature = [signatureSize]byte{} })
	altered("strip-signature-zero", func(c *offlineCode) { c.strip.Signature = [signatureSize]byte{} })

	forged := func(name, reason string, s Strip, by testKey) {
		shown := by.shown(t, s, window)
		add(stageSignature, name, shown.text(), reason)
	}
	forged("window-signed-by-another-phone", "the strip names another phone", signed, other)
	forged("window-signed-by-the-community", "only the phone's signature counts", signed, east)
	forged("strip-signed-by-another-community", "signed by key west", west.strip(t, good), phone)
	forged("strip-signed-by-the-phone", "the phone vouches for itself", phone.strip(t, good), phone)
	off := good
	off.Phone = offCurve(t)
	forged("phone-key-off-the-curve", "no point has this x", east.strip(t, off), phone)

	rest := c
	borrowed := phone.shown(t, east.strip(t, stripFor(t, east, phone, Visitor)), window)
	rest.signature = borrowed.signature
	add(stageSignature, "borrowed-phone-signature", rest.text(), "the phone signed this for another strip")
	return list
}

// offCurve is a compressed key whose x belongs to no point.
func offCurve(t testing.TB) PhoneKey {
	t.Helper()
	for x := byte(1); x < 200; x++ {
		k := PhoneKey{0: 2, 32: x}
		if _, err := k.public(); err != nil {
			return k
		}
	}
	t.Fatal("every small x is on the curve")
	return PhoneKey{}
}
