package service

import (
	"time"

	"communitypass.cn/communitypass/model"
)

// retryWaits are the waits before each attempt, the first at once: 75 h 35 m in
// all, the schedule that Standard Webhooks shows.
var retryWaits = [...]time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	// longestRetryAfter is the longest wait that a recipient can ask for.
	longestRetryAfter = 24 * time.Hour
	// retryJitter is the share of a wait that is added at random, so that a
	// recipient who comes back is not met by everything at once.
	retryJitter = 0.1
	// detailLimit is the room for a reason in the outbox.
	detailLimit = 32
)

// nextAttempt is the wait after a number of failed attempts, never shorter than
// what the recipient asked for, plus 0 to 10 % by rnd in [0, 1). It is false when
// no attempt is left.
func nextAttempt(failed int, retryAfter time.Duration, rnd float64) (time.Duration, bool) {
	if failed < 0 || failed >= len(retryWaits) {
		return 0, false
	}
	wait := max(retryWaits[failed], min(retryAfter, longestRetryAfter))
	return wait + time.Duration(float64(wait)*retryJitter*rnd), true
}

// judgeAttempt is a delivery after an attempt: delivered, waiting for the next one, or
// dead, which staff see and can queue again.
func judgeAttempt(d model.Delivery, o DeliveryOutcome, now int64, rnd float64) model.Delivery {
	d.Attempts++
	d.LastStatus = o.Status
	d.LastDetail = o.Detail[:min(len(o.Detail), detailLimit)]
	if o.Class == OutcomeDelivered {
		d.State, d.DeliveredAt, d.NextAt, d.LastDetail = model.DeliveryDelivered, now, now, ""
		return d
	}
	wait, left := nextAttempt(d.Attempts, o.RetryAfter, rnd)
	if o.Class == OutcomePermanent || !left {
		d.State, d.NextAt = model.DeliveryDead, now
		return d
	}
	d.State, d.NextAt = model.DeliveryPending, now+wait.Milliseconds()
	return d
}
