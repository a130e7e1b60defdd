package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/admission"
)

// Occupy takes every slot, as so many slow checks of passwords would, until release.
func (p *Passwords) Occupy() (release func()) {
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	return func() {
		for range cap(p.slots) {
			<-p.slots
		}
	}
}

// InChunks makes the transactions of a purge small.
func (p *Purge) InChunks(n int) { p.chunk = n }

// Rests tells of each rest of a purge instead of resting.
func (p *Purge) Rests(tell func(d time.Duration)) {
	p.rest = func(ctx context.Context, d time.Duration) error {
		tell(d)
		return ctx.Err()
	}
}

// ExceptionHistory is what deltas of bundles are made of.
type ExceptionHistory struct{ exceptionHistory }

// Note is note.
func (h *ExceptionHistory) Note(communityID, place, version string, passes []admission.BundleException) uint64 {
	return h.note(communityID, place, version, passes)
}

// Between is between.
func (h *ExceptionHistory) Between(communityID, place, version string, to uint64) ([]uint64, bool) {
	return h.between(communityID, place, version, to)
}

// Size is how much is remembered.
func (h *ExceptionHistory) Size(communityID, place string) (steps, numbers, versions int) {
	l := h.communities[communityID]
	return len(l.steps), l.numbers, len(h.places[place])
}
