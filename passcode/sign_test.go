package passcode

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

var sample = Header{Format: Rotating, Kind: Courier, Key: 513, Community: 0x020304,
	Pass: 0x05060708090a, Group: 0x0b0c, Window: 0x0d0e0f}

func newPair(t testing.TB) (*Signer, *Verifier) {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewVerifier(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestSignedCodeComesBack(t *testing.T) {
	s, v := newPair(t)
	_, stranger := newPair(t)
	text, err := s.Sign(sample)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) != TextLength {
		t.Errorf("%d characters, want %d", len(text), TextLength)
	}
	c, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if c.Header != sample {
		t.Errorf("%+v, want %+v", c.Header, sample)
	}
	if !v.Verify(&c) {
		t.Error("its own key refuses it")
	}
	if stranger.Verify(&c) {
		t.Error("another key accepts it")
	}
}

// The layout, written out by hand and not by put.
func TestHeaderLayout(t *testing.T) {
	var got [headerSize]byte
	sample.put(&got)
	want := [headerSize]byte{0x13, 0x02, 0x01, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	if got != want {
		t.Errorf("% x, want % x", got, want)
	}
	if headerOf(&want) != sample {
		t.Errorf("%+v, want %+v", headerOf(&want), sample)
	}
}

func TestSignRefusesHeaders(t *testing.T) {
	s, v := newPair(t)
	text, err := s.Sign(sample)
	if err != nil {
		t.Fatal(err)
	}
	genuine, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Header){
		"format 0":        func(h *Header) { h.Format = 0 },
		"format reserved": func(h *Header) { h.Format = DoubleOffline },
		"format 17":       func(h *Header) { h.Format = 17 },
		"kind 0":          func(h *Header) { h.Kind = 0 },
		"kind 6":          func(h *Header) { h.Kind = 6 },
		"kind 19":         func(h *Header) { h.Kind = 19 },
		"community":       func(h *Header) { h.Community |= 1 << 24 },
		"pass":            func(h *Header) { h.Pass |= 1 << 48 },
		"window":          func(h *Header) { h.Window |= 1 << 24 },
	} {
		h := sample
		change(&h)
		if text, err := s.Sign(h); !errors.Is(err, ErrHeader) || text != "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		// The same bits travel, so the signature would fit: the struct must not.
		c := Code{Header: h, Signature: genuine.Signature}
		if v.Verify(&c) {
			t.Errorf("%s: verified", name)
		}
	}
}

func TestKeysRefused(t *testing.T) {
	nist, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 keys that cannot be made any other way are what this is about
	crossed := &sm2.PrivateKey{PrivateKey: ecdsa.PrivateKey{PublicKey: other.PublicKey, D: one.D}}
	//lint:ignore SA1019 as above
	offCurve := &ecdsa.PublicKey{Curve: sm2.P256(), X: one.X, Y: other.Y}

	for name, pub := range map[string]*ecdsa.PublicKey{
		"none": nil, "empty": {}, "P-256": &nist.PublicKey, "off the curve": offCurve,
	} {
		if _, err := NewVerifier(pub); !errors.Is(err, ErrKey) {
			t.Errorf("verifier of %s: %v", name, err)
		}
	}
	for name, key := range map[string]*sm2.PrivateKey{
		"none": nil, "empty": {}, "crossed": crossed, "P-256": {PrivateKey: *nist},
	} {
		if _, err := NewSigner(key); !errors.Is(err, ErrKey) {
			t.Errorf("signer of %s: %v", name, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s, v := newPair(t)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				h := sample
				h.Pass = uint64(worker*100 + i)
				text, err := s.Sign(h)
				if err != nil {
					t.Error(err)
					return
				}
				c, err := Parse(text)
				if err != nil || c.Pass != h.Pass || !v.Verify(&c) {
					t.Errorf("pass %d: %+v, %v", h.Pass, c.Header, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestReservedFormatIsAlsoNotACode(t *testing.T) {
	if !errors.Is(ErrUnsupportedFormat, ErrNotACode) {
		t.Error("a gate that knows only ErrNotACode would miss it")
	}
	if errors.Is(ErrNotACode, ErrUnsupportedFormat) {
		t.Error("not every text is of a reserved format")
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	s, _ := newPair(t)
	text, err := s.Sign(sample)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = Parse(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestUnknownKindHasAName(t *testing.T) {
	if got := Kind(9).String(); got != "kind(9)" {
		t.Error(got)
	}
}
