package gm

import (
	"slices"

	"communitypass.cn/communitypass/model"
)

// Ring is an immutable snapshot of the live keys, opened. It is safe for
// concurrent use; after a rotation a new one takes its place. New work uses the
// active key of a purpose (of several, the one of the highest number); what was
// made under any live key is accepted; retired keys are not in it.
type Ring struct {
	data       map[uint16]box
	activeData uint16 // 0: none
	sessions   []session
	index      *MAC
	pass       map[string][]*SM2Key
	platform   []*SM2Key
}

// NewRing opens the keys that are next, active or retiring. A failure is
// model.CodeKeyMissing and names the id of a key, nothing more; it is ErrMaster
// when the master key opens none of them. A ring without keys is valid and
// refuses work: see Missing.
func NewRing(m Master, keys []model.Key) (*Ring, error) {
	live, err := openAll(m, keys)
	if err != nil {
		return nil, err
	}
	r := &Ring{data: map[uint16]box{}, pass: map[string][]*SM2Key{}}
	for _, k := range live {
		if err := r.add(k); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// add puts one key in its place. Keys come in rising number.
func (r *Ring) add(k opened) error {
	switch k.Purpose {
	case model.KeyData:
		return r.addData(k)
	case model.KeyIndex:
		return r.addIndex(k)
	case model.KeySession:
		return r.addSession(k)
	}
	key, err := newSM2Key(k)
	if err != nil {
		return err
	}
	if k.Purpose == model.KeyPass {
		r.pass[k.CommunityID] = append(r.pass[k.CommunityID], key)
	} else {
		r.platform = append(r.platform, key)
	}
	return nil
}

func (r *Ring) addData(k opened) error {
	b, err := newBox(k.secret)
	if err != nil {
		return badKey(k.ID, "its secret is not an SM4 key")
	}
	r.data[k.Number] = b
	if k.State == model.KeyActive {
		r.activeData = k.Number
	}
	return nil
}

// addIndex takes the active key alone: an index made under any other key would
// not be found.
func (r *Ring) addIndex(k opened) error {
	if k.State != model.KeyActive {
		return nil
	}
	if r.index != nil {
		return badKey(k.ID, "there is another active index key")
	}
	if len(k.secret) != macKeySize {
		return badKey(k.ID, "its secret has a wrong size")
	}
	r.index = NewHMAC(k.secret)
	return nil
}

// Missing lists the purposes of the platform that have no active key, so that a
// server can refuse to start. Pass keys are not among them: a community gets
// its own when it is made.
func (r *Ring) Missing() []model.KeyPurpose {
	var out []model.KeyPurpose
	if r.activeData == 0 {
		out = append(out, model.KeyData)
	}
	if _, ok := r.signingSession(); !ok {
		out = append(out, model.KeySession)
	}
	if r.index == nil {
		out = append(out, model.KeyIndex)
	}
	if _, ok := r.Platform(); !ok {
		out = append(out, model.KeyPlatform)
	}
	return out
}

// PassSigner is the key that signs a community's new pass codes.
func (r *Ring) PassSigner(communityID string) (*SM2Key, bool) {
	return lastActive(r.pass[communityID])
}

// PassKeys are the keys whose codes a community accepts, in rising number. The
// next one is among them: it is published before it is used.
func (r *Ring) PassKeys(communityID string) []*SM2Key {
	return slices.Clone(r.pass[communityID])
}

// AllPassKeys are the live pass keys of all communities, by community and number.
func (r *Ring) AllPassKeys() []*SM2Key {
	var out []*SM2Key
	for _, keys := range r.pass {
		out = append(out, keys...)
	}
	slices.SortFunc(out, bySM2Place)
	return out
}

// Platform is the key that signs what leaves in the platform's name.
func (r *Ring) Platform() (*SM2Key, bool) { return lastActive(r.platform) }

// PlatformKeys are the live keys of the platform, in rising number.
func (r *Ring) PlatformKeys() []*SM2Key { return slices.Clone(r.platform) }

func lastActive(keys []*SM2Key) (*SM2Key, bool) {
	for _, k := range slices.Backward(keys) {
		if k.State == model.KeyActive {
			return k, true
		}
	}
	return nil, false
}
