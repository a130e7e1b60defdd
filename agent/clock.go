package agent

import (
	"slices"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

const (
	// driftAlone is how long the agent must be without the server before it believes
	// codes about the time.
	driftAlone = 10 * time.Minute
	// driftPasses is how many different passes must have shown a genuine code: a
	// handful of photographs must not move a clock.
	driftPasses = 20
	// driftMost bounds what codes may move the clock by between two syncs.
	driftMost = 30 * time.Second
	// driftReach is how far from now a code may be and still count.
	driftReach = 150 * time.Second
)

// Clock is the server's time as far as the agent knows it: the machine's clock less
// the offset of the last sync, less the drift that honest codes have shown since.
// Between syncs it goes by the machine's monotonic clock, so that somebody who sets
// the machine's clock does not move it.
type Clock struct {
	machine model.Clock

	mu     sync.Mutex
	synced bool
	// server is the server's time at the machine's time at.
	server, at time.Time
	drift      time.Duration
	spread     map[uint64]time.Duration // pass number → age of its code
}

// NewClock starts with the offset that the agent knew when it last ran (machine −
// server); known is false when it never measured.
func NewClock(machine model.Clock, offset time.Duration, known bool) *Clock {
	now := machine.Now()
	return &Clock{machine: machine, synced: known, server: now.Add(-offset), at: now, spread: map[uint64]time.Duration{}}
}

// Now is the server's time, or the machine's while nothing else is known.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	now := c.machine.Now()
	if !c.synced {
		return now.Add(-c.drift)
	}
	return c.server.Add(now.Sub(c.at) - c.drift)
}

// slowTrip is a round trip that says too little about the time: a cut that is joined
// delivers what waited, seconds later, and half of that is no measure.
const slowTrip = 500 * time.Millisecond

// Synced takes the server's time from an answer: it was made between sent and got. A
// slow answer only corrects what it contradicts.
func (c *Clock) Synced(server, sent, got time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if trip := got.Sub(sent); c.synced && trip > slowTrip {
		now := c.server.Add(got.Sub(c.at) - c.drift)
		if !now.Before(server) && !now.After(server.Add(trip)) {
			return
		}
	}
	c.synced, c.server, c.at, c.drift = true, server.Add(got.Sub(sent)/2), got, 0
	clear(c.spread)
}

// Offset is the machine's clock less the server's, and whether it was ever measured.
func (c *Clock) Offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The wall clock is what others see; the monotonic reading is taken off.
	return c.machine.Now().Round(0).Sub(c.now().Round(0)), c.synced
}

// Drift is what codes have moved the clock by since the last sync.
func (c *Clock) Drift() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drift
}

// Shown takes a genuine rotating code as a witness of the time. Phones show the code
// of their present window, so that honest codes are 15 s old in the middle of their
// spread; when the middle lies elsewhere for many passes, it is this clock that went.
func (c *Clock) Shown(h passcode.Header, online bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := c.now().Sub(passcode.WindowStart(h.Window))
	if online || h.Format != passcode.Rotating || age.Abs() > driftReach || c.synced && c.machine.Now().Sub(c.at) < driftAlone {
		return
	}
	c.spread[h.Pass] = age
	if len(c.spread) < driftPasses {
		return
	}
	ages := make([]time.Duration, 0, len(c.spread))
	for _, a := range c.spread {
		ages = append(ages, a)
	}
	slices.Sort(ages)
	middle := ages[len(ages)/2] - passcode.StepSeconds*time.Second/2
	clear(c.spread)
	// Half a step at a time, and nothing for what chance alone would show.
	if middle.Abs() > 5*time.Second {
		c.drift = min(max(c.drift+middle/2, -driftMost), driftMost)
	}
}
