package day

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// proven verifies the proof of an act by docs/audit.md, with no code of the server's:
// the entry, the links from it, the anchor that they lead to, and its signature.
func proven(proof, keys object) error {
	entry, anchor := proof.in("entry"), proof.in("anchor")
	var text []byte
	for _, field := range []string{"id", "at_ms", "community_id", "actor_kind", "actor_id", "action", "target_kind", "target_id", "detail"} {
		text = append(append(text, written(entry[field])...), 0)
	}
	digest := sm3.Sum(text)
	hash, err := hex.DecodeString(proof.text("previous_hash"))
	if err != nil {
		return err
	}
	for i, link := range proof.items("links") {
		own, err := hex.DecodeString(link.text("digest"))
		if err != nil {
			return err
		}
		if i == 0 && !bytes.Equal(own, digest[:]) {
			return errors.New("the entry is not what its link binds")
		}
		next := sm3.Sum(append(hash, own...))
		hash = next[:]
	}
	if len(proof.items("links")) == 0 || hex.EncodeToString(hash) != anchor.text("hash") {
		return errors.New("the links do not lead to the anchor")
	}
	signed := "communitypass-anchor-1\n"
	for _, field := range []string{"day", "seq", "hash", "entries", "batches", "passages", "previous_seq", "previous_hash", "at"} {
		signed += written(anchor[field]) + "\n"
	}
	for _, key := range keys.items("keys") {
		if key.text("kid") == anchor.text("kid") {
			return signedBy(key, []byte(signed), anchor.text("signature"))
		}
	}
	return fmt.Errorf("there is no key %s", anchor.text("kid"))
}

// written is a text as it is, or a whole number in decimal.
func written(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatInt(int64(n), 10)
	}
	s, _ := v.(string)
	return s
}

// signedBy verifies SM2 with SM3 and the default user id: r and s in hexadecimal, by a
// public key of the key set.
func signedBy(key object, message []byte, signature string) error {
	x, errX := base64.RawURLEncoding.DecodeString(key.text("x"))
	y, errY := base64.RawURLEncoding.DecodeString(key.text("y"))
	raw, errS := hex.DecodeString(signature)
	if err := errors.Join(errX, errY, errS); err != nil || len(raw) != 64 {
		return fmt.Errorf("key or signature cannot be read: %w", err)
	}
	public, err := sm2.NewPublicKey(append(append([]byte{4}, x...), y...))
	if err != nil {
		return err
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[:32]))
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[32:]))
	})
	der, err := b.Bytes()
	if err != nil {
		return err
	}
	if !sm2.VerifyASN1WithSM2(public, nil, message, der) {
		return errors.New("the signature does not fit")
	}
	return nil
}
