package gm

import (
	"errors"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"
)

// wrap seals the secret of k under the master key, bound to what k is.
func (m Master) wrap(k model.Key, secret []byte) ([]byte, error) {
	b, err := m.box()
	if err != nil {
		return nil, err
	}
	return b.seal(nil, secret, identity(k)), nil
}

// box keys a cipher with the master key; a zero Master is CodeKeyMissing.
func (m Master) box() (box, error) {
	if m.reveal == nil {
		return nil, model.Fail(model.CodeKeyMissing, errors.New("no master key is given"))
	}
	key := m.reveal()
	return newBox(key[:])
}

// identity is what of a key never changes. It is bound to the wrapped secret, so
// that a row edited in the database (another id, purpose, community or number)
// does not open. State and dates change in a key's life and are left out.
func identity(k model.Key) []byte {
	return boundTo("key", strings.Join([]string{
		k.ID, string(k.Purpose), k.CommunityID, strconv.Itoa(int(k.Number)),
	}, "\x00"))
}
