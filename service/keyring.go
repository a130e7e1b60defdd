package service

import (
	"context"
	"errors"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// KeyRing manages the keys: next → active → retiring → retired. It is for the
// operator; what is refused says why in the error's cause.
type KeyRing struct{ Deps }

// NewKeyRing makes the use cases of the key ring.
func NewKeyRing(d Deps) *KeyRing { return &KeyRing{Deps: d} }

// operator is who the audit log names for work on keys.
var operator = model.Caller{Kind: model.CallerSystem, AccountID: "operator"}

const (
	// passKeyOverlap is a day, for which a gate may decide by an old bundle, and the
	// life of the last strip that was signed before the new key signed; codes that were
	// fetched ahead live shorter.
	passKeyOverlap = bundleLife + (passcode.MaxStripWindows+1)*passcode.StepSeconds*time.Second
	// keyOverlap is for what replicas and clients remember of other keys.
	keyOverlap = time.Hour
)

// overlap is how long a key stays accepted after a newer one took its place.
func overlap(p model.KeyPurpose) time.Duration {
	switch p {
	case model.KeyPass:
		return passKeyOverlap
	case model.KeyPlatform:
		return bundleLife // gates verify their bundle by it
	default:
		return keyOverlap // longer than an access token, and than the feed's delay
	}
}

// List gives all keys without their secrets.
func (r *KeyRing) List(ctx context.Context) ([]model.Key, error) {
	keys, err := r.Store.View(ctx).Keys()
	for i := range keys {
		keys[i].Wrapped = nil
	}
	return keys, err
}

// Create makes the next key of a line; it is published at once and used after
// Activate. Let gates fetch it first: a day, or what their heartbeats show. A pass
// key needs its community. An index key is made once. Errors: not_found,
// state_changed, invalid.
func (r *KeyRing) Create(ctx context.Context, purpose model.KeyPurpose, communityID string) (model.Key, error) {
	if purpose == model.KeyPass {
		if _, ok := r.Directory.Community(communityID); !ok {
			return model.Key{}, model.NotFound()
		}
	}
	var key model.Key
	err := r.change(ctx, func(tx *store.Tx) (err error) {
		key, err = r.add(tx, purpose, communityID, model.KeyNext)
		return err
	})
	key.Wrapped = nil
	return key, err
}

// add stores a new key in state next or active.
func (r *KeyRing) add(tx *store.Tx, purpose model.KeyPurpose, communityID string, state model.KeyState) (model.Key, error) {
	line, err := tx.KeysOf(purpose, communityID)
	if err != nil {
		return model.Key{}, err
	}
	if purpose == model.KeyIndex && len(line) > 0 {
		return model.Key{}, refused(line[0].State, "an index key cannot be rotated: every index would have to be made again")
	}
	var last uint16
	if len(line) > 0 {
		last = line[len(line)-1].Number
	}
	// After 65535 comes 0, which Generate refuses.
	key, err := gm.Generate(r.Directory.master, purpose, communityID, last+1, r.Clock.Now())
	if err != nil {
		return model.Key{}, err
	}
	if key.State = state; state == model.KeyActive {
		key.ActivatedAt = key.CreatedAt
	}
	if err := tx.CreateKey(key); err != nil {
		return model.Key{}, err
	}
	return key, r.record(tx, &key, "key.create", state)
}

// record writes what befell a key.
func (r *KeyRing) record(tx *store.Tx, k *model.Key, action string, state model.KeyState) error {
	if err := tx.Changed(model.ChangeKeys, k.CommunityID, k.ID); err != nil {
		return err
	}
	return tx.Audit(&operator, k.CommunityID, action, "key", k.ID, map[string]string{"purpose": string(k.Purpose), "state": string(state)})
}

// change runs a transaction on the ring, again when somebody else took the same
// number, and then opens the ring anew here.
func (r *KeyRing) change(ctx context.Context, fn func(tx *store.Tx) error) error {
	err := r.Store.Update(ctx, fn)
	for try := 1; model.CodeOf(err) == model.CodeConflict && try < numberAttempts; try++ {
		err = r.Store.Update(ctx, fn)
	}
	if err == nil {
		r.showHere(ctx, r.Directory.LoadKeys)
	}
	return err
}

// EnsureFirst makes and activates what is missing of the keys that a platform
// cannot do without (data, session, index, platform), and says which it made.
func (r *KeyRing) EnsureFirst(ctx context.Context) ([]model.Key, error) {
	var made []model.Key
	err := r.change(ctx, func(tx *store.Tx) error {
		made = nil
		for _, p := range []model.KeyPurpose{model.KeyData, model.KeySession, model.KeyIndex, model.KeyPlatform} {
			key, err := r.ensure(tx, p)
			if err != nil {
				return err
			}
			if key.ID != "" {
				key.Wrapped = nil
				made = append(made, key)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// ensure makes an active key of a purpose, unless there is one.
func (r *KeyRing) ensure(tx *store.Tx, p model.KeyPurpose) (model.Key, error) {
	line, err := tx.KeysOf(p, "")
	if err != nil {
		return model.Key{}, err
	}
	for _, k := range line {
		if k.State == model.KeyActive {
			return model.Key{}, nil
		}
	}
	return r.add(tx, p, "", model.KeyActive)
}

// refused says why a step of a key's life cannot be taken now.
func refused(state model.KeyState, why string) error {
	return &model.Error{Code: model.CodeStateChanged, State: string(state), Cause: errors.New(why)}
}
