package service

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// fleetPatience is for how long a new key waits for a gate that was heard; one that
	// is silent longer is taken for gone, and meets the new key when it comes back.
	fleetPatience = 7 * 24 * time.Hour
	// fleetPage is how many devices are read at once.
	fleetPage = 500
)

// keysMark names keys that a bundle lists, whatever their states: the marks of the pass
// keys and of the platform's are the beginning of the bundle's version, so that a
// gate's heartbeat tells which keys it holds.
func keysMark(keys []admission.BundleKey) (string, error) {
	held := make([]admission.BundleKey, len(keys))
	for i, k := range keys {
		held[i] = admission.BundleKey{Number: k.Number, Public: k.Public}
	}
	text, err := json.Marshal(held)
	return hex.EncodeToString(gm.SM3(text)[:6]), err
}

// bundleVersion is the marks of both kinds of keys, and the hex of half an SM3 over the
// payload.
func bundleVersion(b *admission.Bundle, payload []byte) (string, error) {
	mark, err := keysMark(b.Keys)
	if err != nil {
		return "", err
	}
	platform, err := keysMark(b.Platform)
	return mark + "-" + platform + "-" + hex.EncodeToString(gm.SM3(payload)[:16]), err
}

// mayLeaveOut refuses the activation of a pass or platform key while gates that decide
// by bundles, and were heard of late, hold one that does not list the key: alone they
// would refuse every code that a pass key signs, and they would take no bundle that a
// platform key signs.
func mayLeaveOut(waiting []string) error {
	if len(waiting) == 0 {
		return nil
	}
	return refused(model.KeyNext, fmt.Sprintf("%d gate devices heard in the last 7 days hold no bundle with the key yet: %s; wait for them, or use --force and leave them out: while offline they refuse codes of a new pass key, and they take no bundle of a new platform key",
		len(waiting), strings.Join(waiting[:min(len(waiting), 5)], ", ")))
}

// leftOutNamed is how many of the gates that were left out the audit log names; it
// counts them all.
const leftOutNamed = 100

// recordLeftOut writes down that a key was put to use though gates lack it.
func (r *KeyRing) recordLeftOut(tx *store.Tx, k *model.Key, left []string) error {
	if len(left) == 0 {
		return nil
	}
	return tx.Audit(&operator, k.CommunityID, "key.force", "key", k.ID, map[string]string{"purpose": string(k.Purpose),
		"left_out": strconv.Itoa(len(left)), "devices": strings.Join(left[:min(len(left), leftOutNamed)], " ")})
}

// LeftOut are the ids of the gate devices that a next key, activated now, would leave
// out. Errors: not_found.
func (r *KeyRing) LeftOut(ctx context.Context, id string) ([]string, error) {
	key, err := r.Store.View(ctx).Key(id)
	if err != nil || key.State != model.KeyNext || key.Purpose != model.KeyPass && key.Purpose != model.KeyPlatform {
		return nil, err // not_found, or for the activation itself to judge
	}
	if err := r.Directory.LoadKeys(ctx); err != nil {
		return nil, err
	}
	ring := r.Directory.Ring()
	if key.Purpose == model.KeyPass {
		mark, err := keysMark(passKeysListed(ring, key.CommunityID))
		if err != nil {
			return nil, err
		}
		return r.without(ctx, key.CommunityID, func(version string) bool { return strings.HasPrefix(version, mark+"-") })
	}
	mark, err := keysMark(platformKeysListed(ring))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range r.Directory.communities() {
		lack, err := r.without(ctx, c.ID, func(version string) bool {
			parts := strings.Split(version, "-")
			return len(parts) == 3 && parts[1] == mark
		})
		if err != nil {
			return nil, err
		}
		out = append(out, lack...)
	}
	return out, nil
}

// without are a community's active devices that were heard of late and whose bundle
// does not hold what it should.
func (r *KeyRing) without(ctx context.Context, communityID string, holds func(version string) bool) ([]string, error) {
	tx, since, after := r.Store.View(ctx), r.now()-fleetPatience.Milliseconds(), ""
	var waiting []string
	for {
		devices, err := tx.Devices(communityID, store.DeviceFilter{}, after, fleetPage)
		if err != nil {
			return nil, err
		}
		for _, d := range devices {
			after = d.ID
			if d.State == model.StateActive && d.BundleVersion != "" && d.LastSeenAt >= since && !holds(d.BundleVersion) {
				waiting = append(waiting, d.ID)
			}
		}
		if len(devices) < fleetPage {
			return waiting, nil
		}
	}
}
