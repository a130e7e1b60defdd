package gm

import (
	"crypto/ecdsa"
	"errors"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"communitypass.cn/communitypass/model"
)

const (
	coordinateSize = 32
	pointSize      = 1 + 2*coordinateSize
	signatureSize  = 2 * coordinateSize
)

// ParsePublic reads an uncompressed SM2 point (4 ‖ x ‖ y, 65 bytes) and checks
// that it lies on the curve; else model.CodeInvalid.
func ParsePublic(b []byte) (*ecdsa.PublicKey, error) {
	if len(b) != pointSize {
		return nil, model.Invalid(model.FieldError{Field: "public_key", Code: "format"})
	}
	pub, err := sm2.NewPublicKey(b)
	if err != nil { // not on the curve, or of another form
		return nil, model.Invalid(model.FieldError{Field: "public_key", Code: "format"})
	}
	return pub, nil
}

// VerifySM2 reports whether sig (r ‖ s, 64 bytes) signs message for pub, with
// SM3 and the default user id of GM/T 0009 (1234567812345678). Keep pub rather
// than parse it each time: its digest is remembered with it.
func VerifySM2(pub *ecdsa.PublicKey, message, sig []byte) bool {
	if pub == nil || len(sig) != signatureSize {
		return false
	}
	h, err := sm2.NewHash(pub)
	if err != nil {
		return false
	}
	h.Write(message)
	der, err := derSignature(sig)
	return err == nil && sm2.VerifyASN1(pub, h.Sum(nil), der)
}

// rawSignature turns the library's SEQUENCE of two INTEGERs into r ‖ s.
func rawSignature(der []byte) ([]byte, error) {
	var seq cryptobyte.String
	var r, s big.Int
	in := cryptobyte.String(der)
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !seq.ReadASN1Integer(&r) || !seq.ReadASN1Integer(&s) {
		return nil, model.Fail(model.CodeInternal, errors.New("SM2 signature is not DER"))
	}
	raw := make([]byte, signatureSize)
	r.FillBytes(raw[:coordinateSize])
	s.FillBytes(raw[coordinateSize:])
	return raw, nil
}

// derSignature turns r ‖ s into the SEQUENCE that the library verifies.
func derSignature(raw []byte) ([]byte, error) {
	r := new(big.Int).SetBytes(raw[:coordinateSize])
	s := new(big.Int).SetBytes(raw[coordinateSize:])
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(r)
		b.AddASN1BigInt(s)
	})
	return b.Bytes()
}
