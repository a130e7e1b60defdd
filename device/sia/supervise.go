package sia

import (
	"context"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// misses are how many keep-alives a panel may leave out.
	misses = 3
	// shortestSilence and longestSilence bound what follows from a panel's own rhythm.
	shortestSilence, longestSilence = time.Minute, 75 * time.Hour
)

// heard notes that a panel is there and says whether it is back. Only what sends NULL is
// supervised, in its own rhythm: that of its last two.
func (r *Receiver) heard(peer device.Peer, p packet, now time.Time) bool {
	if p.id != tokenNull {
		return false
	}
	r.mu.Lock()
	last, polled := r.polled[peer.ID]
	r.polled[peer.ID] = now
	r.mu.Unlock()
	if !polled || !now.After(last) {
		r.presence.Heard(peer.ID, now, now.Add(longestSilence))
		return false
	}
	silence := min(max(misses*now.Sub(last), shortestSilence), longestSilence)
	return r.presence.Heard(peer.ID, now, now.Add(silence))
}

// Look tells of panels that fell silent.
func (r *Receiver) Look(ctx context.Context) {
	r.presence.TellSilent(ctx, r.desk, model.ProtocolSIA, r.clock.Now(), r.log)
}
