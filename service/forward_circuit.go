package service

import (
	"sync"
	"time"
)

const (
	// circuitFailures in a row without an answer keep the rest of the queue back.
	circuitFailures = 5
	// circuitStep is the last step of the schedule that probes climb to, so that a
	// recipient who comes back after days is found within minutes.
	circuitStep = 2
)

// circuit keeps a recipient that does not answer from being tried with all that
// waits for it: one event at a time is tried then, by the first steps of the
// schedule. The others keep their attempts for when it is back.
type circuit struct {
	mu       sync.Mutex
	failures int   // in a row, while it is closed
	probes   int   // that failed since it opened; 0 while it is closed
	until    int64 // nothing is sent before
}

// room is how many deliveries may be claimed: all, one or none.
func (c *circuit) room(now int64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.probes == 0:
		return claimLimit
	case now >= c.until:
		return 1
	}
	return 0
}

// note learns from an attempt that began at started.
func (c *circuit) note(o DeliveryOutcome, started, now int64, rnd float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case o.answered():
		c.failures, c.probes, c.until = 0, 0, 0
	case c.probes > 0 && started < c.until:
		// It was under way when the circuit opened and says nothing new.
	case c.probes > 0:
		c.open(c.probes+1, o.RetryAfter, now, rnd)
	default:
		c.failures++
		if c.failures >= circuitFailures {
			c.open(1, o.RetryAfter, now, rnd)
		} else if o.RetryAfter > 0 {
			c.probes, c.until = 1, now+min(o.RetryAfter, longestRetryAfter).Milliseconds()
		}
	}
}

func (c *circuit) open(probes int, retryAfter time.Duration, now int64, rnd float64) {
	wait, _ := nextAttempt(min(probes, circuitStep), retryAfter, rnd)
	c.probes, c.until = probes, now+wait.Milliseconds()
}

// hurry lets the next probe go at once: somebody says that the recipient is back.
func (c *circuit) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = 0
}

// healthy says that there is nothing to remember.
func (c *circuit) healthy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures == 0 && c.probes == 0
}
