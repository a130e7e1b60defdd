package passcode

import (
	"crypto/rand"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// The goals are ratios within one run: ParseAndVerify to RawVerify at most 1.05,
// Sign to RawSign at most 1.1. Raw is gmsm alone on a digest made beforehand.

func BenchmarkRawVerify(b *testing.B) {
	key, digest, der := rawSignature(b)
	for b.Loop() {
		if !sm2.VerifyASN1(&key.PublicKey, digest, der) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkParseAndVerify(b *testing.B) {
	s, v := newPair(b)
	text, err := s.Sign(sample)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c, err := Parse(text)
		if err != nil || !v.Verify(&c) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	s, _ := newPair(b)
	text, err := s.Sign(sample)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRawSign(b *testing.B) {
	key, digest, _ := rawSignature(b)
	for b.Loop() {
		if _, err := sm2.SignASN1(rand.Reader, key, digest, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	s, _ := newPair(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign(sample); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseAndVerifyOffline checks two signatures and unfolds a key.
func BenchmarkParseAndVerifyOffline(b *testing.B) {
	s, v := newPair(b)
	phone, strip := newPhone(b, s, sampleStrip)
	text, err := phone.Sign(strip.Window)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c, err := Parse(text)
		if err != nil || !v.Verify(&c) {
			b.Fatal("refused")
		}
	}
}

func rawSignature(b *testing.B) (key *sm2.PrivateKey, digest, der []byte) {
	b.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest = make([]byte, 32)
	der, err = sm2.SignASN1(rand.Reader, key, digest, nil)
	if err != nil {
		b.Fatal(err)
	}
	return key, digest, der
}
