package service

import (
	"context"
	"fmt"
	"sync/atomic"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// System tells how the process itself is.
type System struct {
	Deps
	// migrated remembers a schema that was new enough: schemas only grow, and
	// asking costs more than everything else here.
	migrated atomic.Bool
	serving  func() bool
}

// NewSystem makes it. serving says whether the process wants requests: not while
// it starts or stops; nil is always.
func NewSystem(d Deps, serving func() bool) *System { return &System{Deps: d, serving: serving} }

// Ready fails with unavailable unless the process serves, the database answers within two seconds,
// has the schema that this program needs, and all keys of the platform are there.
func (s *System) Ready(ctx context.Context) error {
	if s.serving != nil && !s.serving() {
		return model.FailLater(model.CodeUnavailable, 5)
	}
	if err := s.Store.Ping(ctx); err != nil {
		return model.FailLater(model.CodeUnavailable, 1, err)
	}
	if !s.migrated.Load() {
		schema, err := s.Store.Schema(ctx)
		if err != nil {
			return model.FailLater(model.CodeUnavailable, 1, err)
		}
		if schema.Old() {
			return model.FailLater(model.CodeUnavailable, 1, fmt.Errorf("the schema is at step %d of %d", schema.Current, schema.Wanted))
		}
		s.migrated.Store(true)
	}
	ring := s.Directory.Ring()
	if ring == nil {
		return model.FailLater(model.CodeUnavailable, 1, fmt.Errorf("the keys are not loaded"))
	}
	if missing := ring.Missing(); len(missing) > 0 {
		return model.FailLater(model.CodeUnavailable, 1, fmt.Errorf("no active key for %v", missing))
	}
	return nil
}

// PublicKey is the public half of a key that others verify by.
type PublicKey struct {
	JWK     gm.JWK
	Purpose model.KeyPurpose
	// CommunityNumber is 0 for keys of the platform.
	CommunityNumber uint32
	Number          uint16
	State           model.KeyState
}

// ID is unique among all keys: purpose, community's number, key's number. Codes
// and bundles carry the numbers.
func (k PublicKey) ID() string {
	return fmt.Sprintf("%s-%d-%d", k.Purpose, k.CommunityNumber, k.Number)
}

// PublicKeys are those of all communities and of the platform, next ones too:
// they are published before they are used.
func (s *System) PublicKeys() []PublicKey {
	ring := s.Directory.Ring()
	if ring == nil {
		return nil
	}
	var out []PublicKey
	for _, k := range ring.AllPassKeys() {
		if c, ok := s.Directory.Community(k.CommunityID); ok {
			out = append(out, publicKey(k, model.KeyPass, c.Number))
		}
	}
	for _, k := range ring.PlatformKeys() {
		out = append(out, publicKey(k, model.KeyPlatform, 0))
	}
	return out
}

func publicKey(k *gm.SM2Key, purpose model.KeyPurpose, community uint32) PublicKey {
	return PublicKey{JWK: k.JWK(), Purpose: purpose, CommunityNumber: community, Number: k.Number, State: k.State}
}
