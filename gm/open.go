package gm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"communitypass.cn/communitypass/model"
)

// ErrMaster says that the master key does not fit the stored keys.
var ErrMaster = errors.New("the master key does not fit the stored keys")

// opened is a live key with its secret.
type opened struct {
	model.Key
	secret []byte
}

// openAll unwraps the live keys (next, active, retiring) in the order of
// purpose, community and number. Retired keys are left closed: they are refused
// anyway, and what is not in memory cannot leak.
func openAll(m Master, keys []model.Key) ([]opened, error) {
	b, err := m.box()
	if err != nil {
		return nil, err
	}
	live, err := liveKeys(keys)
	if err != nil {
		return nil, err
	}
	var closed string
	out := make([]opened, 0, len(live))
	for _, k := range live {
		secret, err := b.open(k.Wrapped, identity(k))
		if err != nil {
			closed = k.ID
			continue
		}
		out = append(out, opened{k, secret})
	}
	switch {
	case closed == "":
		return out, nil
	case len(out) == 0:
		return nil, model.Fail(model.CodeKeyMissing, fmt.Errorf("%w (key %s)", ErrMaster, closed))
	default:
		return nil, badKey(closed, "its record was changed or wrapped by another master key")
	}
}

// liveKeys picks the keys to open, sorted, and refuses records that contradict
// each other. A purpose it does not know is a newer release's, running beside
// this one, and is left out.
func liveKeys(keys []model.Key) ([]model.Key, error) {
	var live []model.Key
	for _, k := range keys {
		switch k.State {
		case model.KeyRetired:
			continue
		case model.KeyNext, model.KeyActive, model.KeyRetiring:
		default:
			return nil, badKey(k.ID, "its state is unknown")
		}
		if isKnown(k.Purpose) {
			live = append(live, k)
		}
	}
	slices.SortFunc(live, byPlace)
	for i := 1; i < len(live); i++ {
		if byPlace(live[i-1], live[i]) == 0 {
			return nil, badKey(live[i].ID, "another key has the same number")
		}
	}
	return live, nil
}

// byPlace orders keys by purpose, community and number, which name one key.
func byPlace(a, b model.Key) int {
	return cmp.Or(
		cmp.Compare(a.Purpose, b.Purpose),
		cmp.Compare(a.CommunityID, b.CommunityID),
		cmp.Compare(a.Number, b.Number),
	)
}

// badKey names a key only by its id: nothing else of it belongs in a log.
func badKey(id, why string) error {
	return model.Fail(model.CodeKeyMissing, fmt.Errorf("key %s cannot be used: %s", id, why))
}
