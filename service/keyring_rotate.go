package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Activate makes a next key the one that new work uses; the one before is accepted
// until it is retired. A pass or platform key waits until the gates that were heard of
// late hold it, unless forced: then the audit log names the gates that were left out.
// Errors: not_found, state_changed when it is not next, another activation came first, or
// gates lack it.
func (r *KeyRing) Activate(ctx context.Context, id string, force bool) (model.Key, error) {
	left, err := r.LeftOut(ctx, id)
	if err == nil && !force {
		err = mayLeaveOut(left)
	}
	if err != nil {
		return model.Key{}, err
	}
	var key model.Key
	err = r.change(ctx, func(tx *store.Tx) (err error) {
		if key, err = tx.Key(id); err != nil {
			return err
		}
		if key.State != model.KeyNext {
			return refused(key.State, "only a key that is next can be activated")
		}
		if err := r.relieve(tx, &key); err != nil {
			return err
		}
		if err := r.recordLeftOut(tx, &key, left); err != nil {
			return err
		}
		return r.move(tx, &key, model.KeyActive, "key.activate")
	})
	if err != nil {
		return model.Key{}, err
	}
	return r.shown(ctx, id)
}

// relieve moves the active key of another's line to retiring.
func (r *KeyRing) relieve(tx *store.Tx, by *model.Key) error {
	line, err := tx.KeysOf(by.Purpose, by.CommunityID)
	if err != nil {
		return err
	}
	for _, k := range line {
		if k.State == model.KeyActive && k.ID != by.ID {
			if err := r.move(tx, &k, model.KeyRetiring, "key.relieve"); err != nil {
				return err
			}
		}
	}
	return nil
}

// move takes one step and records it; of two at once one fails.
func (r *KeyRing) move(tx *store.Tx, k *model.Key, to model.KeyState, action string) error {
	moved, err := tx.MoveKey(k.ID, k.State, to)
	if err != nil {
		return err
	}
	if !moved {
		return refused(k.State, "the key was changed by somebody else meanwhile")
	}
	return r.record(tx, k, action, to)
}

func (r *KeyRing) shown(ctx context.Context, id string) (model.Key, error) {
	k, err := r.Store.View(ctx).Key(id)
	k.Wrapped = nil
	return k, err
}

// Retire ends a key: what it signed is refused, its secret is gone. It waits until
// nothing that it made can still be of use: state_changed says until when, or what
// still needs it.
//
// With force, for a key that leaked, a pass, session or platform key ends at once
// in whatever state it is; the active one is replaced in the same moment. A data
// key is never forced, since what it sealed would be lost.
func (r *KeyRing) Retire(ctx context.Context, id string, force bool) (model.Key, error) {
	err := r.change(ctx, func(tx *store.Tx) error {
		key, err := tx.Key(id)
		if err != nil {
			return err
		}
		action := "key.retire"
		if force && key.Purpose != model.KeyData && key.Purpose != model.KeyIndex && key.State != model.KeyRetired {
			action = "key.revoke"
			err = r.replace(tx, &key)
		} else {
			err = r.mayRetire(tx, &key)
		}
		if err != nil {
			return err
		}
		return r.move(tx, &key, model.KeyRetired, action)
	})
	if err != nil {
		return model.Key{}, err
	}
	return r.shown(ctx, id)
}

// replace puts another key into the place of an active one that ends at once: the
// newest that is next, since gates hold it already and believe what it signs, else a
// new one. A new platform key is believed by no agent that is enrolled.
func (r *KeyRing) replace(tx *store.Tx, k *model.Key) error {
	if k.State != model.KeyActive {
		return nil
	}
	line, err := tx.KeysOf(k.Purpose, k.CommunityID)
	if err != nil {
		return err
	}
	for _, heir := range slices.Backward(line) {
		if heir.State == model.KeyNext {
			return r.move(tx, &heir, model.KeyActive, "key.activate")
		}
	}
	_, err = r.add(tx, k.Purpose, k.CommunityID, model.KeyActive)
	return err
}

func (r *KeyRing) mayRetire(tx *store.Tx, k *model.Key) error {
	if k.Purpose == model.KeyIndex {
		return refused(k.State, "an index key cannot be rotated: every index would have to be made again")
	}
	if k.State != model.KeyRetiring {
		return refused(k.State, "only a key that is retiring can be retired: activate another one first")
	}
	if until := k.RetiringAt + overlap(k.Purpose).Milliseconds(); r.now() < until {
		return refused(k.State, "what the key made may still be in use until "+model.FromMillis(until).Format(time.RFC3339))
	}
	switch k.Purpose {
	case model.KeyData:
	case model.KeyPass:
		return r.noCards(tx, k)
	default:
		return nil
	}
	left, err := tx.SealedUnder(k.Number)
	if err == nil && left > 0 {
		return refused(k.State, fmt.Sprintf("%d values are still sealed under the key: rewrap them; answers kept for repeated requests go by themselves within a day", left))
	}
	return err
}

// noCards refuses to end a key while printed cards that it signed are good: unlike
// codes on phones, they are not signed anew.
func (r *KeyRing) noCards(tx *store.Tx, k *model.Key) error {
	left, err := tx.CardsUnder(k.CommunityID, k.Number)
	if err == nil && left > 0 {
		return refused(k.State, fmt.Sprintf("%d printed cards that the key signed are still good: let them run out, or revoke or reissue them", left))
	}
	return err
}

// Rewrap moves what retiring data keys have sealed to the active one, in
// transactions of limit values, and says how many it moved. It goes on until
// nothing is left or ctx ends, and may be run again.
func (r *KeyRing) Rewrap(ctx context.Context, limit int) (int, error) {
	line, err := r.Store.View(ctx).KeysOf(model.KeyData, "")
	if err != nil {
		return 0, err
	}
	total := 0
	for _, k := range line {
		if k.State != model.KeyRetiring {
			continue
		}
		n, err := r.rewrap(ctx, &k, limit)
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

func (r *KeyRing) rewrap(ctx context.Context, k *model.Key, limit int) (int, error) {
	total := 0
	for {
		var n int
		err := r.Store.Update(ctx, func(tx *store.Tx) (err error) {
			if n, err = tx.Rewrap(k.Number, limit); err != nil || n == 0 {
				return err
			}
			return tx.Audit(&operator, "", "key.rewrap", "key", k.ID, map[string]string{"count": fmt.Sprint(n)})
		})
		if err != nil || n == 0 {
			return total, err
		}
		total += n
	}
}
