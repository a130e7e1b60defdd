package agent

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

// Errors of a bundle that is refused; the one before it stays in force.
var (
	ErrBundleForged  = errors.New("the bundle is not signed by a platform key that this agent believes")
	ErrBundleBroken  = errors.New("the bundle cannot be read")
	ErrBundleForeign = errors.New("the bundle is another gate's")
	ErrBundleOlder   = errors.New("the bundle is older than the one in force")
)

// bundleRefused says that a bundle came, and is none to go by.
func bundleRefused(err error) bool {
	return slices.ContainsFunc([]error{ErrBundleForged, ErrBundleBroken, ErrBundleForeign, ErrBundleOlder}, func(one error) bool { return errors.Is(err, one) })
}

// SignedBundle is a bundle as the server gave it, and as it lies on the disk, sealed.
type SignedBundle struct {
	Payload   []byte `json:"payload"`
	Signature []byte `json:"signature"`
	KeyID     string `json:"key_id"`
	Version   string `json:"version"`
}

// Bundle is a bundle in force, arranged for looking things up.
type Bundle struct {
	admission.Bundle
	Version string

	// mark is the hex of SM3 over what was signed.
	mark   string
	keys   map[uint16]*passcode.Verifier
	groups map[uint16]*admission.Group
	// withdrawn are the numbers of passes of which nothing else is known, sorted: eight
	// bytes each, since there may be very many.
	withdrawn []uint64
	others    map[uint64]admission.Pass
	agents    map[string]*ecdsa.PublicKey
}

// Trust is the platform's public keys by their id, as uncompressed SM2 points.
type Trust map[string][]byte

// ReadBundle verifies a bundle and arranges it. It must be signed by a believed key,
// be of this gate, and not be older than the one in force, which may be nil.
func ReadBundle(s SignedBundle, trust Trust, gateID string, inForce *Bundle) (*Bundle, error) {
	key, err := gm.ParsePublic(trust[s.KeyID])
	if err != nil || !gm.VerifySM2(key, s.Payload, s.Signature) {
		return nil, ErrBundleForged
	}
	b := &Bundle{Version: s.Version, keys: map[uint16]*passcode.Verifier{}, groups: map[uint16]*admission.Group{},
		others: map[uint64]admission.Pass{}, agents: map[string]*ecdsa.PublicKey{}}
	if err := json.Unmarshal(s.Payload, &b.Bundle); err != nil || b.Format != admission.BundleFormat || b.Rules == nil {
		return nil, ErrBundleBroken
	}
	if b.Gate.ID != gateID || b.Gate.Community != b.Community {
		return nil, ErrBundleForeign
	}
	if inForce != nil && b.before(inForce) {
		return nil, ErrBundleOlder
	}
	b.mark = hex.EncodeToString(gm.SM3(s.Payload))
	return b, b.arrange()
}

// before says that a bundle was issued before another. It is the time that orders them:
// a server that was put back to a backup counts the versions of its rules from there.
// Of one time, the later rules are the later bundle.
func (b *Bundle) before(other *Bundle) bool {
	if b.IssuedAt != other.IssuedAt {
		return b.IssuedAt < other.IssuedAt
	}
	return b.Rules.Version < other.Rules.Version
}

func (b *Bundle) arrange() error {
	for _, k := range b.Keys {
		public, err := gm.ParsePublic(k.Public)
		if err != nil {
			return ErrBundleBroken
		}
		if b.keys[k.Number], err = passcode.NewVerifier(public); err != nil {
			return ErrBundleBroken
		}
	}
	for i := range b.Groups {
		b.groups[b.Groups[i].Number] = &b.Groups[i].Group
	}
	for _, a := range b.Agents {
		public, err := gm.ParsePublic(a.Public)
		if err != nil {
			return ErrBundleBroken
		}
		b.agents[a.Device] = public
	}
	for _, p := range b.Passes {
		if p.Pass == (admission.Pass{Withdrawn: true}) {
			b.withdrawn = append(b.withdrawn, p.Number)
		} else {
			b.others[p.Number] = p.Pass
		}
	}
	slices.Sort(b.withdrawn)
	b.withdrawn = slices.Clip(b.withdrawn)
	b.Passes = nil // arranged: the list itself is not needed any more
	return nil
}

// Lookup is what the bundle knows of a pass, and whether it is listed at all.
func (b *Bundle) Lookup(number uint64) (p admission.Pass, listed bool) {
	p, known := b.pass(number)
	return p, known == admission.Known
}

// pass is what the bundle knows of a pass.
func (b *Bundle) pass(number uint64) (admission.Pass, admission.Knowledge) {
	if _, found := slices.BinarySearch(b.withdrawn, number); found {
		return admission.Pass{Withdrawn: true}, admission.Known
	}
	if p, ok := b.others[number]; ok {
		return p, admission.Known
	}
	return admission.Pass{}, admission.Unlisted
}

// trust are the platform keys to believe once this bundle is believed.
func (b *Bundle) trust() Trust {
	out := Trust{}
	for _, k := range b.Platform {
		out[admission.PlatformKeyID(k.Number)] = k.Public
	}
	return out
}

// stale says that the bundle is too old to decide by.
func (b *Bundle) stale(now time.Time) bool { return model.Millis(now) >= b.ExpiresAt }

// facts are the engine's facts at the gate.
type facts struct {
	*Bundle
	memory *memory
	// revoked are passes withdrawn since the bundle was made, as the server told live.
	revoked map[uint64]bool
}

func (f facts) Key(number uint16) (*passcode.Verifier, bool) {
	v, ok := f.keys[number]
	return v, ok
}

func (f facts) Pass(number uint64) (admission.Pass, admission.Knowledge) {
	if f.revoked[number] {
		return admission.Pass{Withdrawn: true}, admission.Known
	}
	return f.pass(number)
}

func (f facts) Group(number uint16) (*admission.Group, bool) {
	g, ok := f.groups[number]
	return g, ok
}

func (f facts) Used(key admission.UseKey) bool {
	_, spent := f.memory.spentBy(key)
	return spent
}

func (f facts) Admitted(key admission.QuotaKey) int { return f.memory.count(key) }

func (f facts) Inside(pass uint64, perimeter string) bool { return f.memory.isInside(pass, perimeter) }

// Decide is what the bundle alone says of a code at an instant, with nothing used and
// nobody inside.
func (b *Bundle) Decide(code string, way admission.Direction, now time.Time) admission.Decision {
	q := admission.Question{Code: code, Direction: way, ScannedAt: now}
	return admission.Decide(q, &b.Gate, b.Rules, facts{b, newMemory(), nil}, now, b.stale(now))
}
