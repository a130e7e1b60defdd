package service

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// BundleDelta makes a bundle's payload out of an earlier one: Before, the exceptions of
// the earlier one without Removed and with Added, by number with commas between, and
// After. It is not signed; what results is.
type BundleDelta struct {
	Before, After []byte
	Removed       []uint64
	// Added are exceptions that are new or changed, each as it stands in the payload.
	Added []string
}

// BundleSince is Bundle, with a delta for a device that has the bundle of a version.
// The delta is nil where none can be made, or none that is worth it.
func (g *Gates) BundleSince(ctx context.Context, caller *model.Caller, version string) (SignedBundle, *BundleDelta, error) {
	made, err := g.bundle(ctx, caller)
	if err != nil || version == "" || version == made.Version {
		return made.SignedBundle, nil, err
	}
	dev, err := g.device(caller)
	if err != nil {
		return SignedBundle{}, nil, err
	}
	numbers, known := g.history.between(dev.CommunityID, made.place, version, made.list)
	if !known || 2*len(numbers) >= len(made.content.Passes) {
		return made.SignedBundle, nil, nil
	}
	delta, err := deltaOf(made, numbers)
	return made.SignedBundle, delta, err
}

// deltaOf is the delta from a bundle in which these passes may have been otherwise.
func deltaOf(made madeBundle, numbers []uint64) (*BundleDelta, error) {
	out := &BundleDelta{Removed: []uint64{}, Added: []string{}}
	for _, n := range numbers {
		i, listed := slices.BinarySearchFunc(made.content.Passes, n, func(p admission.BundleException, n uint64) int { return cmp.Compare(p.Number, n) })
		if !listed {
			out.Removed = append(out.Removed, n)
			continue
		}
		text, err := json.Marshal(made.content.Passes[i])
		if err != nil {
			return nil, err
		}
		out.Added = append(out.Added, string(text))
	}
	bare := *made.content
	bare.Passes = []admission.BundleException{}
	text, err := json.Marshal(bare)
	if err != nil {
		return nil, err
	}
	// The two part where the one has its first exception and the other the end of the list.
	at := 0
	for text[at] == made.Payload[at] {
		at++
	}
	out.Before, out.After = text[:at], text[at:]
	return out, nil
}
