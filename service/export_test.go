package service

import (
	"context"
	"time"
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
