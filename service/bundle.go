package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

// SignedBundle is a bundle's JSON with the platform's signature over its bytes.
type SignedBundle struct {
	Payload   []byte
	Signature []byte
	KeyID     string
	// Version is bundleVersion, and the entity tag.
	Version   string
	ExpiresAt int64
}

const (
	// bundleLife is how long a gate may decide by one bundle.
	bundleLife = 24 * time.Hour
	// bundleStep is how often a bundle is issued anew when nothing changed.
	bundleStep = 10 * time.Minute
	// exceptionHorizon is how long a withdrawn pass stays listed, and one whose strips
	// another phone has now: the last code that a strip made before could sign dies a
	// day later, and two hours more are for gates with a slow clock.
	exceptionHorizon = (passcode.MaxStripWindows+1)*passcode.StepSeconds*time.Second + 2*time.Hour
)

// bundleMemory keeps the last signed bundle of each gate and profile, so that the same
// content is signed once.
type bundleMemory struct {
	sync.Mutex
	byGate map[string]SignedBundle
}

// Bundle makes, or gives again, the signed bundle of the caller's gate.
func (g *Gates) Bundle(ctx context.Context, caller *model.Caller) (SignedBundle, error) {
	made, err := g.bundle(ctx, caller)
	return made.SignedBundle, err
}

// madeBundle is a signed bundle with what a delta is made of.
type madeBundle struct {
	SignedBundle
	content *admission.Bundle
	// place is the gate and profile that it is for; list numbers its exceptions in the
	// history of the community.
	place string
	list  uint64
}

func (g *Gates) bundle(ctx context.Context, caller *model.Caller) (madeBundle, error) {
	dev, err := g.device(caller)
	if err != nil {
		return madeBundle{}, err
	}
	issued := g.Clock.Now().Truncate(bundleStep)
	tx, since := g.Store.View(ctx), model.Millis(issued.Add(-exceptionHorizon))
	withdrawn, err := tx.WithdrawnSince(dev.CommunityID, since)
	if err != nil {
		return madeBundle{}, err
	}
	b := bundleOf(dev.Gate, g.Directory.Ring(), withdrawn, issued)
	moved, err := tx.StripsMovedSince(dev.CommunityID, since)
	if err != nil {
		return madeBundle{}, err
	}
	for _, m := range moved {
		b.Passes = append(b.Passes, admission.BundleException{Number: m.Number, Pass: admission.Pass{Phone: m.StripPhone}})
	}
	if dev.Profile == profileAgent {
		b.Agents = g.Directory.agents(dev.CommunityID)
	}
	if err := g.addHealthExceptions(ctx, dev.Gate.Community, &b); err != nil {
		return madeBundle{}, err
	}
	payload, err := json.Marshal(b)
	if err != nil {
		return madeBundle{}, err
	}
	version, err := bundleVersion(&b, payload)
	if err != nil {
		return madeBundle{}, err
	}
	made := madeBundle{content: &b, place: dev.GateID + "/" + dev.Profile}
	if made.SignedBundle, err = g.sign(made.place, version, payload, b.ExpiresAt); err != nil {
		return madeBundle{}, err
	}
	made.list = g.history.note(dev.CommunityID, made.place, version, b.Passes)
	return made, nil
}

func bundleOf(gate *GateView, ring *gm.Ring, withdrawn []uint64, issued time.Time) admission.Bundle {
	c := gate.Community
	b := admission.Bundle{Format: admission.BundleFormat, Community: c.Number, Gate: gate.Admission, Rules: c.Rules,
		Groups: []admission.BundleGroup{}, Keys: []admission.BundleKey{}, Passes: []admission.BundleException{}, IssuedAt: model.Millis(issued), ExpiresAt: model.Millis(issued.Add(bundleLife))}
	for number, group := range c.Groups {
		b.Groups = append(b.Groups, admission.BundleGroup{Number: number, Group: *group})
	}
	slices.SortFunc(b.Groups, func(a, b admission.BundleGroup) int { return int(a.Number) - int(b.Number) })
	b.Keys = passKeysListed(ring, c.ID)
	b.Platform = platformKeysListed(ring)
	for _, n := range withdrawn {
		b.Passes = append(b.Passes, admission.BundleException{Number: n, Pass: admission.Pass{Withdrawn: true}})
	}
	return b
}

// passKeysListed are a community's pass keys as a bundle lists them, the next one too.
func passKeysListed(ring *gm.Ring, communityID string) []admission.BundleKey {
	listed := []admission.BundleKey{}
	for _, k := range ring.PassKeys(communityID) {
		listed = append(listed, bundleKey(k))
	}
	slices.SortFunc(listed, byKeyNumber)
	return listed
}

// platformKeysListed are the platform's keys as a bundle lists them, the next one too.
func platformKeysListed(ring *gm.Ring) []admission.BundleKey {
	var listed []admission.BundleKey
	for _, k := range ring.PlatformKeys() {
		listed = append(listed, bundleKey(k))
	}
	slices.SortFunc(listed, byKeyNumber)
	return listed
}

func bundleKey(k *gm.SM2Key) admission.BundleKey {
	return admission.BundleKey{Number: k.Number, State: k.State, Public: k.PublicBytes()}
}

func byKeyNumber(a, b admission.BundleKey) int { return int(a.Number) - int(b.Number) }

// profileAgent is a device that decides alone and speaks with its like.
const profileAgent = "agent"

// agents are a community's gate agents that have a key of their own, by id.
func (d *Directory) agents(communityID string) []admission.BundleAgent {
	var out []admission.BundleAgent
	for _, v := range d.places.Load().devicesByID {
		if v.CommunityID == communityID && v.Profile == profileAgent && v.State == model.StateActive && len(v.PublicKey) > 0 {
			out = append(out, admission.BundleAgent{Device: v.ID, Public: v.PublicKey})
		}
	}
	slices.SortFunc(out, func(a, b admission.BundleAgent) int { return strings.Compare(a.Device, b.Device) })
	return out
}

func (g *Gates) sign(place, version string, payload []byte, expires int64) (SignedBundle, error) {
	key, ok := g.Directory.Ring().Platform()
	if !ok {
		return SignedBundle{}, model.Fail(model.CodeKeyMissing)
	}
	g.bundles.Lock()
	defer g.bundles.Unlock()
	if kept, ok := g.bundles.byGate[place]; ok && kept.Version == version && kept.KeyID == PlatformKeyID(key.Number) {
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
	g.bundles.byGate[place] = signed
	return signed, nil
}
