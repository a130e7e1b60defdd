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
	// look is how often silence is looked for.
	look = 5 * time.Second
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
	for id, last := range r.presence.Overdue(r.clock.Now()) {
		if _, err := r.desk.Take(ctx, id, []model.DeviceEvent{device.Went(last)}); err != nil && model.CodeOf(err) != model.CodeNotFound {
			r.log.Warn("silence not stored", "protocol", model.ProtocolSIA, "device", id, "code", model.CodeOf(err))
			r.presence.Undo(id)
		}
	}
}

// supervise looks for silence until its context ends.
func (r *Receiver) supervise(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.Look(ctx)
		}
	}
}
