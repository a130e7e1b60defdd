package gm_test

import (
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/golang-jwt/jwt/v5"

	"communitypass.cn/communitypass/gm"
)

func benchRing(b *testing.B) *gm.Ring {
	b.Helper()
	b.ReportAllocs()
	m := gm.NewMaster()
	return newRing(b, m, fullSet(b, m)...)
}

func BenchmarkIndex(b *testing.B) {
	r := benchRing(b)
	for b.Loop() {
		r.Index("persons.phone", "13800000000")
	}
}

func BenchmarkSeal(b *testing.B) {
	r := benchRing(b)
	text := make([]byte, 32)
	for b.Loop() {
		_, _ = r.Seal("recipients.secret:r1", text)
	}
}

func BenchmarkOpen(b *testing.B) {
	r := benchRing(b)
	sealed, _ := r.Seal("recipients.secret:r1", make([]byte, 32))
	for b.Loop() {
		_, _ = r.Open("recipients.secret:r1", sealed)
	}
}

func BenchmarkDataKeyOpenField(b *testing.B) {
	r := benchRing(b)
	wrapped, dk, _ := r.NewDataKey("p1")
	sealed, _ := dk.Seal("persons.name", "王建国")
	for b.Loop() {
		dk, _ := r.OpenDataKey("p1", wrapped)
		_, _ = dk.Open("persons.name", sealed)
	}
}

func BenchmarkSignToken(b *testing.B) {
	r, claims := benchRing(b), goodClaims()
	for b.Loop() {
		_, _ = r.SignToken(claims, accessType)
	}
}

func BenchmarkParseToken(b *testing.B) {
	r := benchRing(b)
	text, _ := r.SignToken(goodClaims(), accessType)
	for b.Loop() {
		_, _ = parse(r, text, atNoon)
	}
}

// BenchmarkParseTokenFloor is golang-jwt with HS256 on the same claims.
func BenchmarkParseTokenFloor(b *testing.B) {
	b.ReportAllocs()
	secret := make([]byte, 32)
	text, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, goodClaims()).SignedString(secret)
	find := func(*jwt.Token) (any, error) { return secret, nil }
	for b.Loop() {
		_, _ = jwt.ParseWithClaims(text, &accessClaims{}, find, jwt.WithValidMethods([]string{"HS256"}),
			jwt.WithExpirationRequired(), jwt.WithTimeFunc(atNoon))
	}
}

func BenchmarkSM2Sign(b *testing.B) {
	k, message := passSigner(b), make([]byte, 17)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = k.Sign(message)
	}
}

func BenchmarkSM2Verify(b *testing.B) {
	k, message := passSigner(b), make([]byte, 17)
	sig, _ := k.Sign(message)
	b.ReportAllocs()
	for b.Loop() {
		gm.VerifySM2(k.Public(), message, sig)
	}
}

// BenchmarkSM2VerifyFloor is the library alone, on a digest.
func BenchmarkSM2VerifyFloor(b *testing.B) {
	k := passSigner(b)
	digest := gm.SM3([]byte("x"))
	der, _ := k.Private().Sign(nil, digest, nil)
	b.ReportAllocs()
	for b.Loop() {
		sm2.VerifyASN1(k.Public(), digest, der)
	}
}
