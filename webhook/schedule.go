package webhook

import "time"

// maxRetryAfter is the longest wait that a recipient can ask for, the longest
// step of the schedule.
const maxRetryAfter = 24 * time.Hour

// jitter is the share of a wait that is added at random, so that a recipient who
// comes back is not met by everything at once.
const jitter = 0.1

// Attempts is how many times an event is tried before it is dead-lettered: over
// 75 h 35 m, the schedule that Standard Webhooks shows.
const Attempts = 10

// Backoff is the wait before attempt number attempt, counted from 0 (the first,
// at once), after the one before it failed. It is false when none is left.
func Backoff(attempt int) (time.Duration, bool) {
	waits := [Attempts]time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
		5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
	if attempt < 0 || attempt >= len(waits) {
		return 0, false
	}
	return waits[attempt], true
}

// NextAttempt is Backoff, never shorter than what the recipient asked for by
// Retry-After (heard up to 24 h), plus 0 to 10 % by rnd in [0, 1).
func NextAttempt(attempt int, retryAfter time.Duration, rnd float64) (time.Duration, bool) {
	wait, left := Backoff(attempt)
	if !left {
		return 0, false
	}
	wait = max(wait, min(retryAfter, maxRetryAfter))
	if rnd > 0 && rnd < 1 {
		wait += time.Duration(float64(wait) * jitter * rnd)
	}
	return wait, true
}
