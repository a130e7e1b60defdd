package passcode

import (
	"errors"

	"github.com/emmansun/gmsm/sm2"
)

// errNoPair cannot happen with a gmsm that keeps to its own documentation.
var errNoPair = errors.New("passcode: the signature is not a pair of numbers")

// Signer makes codes with one community's key. It is safe for concurrent use.
type Signer struct {
	key *sm2.PrivateKey
	id  identity
}

// NewSigner prepares a key, which must not be changed afterwards. It signs and
// verifies once, so that a private key stored beside another's public key is
// ErrKey here and not a queue of people at a gate.
func NewSigner(key *sm2.PrivateKey) (*Signer, error) {
	if key == nil {
		return nil, ErrKey
	}
	verifier, err := NewVerifier(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	s := &Signer{key: key, id: verifier.id}
	trial := Code{Header: Header{Format: Rotating, Kind: Resident}}
	if trial.Signature, err = s.signature(&trial.Header); err != nil {
		return nil, errors.Join(ErrKey, err)
	}
	if !verifier.Verify(&trial) {
		return nil, ErrKey
	}
	return s, nil
}

// Sign makes the text of a code: 122 characters. Two calls with the same header
// give different texts, both genuine, so that a caller who wants the symbol to
// stand still keeps the text for its window. A header that the format cannot
// hold is ErrHeader.
func (s *Signer) Sign(h Header) (string, error) {
	if err := h.check(); err != nil {
		return "", err
	}
	signature, err := s.signature(&h)
	if err != nil {
		return "", err
	}
	var header [headerSize]byte
	h.put(&header)
	return textOf(&header, &signature), nil
}

func (s *Signer) signature(h *Header) ([signatureSize]byte, error) {
	var header [headerSize]byte
	h.put(&header)
	return sign(s.key, s.id.digest(&header))
}
