package service

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
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

// keysMark names the pass keys that a bundle lists, whatever their states: it is the
// beginning of the bundle's version, so that a gate's heartbeat tells which keys it
// holds.
func keysMark(keys []admission.BundleKey) (string, error) {
	held := make([]admission.BundleKey, len(keys))
	for i, k := range keys {
		held[i] = admission.BundleKey{Number: k.Number, Public: k.Public}
	}
	text, err := json.Marshal(held)
	return hex.EncodeToString(gm.SM3(text)[:8]), err
}

// bundleVersion is the mark of the keys, and the hex of half an SM3 over the payload.
func bundleVersion(b *admission.Bundle, payload []byte) (string, error) {
	mark, err := keysMark(b.Keys)
	return mark + "-" + hex.EncodeToString(gm.SM3(payload)[:16]), err
}

// awaitFleet refuses a pass key's activation while gates that decide by bundles, and
// were heard of late, hold one that does not list the key: alone they would refuse
// every code that it signs.
func (r *KeyRing) awaitFleet(ctx context.Context, id string) error {
	tx := r.Store.View(ctx)
	key, err := tx.Key(id)
	if err != nil || key.Purpose != model.KeyPass || key.State != model.KeyNext {
		return err // not_found, or for the activation itself to judge
	}
	if err := r.Directory.LoadKeys(ctx); err != nil {
		return err
	}
	mark, err := keysMark(passKeysListed(r.Directory.Ring(), key.CommunityID))
	if err != nil {
		return err
	}
	since, after := r.now()-fleetPatience.Milliseconds(), ""
	var waiting []string
	for {
		devices, err := tx.Devices(key.CommunityID, store.DeviceFilter{}, after, fleetPage)
		if err != nil {
			return err
		}
		for _, d := range devices {
			after = d.ID
			if d.State == model.StateActive && d.BundleVersion != "" && d.LastSeenAt >= since && !strings.HasPrefix(d.BundleVersion, mark+"-") {
				waiting = append(waiting, d.ID)
			}
		}
		if len(devices) < fleetPage {
			break
		}
	}
	if len(waiting) > 0 {
		return refused(key.State, fmt.Sprintf("%d gate devices heard in the last 7 days hold no bundle with the key yet: %s; wait for them, or use --force and they refuse codes of the new key while they are offline",
			len(waiting), strings.Join(waiting[:min(len(waiting), 5)], ", ")))
	}
	return nil
}
