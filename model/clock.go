package model

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// Clock tells the time. It is handed in, so that a test or the demo can move it.
type Clock interface{ Now() time.Time }

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// MovableClock is the machine's clock plus an offset, for tests and the demo.
type MovableClock struct {
	mu     sync.RWMutex
	base   Clock
	offset time.Duration
	frozen time.Time
}

// NewMovableClock starts at base (the machine's clock when nil).
func NewMovableClock(base Clock) *MovableClock {
	if base == nil {
		base = SystemClock{}
	}
	return &MovableClock{base: base}
}

// FrozenClock stands still at the given instant until it is moved.
func FrozenClock(at time.Time) *MovableClock { return &MovableClock{frozen: at} }

// Now is the base clock moved by the sum of the advances.
func (c *MovableClock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.base == nil {
		return c.frozen.Add(c.offset)
	}
	return c.base.Now().Add(c.offset)
}

// Advance moves the clock by d, which may be negative.
func (c *MovableClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Millis is the instant as stored: Unix milliseconds, UTC.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// FromMillis is the instant of stored Unix milliseconds, in UTC.
func FromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// Wait sleeps for d or until ctx ends, and says which by ctx.Err. It is the one
// pause of background loops; it uses the machine's clock, since a moved clock
// must not stall a worker.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Stopwatch says how much real time has passed since it was made, whatever any
// Clock says: it is for pacing work, never for what is stored or decided.
func Stopwatch() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// Seconds is an instant as decimal Unix seconds, as headers of signatures carry it.
func Seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
