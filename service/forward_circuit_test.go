package service

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

var (
	answered   = DeliveryOutcome{Class: OutcomeDelivered}
	unanswered = DeliveryOutcome{Class: OutcomeRetry}
)

func fail(c *circuit, times int, now int64) {
	for range times {
		c.note(unanswered, now, now, 0)
	}
}

func wantRoom(t *testing.T, c *circuit, now int64, want int) {
	t.Helper()
	if got := c.room(now); got != want {
		t.Errorf("at %d: room %d, want %d", now, got, want)
	}
}

func TestCircuitOpensAfterFailuresInARow(t *testing.T) {
	t.Parallel()
	c := new(circuit)
	fail(c, 4, 0)
	wantRoom(t, c, 0, claimLimit)
	c.note(DeliveryOutcome{Class: OutcomePermanent}, 0, 0, 0) // a 400 is an answer
	fail(c, 4, 0)
	wantRoom(t, c, 0, claimLimit)
	fail(c, 1, 0)
	wantRoom(t, c, 4_999, 0)
	wantRoom(t, c, 5_000, 1)
	if c.healthy() {
		t.Error("open and healthy")
	}
}

func TestCircuitProbesByTheFirstSteps(t *testing.T) {
	t.Parallel()
	c := new(circuit)
	fail(c, 5, 0)
	fail(c, 3, 0) // under way when it opened
	wantRoom(t, c, 5_000, 1)
	now := int64(5_000)
	for range 5 {
		c.note(unanswered, now, now+100, 0)
		wantRoom(t, c, now+100+300_000-1, 0)
		now += 100 + 300_000
		wantRoom(t, c, now, 1)
	}
	c.note(answered, now, now, 0)
	wantRoom(t, c, now, claimLimit)
	if !c.healthy() {
		t.Error("closed and not healthy")
	}
}

func TestCircuitWaitsAsLongAsItIsAsked(t *testing.T) {
	t.Parallel()
	c := new(circuit)
	c.note(DeliveryOutcome{Class: OutcomeRetry, Status: 429, RetryAfter: time.Second}, 0, 0, 0)
	wantRoom(t, c, 999, 0)
	wantRoom(t, c, 1_000, 1)
	c.note(DeliveryOutcome{Class: OutcomeRetry, Status: 503, RetryAfter: 72 * time.Hour}, 1_000, 1_000, 0)
	wantRoom(t, c, 1_000+86_400_000-1, 0)
	wantRoom(t, c, 1_000+86_400_000, 1)
	c = new(circuit)
	c.note(DeliveryOutcome{Class: OutcomeRetry, RetryAfter: 72 * time.Hour}, 0, 0, 0)
	wantRoom(t, c, 86_400_000, 1)
	c.hurry()
	wantRoom(t, c, 1, 1)
}

func TestLingeringOutlivesAStopForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		sending, cancel := lingering(ctx, stopGrace)
		defer cancel()
		stop()
		time.Sleep(stopGrace - time.Millisecond)
		synctest.Wait()
		if sending.Err() != nil {
			t.Error("ended before the grace")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if sending.Err() == nil {
			t.Error("goes on after the grace")
		}
		early, cancelEarly := lingering(t.Context(), stopGrace)
		cancelEarly()
		if early.Err() == nil {
			t.Error("its own cancel does nothing")
		}
	})
}
