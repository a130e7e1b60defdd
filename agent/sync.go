package agent

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
)

const (
	// beatEvery is the pause between heartbeats while the server answers.
	beatEvery = 15 * time.Second
	// againAfter and againMost bound the pause while it does not.
	againAfter, againMost = time.Second, 10 * time.Second
	// syncTime bounds one call of a sync.
	syncTime = 20 * time.Second
)

// KeepInSync syncs until ctx ends: at once, when woken, and from time to time.
func (a *Agent) KeepInSync(ctx context.Context) {
	pause := againAfter
	for ctx.Err() == nil {
		err := a.Sync(ctx)
		var refused *Refused
		switch {
		case err == nil:
			pause = againAfter
			a.rest(ctx, beatEvery)
		case errors.As(err, &refused) && refused.RetryAfter > 0:
			_ = model.Wait(ctx, refused.RetryAfter)
		default:
			_ = model.Wait(ctx, pause)
			pause = min(2*pause, againMost)
		}
	}
}

// rest waits, or until woken. Woken too often, it still leaves the server a moment.
func (a *Agent) rest(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-a.wake:
		_ = model.Wait(ctx, 50*time.Millisecond)
	}
}

// Sync is one pass: the heartbeat, which sets the clock; the bundle, when there is a
// newer one; and what waits in the journal. It is safe at any time.
func (a *Agent) Sync(ctx context.Context) error {
	a.syncing.Lock()
	defer a.syncing.Unlock()
	version, err := a.beat(ctx)
	if err != nil {
		return err
	}
	bundle, _ := a.inForce()
	var missed error
	if bundle == nil || bundle.Version != version {
		if missed = a.fetchBundle(ctx); credentialOver(missed) {
			return missed
		}
	}
	// What waits is not held up by a bundle that does not come.
	return errors.Join(missed, a.writeHeld(), a.Upload(ctx))
}

// beat sends a heartbeat by the corrected clock. When the correction turns out to have
// been wrong it is sent once more, so that the server does not correct twice; so it is
// when the answer was slow, which says little about the time. A clock so wrong that the
// server does not take the signature is set by what it answers.
func (a *Agent) beat(ctx context.Context) (bundle string, err error) {
	for range 2 {
		sent := a.Clock.Now()
		told := a.clock.Now()
		answer, err := a.heartbeat(ctx, told)
		if server, wrong := wrongTime(err); wrong {
			a.clock.Synced(server, sent, a.Clock.Now())
			sent, told = a.Clock.Now(), a.clock.Now()
			answer, err = a.heartbeat(ctx, told)
		}
		if err != nil {
			if credentialOver(err) {
				a.credential(true)
			}
			if signatureRefused(err) {
				a.fault(faultSignature)
			}
			a.setOnline(false)
			return "", err
		}
		got := a.Clock.Now()
		a.clock.Synced(answer.ServerTime.Time, sent, got)
		bundle = answer.BundleVersion
		if told.Sub(answer.ServerTime.Time).Abs() < time.Second && got.Sub(sent) <= slowTrip {
			break
		}
	}
	a.keepOffset()
	a.mend(faultSignature)
	a.credential(false)
	a.mu.Lock()
	a.lastSync = a.clock.Now()
	a.mu.Unlock()
	a.setOnline(true)
	return bundle, nil
}

func (a *Agent) heartbeat(ctx context.Context, told time.Time) (wire.HeartbeatAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	queue, version := a.pending(), ""
	if b, _ := a.inForce(); b != nil {
		version = b.Version
	}
	beat := wire.Heartbeat{DeviceTime: instant.Time{Time: told}, Software: &a.Software, BundleVersion: &version, QueueLength: &queue}
	a.tellHeld(&beat)
	return a.Server.Heartbeat(ctx, beat)
}

// offsetMoved is how far the offset must have moved to be written down again.
const offsetMoved = 500 * time.Millisecond

// keepOffset writes the offset down, for a start without the server.
func (a *Agent) keepOffset() {
	offset, _ := a.clock.Offset()
	a.mu.Lock()
	before := time.Duration(a.id.OffsetMs) * time.Millisecond
	if a.id.OffsetKnown && (offset-before).Abs() < offsetMoved {
		a.mu.Unlock()
		return
	}
	a.id.OffsetMs, a.id.OffsetKnown = offset.Milliseconds(), true
	id := a.id
	a.mu.Unlock()
	if err := a.Home.SetIdentity(id); err != nil {
		a.fault(faultDisk)
	}
}

// fetchBundle takes a newer bundle into force once it is verified and on the disk. A
// bundle that is refused changes nothing and is said.
func (a *Agent) fetchBundle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	before, _ := a.inForce()
	signed, next, err := a.nextBundle(ctx, before)
	switch {
	case errors.Is(err, errNotModified):
		return nil
	case err != nil && !bundleRefused(err):
		if credentialOver(err) {
			a.credential(true)
		}
		return err
	case err != nil:
		a.fault(faultBundle)
		a.Log.Error("a bundle is refused", "why", err)
		return nil // the journal is still to be uploaded
	}
	kept := true
	if err := a.keep(signed, next); err != nil {
		kept = false
		a.fault(faultDisk)
		a.Log.Error("the bundle cannot be kept", "err", err)
	}
	a.adopt(next, kept)
	letGo()
	return nil
}

// letGo gives the memory back in which a bundle was read: as text it is many times what
// is kept of it, and the box is small. Bundles come every few minutes at most.
func letGo() { debug.FreeOSMemory() }

func (a *Agent) trusted() Trust {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.id.Trust
}

// adopt takes a bundle into force. The platform keys that it names are believed from
// now on, so that a key can follow another without anybody visiting the gate. One that
// is kept is from now on the oldest that a start will take from the disk.
func (a *Agent) adopt(b *Bundle, kept bool) {
	a.mu.Lock()
	a.bundle = b
	a.id.Fallback = b.Gate.Fallback
	trust := b.trust()
	changed := len(trust) > 0 && !sameTrust(trust, a.id.Trust)
	if changed {
		a.id.Trust = trust
	}
	if kept {
		a.id.BundleIssuedAt, a.id.BundleMarks, changed = b.IssuedAt, []string{b.mark}, true
	}
	id := a.id
	a.mu.Unlock()
	a.mend(faultBundle, faultStale, faultNoBundle)
	a.Log.Info("bundle in force", "version", b.Version, "rules", b.Rules.Version, "issued_at", model.FromMillis(b.IssuedAt))
	if changed {
		if err := a.Home.SetIdentity(id); err != nil {
			a.fault(faultDisk)
		}
	}
}

func sameTrust(a, b Trust) bool {
	if len(a) != len(b) {
		return false
	}
	for id, key := range a {
		if string(b[id]) != string(key) {
			return false
		}
	}
	return true
}
