package passcode

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"errors"
	mathrand "math/rand/v2"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

func (set *offlineSet) key(t testing.TB, name string) keyVector {
	t.Helper()
	for _, k := range append(set.Keys, set.Phones...) {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no key %q", name)
	return keyVector{}
}

func (set *offlineSet) verifier(t testing.TB, name string) *Verifier {
	t.Helper()
	v, err := NewVerifier(publicKey(t, set.key(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestValidOfflineVectors(t *testing.T) {
	set := loadOffline(t)
	for _, v := range set.Valid {
		t.Run(v.Name, func(t *testing.T) {
			c, err := Parse(v.Text)
			if err != nil {
				t.Fatal(err)
			}
			want := Header{Format: DoubleOffline, Kind: v.Kind, Key: v.Key, Community: v.Community, Pass: v.Pass, Group: v.Group, Window: v.Window}
			if c.Header != want || c.Strip.Window != v.First || c.Strip.Last != v.Last || c.Current() != v.Current {
				t.Errorf("%+v with %+v, want %+v in %d to %d", c.Header, c.Strip, want, v.First, v.Last)
			}
			if raw, err := c.Strip.Bytes(); err != nil || hex.EncodeToString(raw) != v.Strip {
				t.Errorf("strip %x (%v), want %s", raw, err, v.Strip)
			}
			if !c.ExpiresAt().Equal(v.ExpiresAt) {
				t.Errorf("expires %s, want %s", c.ExpiresAt(), v.ExpiresAt)
			}
			for _, k := range set.Keys {
				if got, want := set.verifier(t, k.Name).Verify(&c), k.Name == v.SignedBy; got != want {
					t.Errorf("key %s says %v, want %v", k.Name, got, want)
				}
			}
		})
	}
}

func TestInvalidOfflineVectors(t *testing.T) {
	set := loadOffline(t)
	if len(set.Invalid) < 30 {
		t.Fatalf("only %d vectors", len(set.Invalid))
	}
	for _, v := range set.Invalid {
		if got := refusedAt(set.verifier(t, v.Key), v.Text); got != v.Stage {
			t.Errorf("%s is refused at %q, want %q", v.Name, got, v.Stage)
		}
	}
}

func newPhone(t testing.TB, s *Signer, strip Strip) (*Phone, Strip) {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	strip.Phone = compressed(t, &key.PublicKey)
	if strip, err = s.SignStrip(strip); err != nil {
		t.Fatal(err)
	}
	p, err := NewPhone(key, strip)
	if err != nil {
		t.Fatal(err)
	}
	return p, strip
}

var sampleStrip = Strip{Header: Header{Format: DoubleOffline, Kind: Courier, Key: 513, Community: 0x020304,
	Pass: 0x05060708090a, Group: 0x0b0c, Window: 0x0d0e0f}, Last: 0x0d0e1f}

func TestAPhoneSignsItsOwnCodes(t *testing.T) {
	s, v := newPair(t)
	phone, strip := newPhone(t, s, sampleStrip)
	text, err := phone.Sign(strip.Window + 3)
	if err != nil || len(text) != PhoneTextLength {
		t.Fatalf("%d characters, %v", len(text), err)
	}
	c, err := Parse(text)
	if err != nil || !v.Verify(&c) || !c.Current() || c.Window != strip.Window+3 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, stranger := newPair(t); stranger.Verify(&c) {
		t.Error("another community's key accepts it")
	}
	for _, w := range []uint32{strip.Window - 1, strip.Last + 1, maxUint24 + 1} {
		if _, err := phone.Sign(w); !errors.Is(err, ErrHeader) {
			t.Errorf("window %d: %v", w, err)
		}
	}
	if another, _ := newPhone(t, s, sampleStrip); another.strip.Phone == strip.Phone {
		t.Error("two phones have one key")
	} else if _, err := NewPhone(another.key, strip); !errors.Is(err, ErrKey) {
		t.Errorf("another phone's strip: %v", err)
	}
}

func TestStripsThatAreNone(t *testing.T) {
	s, v := newPair(t)
	_, strip := newPhone(t, s, sampleStrip)
	raw, err := strip.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseStrip(raw); err != nil || back != strip || !v.VerifyStrip(&back) {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range [][]byte{nil, raw[1:], append(raw, 0), make([]byte, StripSize)} {
		if _, err := ParseStrip(bad); !errors.Is(err, ErrNotAStrip) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	long := strip
	long.Last = long.Window + MaxStripWindows
	if _, err := s.SignStrip(long); !errors.Is(err, ErrHeader) {
		t.Errorf("a strip of more than a day: %v", err)
	}
	off := strip
	off.Phone = offCurve(t)
	if _, err := s.SignStrip(off); !errors.Is(err, ErrKey) {
		t.Errorf("a key off the curve: %v", err)
	}
	// What travels may not be extended by what does not.
	c := Code{Header: strip.Header, Strip: &strip}
	c.Community |= 1 << 24
	if v.Verify(&c) || v.Verify(&Code{Header: strip.Header}) {
		t.Error("a code that no text could be is genuine")
	}
}

func TestPhoneKeysAreRead(t *testing.T) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want := compressed(t, &key.PublicKey)
	whole := wholeOf(t, &key.PublicKey)
	for _, raw := range [][]byte{want[:], whole} {
		if got, err := NewPhoneKey(raw); err != nil || got != want {
			t.Errorf("%x: %v", raw, err)
		}
	}
	off := offCurve(t)
	whole[64] ^= 1
	for _, raw := range [][]byte{nil, {0}, make([]byte, 33), make([]byte, 65), off[:], whole, whole[:64], want[1:]} {
		if _, err := NewPhoneKey(raw); !errors.Is(err, ErrKey) {
			t.Errorf("%x: %v", raw, err)
		}
	}
}

func wholeOf(t testing.TB, pub *ecdsa.PublicKey) []byte {
	t.Helper()
	p, err := sm2.PublicKeyToECDH(pub)
	if err != nil {
		t.Fatal(err)
	}
	return p.Bytes()
}

// Of the bytes of a genuine code each bit counts.
func TestEveryOfflineBitCounts(t *testing.T) {
	t.Parallel()
	set := loadOffline(t)
	v, raw := set.verifier(t, set.Valid[0].SignedBy), unhex(t, set.Valid[0].Bytes)
	if !admitted(v, string(appendBase45(nil, raw))) {
		t.Fatal("the vector itself is refused")
	}
	for i := range len(raw) * 8 {
		raw[i/8] ^= 0x80 >> (i % 8)
		if admitted(v, string(appendBase45(nil, raw))) {
			t.Errorf("bit %d of byte %d does not count", i%8, i/8)
		}
		raw[i/8] ^= 0x80 >> (i % 8)
	}
}

func TestOfflineMutations(t *testing.T) {
	t.Parallel()
	count := mutations(t)
	set := loadOffline(t)
	v, whole := set.verifier(t, set.Valid[0].SignedBy), unhex(t, set.Valid[0].Bytes)
	random := mathrand.New(mathrand.NewPCG(20260101, 3))
	parsed := 0
	for range count {
		raw := append([]byte(nil), whole...)
		for range 1 + random.IntN(8) {
			bit := random.IntN(len(raw) * 8)
			raw[bit/8] ^= 1 << (bit % 8)
		}
		text := string(appendBase45(nil, raw))
		if text == set.Valid[0].Text {
			continue
		}
		if _, err := Parse(text); err == nil {
			parsed++
		}
		if admitted(v, text) {
			t.Fatalf("a forgery was admitted: %q", text)
		}
	}
	if parsed < count/4 {
		t.Errorf("only %d of %d forgeries reached the signatures", parsed, count)
	}
}

// FuzzParseOffline is FuzzParse for format 3.
func FuzzParseOffline(f *testing.F) {
	set := loadOffline(f)
	published := map[string]bool{}
	for _, v := range set.Valid {
		published[v.Text] = true
		f.Add(v.Text)
	}
	for _, v := range set.Invalid {
		f.Add(v.Text)
	}
	ring := map[uint32]*Verifier{}
	for _, k := range set.Keys {
		ring[k.Community] = set.verifier(f, k.Name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil || c.Strip == nil {
			return
		}
		again := offlineCode{strip: *c.Strip, window: c.Window, signature: c.Signature}
		if back := again.text(); back != text {
			t.Errorf("%q is also %q", text, back)
		}
		if v := ring[c.Community]; v != nil && v.Verify(&c) != published[text] {
			t.Errorf("%q: published %v, but genuine %v", text, published[text], !published[text])
		}
	})
}
