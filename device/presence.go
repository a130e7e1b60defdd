package device

import (
	"strconv"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

// Presence remembers which devices are there, by our id. It is the memory of one
// process: a restart forgets it. It is safe for concurrent use; the zero value is
// ready.
type Presence struct {
	mu    sync.Mutex
	known map[string]presence
}

type presence struct {
	heard, due time.Time
	gone       bool
}

// Heard notes that a device is there and must be heard of again before due. It says
// whether that is news: the first time, or after it was gone.
func (p *Presence) Heard(id string, now, due time.Time) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[string]presence{}
	}
	last, known := p.known[id]
	p.known[id] = presence{heard: now, due: due}
	return !known || last.gone
}

// Left notes that a device said good-bye, and says whether it had been there.
func (p *Presence) Left(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, known := p.known[id]
	delete(p.known, id)
	return known && !last.gone
}

// Overdue marks the devices that have not been heard of in time as gone and tells each
// once, with when it was last heard of.
func (p *Presence) Overdue(now time.Time) map[string]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]time.Time{}
	for id, last := range p.known {
		if !last.gone && now.After(last.due) {
			last.gone = true
			p.known[id] = last
			out[id] = last.heard
		}
	}
	return out
}

// Undo takes back that a device was told as gone, so that the next look tells it again.
func (p *Presence) Undo(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last, known := p.known[id]; known && last.gone {
		last.gone = false
		p.known[id] = last
	}
}

// Came and Went are the events of a device that is there, and that is not.
func Came(at time.Time) model.DeviceEvent { return standing("online", at) }

// Went is the event of a device that was last heard of at a moment.
func Went(last time.Time) model.DeviceEvent { return standing("offline", last) }

func standing(what string, at time.Time) model.DeviceEvent {
	return model.DeviceEvent{Kind: model.DeviceStatus, Native: what, Key: what + ":" + strconv.FormatInt(model.Millis(at), 10), State: what, Detail: map[string]string{"what": what}}
}
