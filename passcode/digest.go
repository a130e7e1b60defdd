package passcode

import (
	"crypto/ecdsa"
	"errors"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// userID is the default distinguishing id of GM/T 0009, which every verifier has
// built in. It is fixed: a code signed under another id is not ours.
const userID = "1234567812345678"

// ErrKey is the answer to a key that is missing, not on the SM2 curve, or whose
// two halves do not belong together.
var ErrKey = errors.New("passcode: not an SM2 key")

// identity is ZA of GB/T 32918.2: the SM3 digest of the user id, the curve and
// the public key. It stands at the head of every message that the key signs and
// is computed once per key.
type identity [sm3.Size]byte

func identityOf(pub *ecdsa.PublicKey) (id identity, err error) {
	if pub == nil {
		return id, ErrKey
	}
	za, err := sm2.CalculateZA(pub, []byte(userID))
	if err != nil {
		return id, errors.Join(ErrKey, err)
	}
	copy(id[:], za)
	return id, nil
}

// digest is what SM2 signs: SM3 of ZA and the header, one block of the hash.
func (id *identity) digest(header *[headerSize]byte) [sm3.Size]byte {
	var message [sm3.Size + headerSize]byte
	copy(message[:], id[:])
	copy(message[sm3.Size:], header[:])
	return sm3.Sum(message[:])
}

// digestSize is that of SM3.
const digestSize = sm3.Size

// digestOf is digest for a message of any length.
func (id *identity) digestOf(message []byte) [digestSize]byte {
	return sm3.Sum(append(id[:len(id):len(id)], message...))
}
