package service

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// Bundle is what a gate needs to decide alone (离线包).
type Bundle struct {
	Format    int               `json:"format"`
	Community uint32            `json:"community"`
	Gate      admission.Gate    `json:"gate"`
	Rules     *admission.Rules  `json:"rules"`
	Groups    []BundleGroup     `json:"groups"`
	Keys      []BundleKey       `json:"keys"`
	Passes    []BundleException `json:"exceptions"`
	IssuedAt  int64             `json:"issued_at"`
	ExpiresAt int64             `json:"expires_at"`
}

// BundleGroup is an access group with its number.
type BundleGroup struct {
	Number uint16 `json:"number"`
	admission.Group
}

// BundleKey is a public key of pass codes: an uncompressed SM2 point.
type BundleKey struct {
	Number uint16         `json:"number"`
	State  model.KeyState `json:"state"`
	Public []byte         `json:"public"`
}

// BundleException is a pass of which something is known that its code does not say.
type BundleException struct {
	Number uint64 `json:"number"`
	admission.Pass
}

// SignedBundle is a bundle's JSON with the platform's signature over its bytes.
type SignedBundle struct {
	Payload   []byte
	Signature []byte
	KeyID     string
	// Version is the hex of half an SM3 over the payload, and the entity tag.
	Version   string
	ExpiresAt int64
}

const (
	// bundleLife is how long a gate may decide by one bundle.
	bundleLife = 24 * time.Hour
	// bundleStep is how often a bundle is issued anew when nothing changed.
	bundleStep = 10 * time.Minute
	// exceptionHorizon is how long a withdrawn pass stays listed: codes are fetched
	// ten minutes ahead and live a minute, so a day covers every gate that may
	// still decide by an old clock.
	exceptionHorizon = 24 * time.Hour
)

// bundleMemory keeps the last signed bundle of each gate, so that the same
// content is signed once.
type bundleMemory struct {
	sync.Mutex
	byGate map[string]SignedBundle
}

// Bundle makes, or gives again, the signed bundle of the caller's gate.
func (g *Gates) Bundle(ctx context.Context, caller *model.Caller) (SignedBundle, error) {
	dev, err := g.device(caller)
	if err != nil {
		return SignedBundle{}, err
	}
	issued := g.Clock.Now().Truncate(bundleStep)
	withdrawn, err := g.Store.View(ctx).WithdrawnSince(dev.CommunityID, model.Millis(issued.Add(-exceptionHorizon)))
	if err != nil {
		return SignedBundle{}, err
	}
	b := bundleOf(dev.Gate, g.Directory.Ring(), withdrawn, issued)
	payload, err := json.Marshal(b)
	if err != nil {
		return SignedBundle{}, err
	}
	return g.sign(dev.GateID, payload, b.ExpiresAt)
}

func bundleOf(gate *GateView, ring *gm.Ring, withdrawn []uint64, issued time.Time) Bundle {
	c := gate.Community
	b := Bundle{Format: 1, Community: c.Number, Gate: gate.Admission, Rules: c.Rules, Groups: []BundleGroup{}, Keys: []BundleKey{},
		Passes: []BundleException{}, IssuedAt: model.Millis(issued), ExpiresAt: model.Millis(issued.Add(bundleLife))}
	for number, group := range c.Groups {
		b.Groups = append(b.Groups, BundleGroup{number, *group})
	}
	slices.SortFunc(b.Groups, func(a, b BundleGroup) int { return int(a.Number) - int(b.Number) })
	for _, k := range ring.PassKeys(c.ID) {
		b.Keys = append(b.Keys, BundleKey{k.Number, k.State, k.PublicBytes()})
	}
	slices.SortFunc(b.Keys, func(a, b BundleKey) int { return int(a.Number) - int(b.Number) })
	for _, n := range withdrawn {
		b.Passes = append(b.Passes, BundleException{n, admission.Pass{Withdrawn: true}})
	}
	return b
}

func (g *Gates) sign(gateID string, payload []byte, expires int64) (SignedBundle, error) {
	key, ok := g.Directory.Ring().Platform()
	if !ok {
		return SignedBundle{}, model.Fail(model.CodeKeyMissing)
	}
	version := hex.EncodeToString(gm.SM3(payload)[:16])
	g.bundles.Lock()
	defer g.bundles.Unlock()
	if kept, ok := g.bundles.byGate[gateID]; ok && kept.Version == version && kept.KeyID == PlatformKeyID(key.Number) {
		return kept, nil
	}
	signature, err := key.Sign(payload)
	if err != nil {
		return SignedBundle{}, err
	}
	signed := SignedBundle{Payload: payload, Signature: signature, KeyID: PlatformKeyID(key.Number), Version: version, ExpiresAt: expires}
	if g.bundles.byGate == nil {
		g.bundles.byGate = map[string]SignedBundle{}
	}
	g.bundles.byGate[gateID] = signed
	return signed, nil
}
