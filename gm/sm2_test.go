package gm_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func passSigner(t testing.TB) *gm.SM2Key {
	t.Helper()
	m := gm.NewMaster()
	k, ok := newRing(t, m, key(t, m, model.KeyPass, "c1", 513, model.KeyActive)).PassSigner("c1")
	if !ok {
		t.Fatal("no signer")
	}
	return k
}

func TestSignAndVerify(t *testing.T) {
	k := passSigner(t)
	pub, err := gm.ParsePublic(k.PublicBytes())
	if err != nil {
		t.Fatal(err)
	}
	// 600 rounds meet numbers with leading zero bytes, which DER leaves out.
	short := 0
	for i := range 600 {
		message := bytes.Repeat([]byte{byte(i)}, i%40)
		sig, err := k.Sign(message)
		if err != nil || len(sig) != 64 {
			t.Fatalf("%d bytes, %v", len(sig), err)
		}
		if !gm.VerifySM2(pub, message, sig) || !gm.VerifySM2(k.Public(), message, sig) {
			t.Fatalf("own signature %x of %x refused", sig, message)
		}
		if sig[0] == 0 || sig[32] == 0 {
			short++
		}
	}
	t.Logf("%d signatures with a leading zero", short)
}

// TestSignIsTheLibrarysSignature checks against the library's whole-message
// functions in both directions, so that the user id and digest are the standard's.
func TestSignIsTheLibrarysSignature(t *testing.T) {
	k := passSigner(t)
	message := []byte("pass code header")
	sig, err := k.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := sm2.CalculateSM2Hash(k.Public(), message, []byte("1234567812345678"))
	if err != nil {
		t.Fatal(err)
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	if !sm2.Verify(k.Public(), digest, r, s) {
		t.Error("the library refuses our signature")
	}
	r, s, err = sm2.Sign(rand.Reader, &k.Private().PrivateKey, digest)
	if err != nil {
		t.Fatal(err)
	}
	theirs := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	if !gm.VerifySM2(k.Public(), message, theirs) {
		t.Error("we refuse the library's signature")
	}
	other, _ := sm2.CalculateSM2Hash(k.Public(), message, []byte("ALICE123@YAHOO.COM"))
	r, s, _ = sm2.Sign(rand.Reader, &k.Private().PrivateKey, other)
	theirs = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	if gm.VerifySM2(k.Public(), message, theirs) {
		t.Error("another user id verifies")
	}
}

func TestVerifyRefuses(t *testing.T) {
	k, stranger := passSigner(t), passSigner(t)
	message := []byte("pass code header!")
	sig, _ := k.Sign(message)
	n := sm2.P256().Params().N
	zero, order := make([]byte, 32), n.Bytes()
	r, s := sig[:32], sig[32:]
	minus := func(a []byte) []byte {
		return new(big.Int).Sub(n, new(big.Int).SetBytes(a)).FillBytes(make([]byte, 32))
	}
	cases := map[string][]byte{
		"nil": nil, "empty": {}, "one half": r, "65 bytes": append(slices.Clone(sig), 0), "a zero before s": slices.Concat(r, []byte{0}, s),
		"r zero": slices.Concat(zero, s), "s zero": slices.Concat(r, zero), "both zero": make([]byte, 64),
		"r = n": slices.Concat(order, s), "s = n": slices.Concat(r, order), "swapped": slices.Concat(s, r),
		"all ones":  bytes.Repeat([]byte{255}, 64),
		"s negated": slices.Concat(r, minus(s)), "r negated": slices.Concat(minus(r), s), "r + s = n": slices.Concat(r, minus(r)),
	}
	for name, bad := range cases {
		if gm.VerifySM2(k.Public(), message, bad) {
			t.Errorf("%s verifies", name)
		}
	}
	flipEveryBit(t, sig, func(b []byte) error {
		if gm.VerifySM2(k.Public(), message, b) {
			return nil
		}
		return gm.ErrSealed
	})
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for name, pub := range map[string]*ecdsa.PublicKey{"stranger": stranger.Public(), "nil": nil, "empty": {}, "NIST curve": &p256.PublicKey} {
		if gm.VerifySM2(pub, message, sig) {
			t.Errorf("key %s verifies", name)
		}
	}
}

func TestParsePublicRefuses(t *testing.T) {
	good := passSigner(t).PublicBytes()
	off := slices.Clone(good)
	off[64] ^= 1
	hybrid := slices.Clone(good)
	hybrid[0] = 6 | good[64]&1
	compressed := slices.Concat([]byte{2 | good[64]&1}, good[1:33])
	nist := elliptic.P256().Params()
	for name, b := range map[string][]byte{
		"nil": nil, "infinity": {0}, "short": good[:64], "long": append(slices.Clone(good), 0), "off the curve": off,
		"compressed": compressed, "hybrid": hybrid, "zeros": append([]byte{4}, make([]byte, 64)...),
		"beyond the field": append([]byte{4}, bytes.Repeat([]byte{255}, 64)...),
		"NIST curve":       slices.Concat([]byte{4}, nist.Gx.Bytes(), nist.Gy.Bytes()),
	} {
		if _, err := gm.ParsePublic(b); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if pub, err := gm.ParsePublic(good); err != nil || !sm2.IsSM2PublicKey(pub) {
		t.Errorf("good key: %v", err)
	}
}

func TestJWK(t *testing.T) {
	k := passSigner(t)
	text, err := json.Marshal(k.JWK())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	x, errX := base64.RawURLEncoding.DecodeString(got["x"])
	y, errY := base64.RawURLEncoding.DecodeString(got["y"])
	if errX != nil || errY != nil || !bytes.Equal(slices.Concat([]byte{4}, x, y), k.PublicBytes()) {
		t.Errorf("coordinates of %s", text)
	}
	delete(got, "x")
	delete(got, "y")
	want := map[string]string{"kty": "EC", "crv": "SM2", "kid": "513", "use": "sig", "alg": "SM2SM3"}
	if len(got) != len(want) {
		t.Errorf("members of %s", text)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
}

func TestPublicBytesIsACopy(t *testing.T) {
	k := passSigner(t)
	k.PublicBytes()[1] ^= 1
	if _, err := gm.ParsePublic(k.PublicBytes()); err != nil {
		t.Error("a caller changed the key")
	}
}
