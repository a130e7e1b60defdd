package service

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

func TestNextAttempt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failed     int
		retryAfter time.Duration
		rnd        float64
		want       time.Duration
		left       bool
	}{
		{0, 0, 0, 0, true}, {1, 0, 0, 5 * time.Second, true}, {2, 0, 0, 5 * time.Minute, true}, {3, 0, 0, 30 * time.Minute, true},
		{4, 0, 0, 2 * time.Hour, true}, {5, 0, 0, 5 * time.Hour, true}, {6, 0, 0, 10 * time.Hour, true}, {7, 0, 0, 14 * time.Hour, true},
		{8, 0, 0, 20 * time.Hour, true}, {9, 0, 0, 24 * time.Hour, true}, {10, 0, 0, 0, false}, {11, time.Hour, 0, 0, false}, {-1, 0, 0, 0, false},
		{1, 0, 0.5, 5250 * time.Millisecond, true}, {9, 0, 1, 26*time.Hour + 24*time.Minute, true},
		{1, time.Minute, 0, time.Minute, true}, {2, time.Minute, 0, 5 * time.Minute, true}, {1, 48 * time.Hour, 0, 24 * time.Hour, true},
		{1, time.Minute, 1, 66 * time.Second, true},
	} {
		if got, left := nextAttempt(c.failed, c.retryAfter, c.rnd); got != c.want || left != c.left {
			t.Errorf("after %d, asked for %v, rnd %v: %v %v, want %v %v", c.failed, c.retryAfter, c.rnd, got, left, c.want, c.left)
		}
	}
}

func TestTheScheduleReachesPastThreeDays(t *testing.T) {
	t.Parallel()
	var all time.Duration
	for i := range 10 {
		wait, left := nextAttempt(i, 0, 0)
		if !left {
			t.Fatalf("no attempt %d", i)
		}
		all += wait
	}
	if all != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("%v in all", all)
	}
}

func TestJudgeAttempt(t *testing.T) {
	t.Parallel()
	const now = 1_000_000
	for name, c := range map[string]struct {
		attempts int
		outcome  DeliveryOutcome
		want     model.Delivery
	}{
		"delivered":        {2, DeliveryOutcome{Class: OutcomeDelivered, Status: 204}, model.Delivery{State: "delivered", Attempts: 3, NextAt: now, DeliveredAt: now, LastStatus: 204}},
		"first failure":    {0, DeliveryOutcome{Class: OutcomeRetry, Status: 503, Detail: "status_503"}, model.Delivery{State: "pending", Attempts: 1, NextAt: now + 5_000, LastStatus: 503, LastDetail: "status_503"}},
		"asked to wait":    {0, DeliveryOutcome{Class: OutcomeRetry, Status: 429, RetryAfter: time.Minute}, model.Delivery{State: "pending", Attempts: 1, NextAt: now + 60_000, LastStatus: 429}},
		"no answer":        {1, DeliveryOutcome{Class: OutcomeRetry, Detail: "timeout"}, model.Delivery{State: "pending", Attempts: 2, NextAt: now + 300_000, LastDetail: "timeout"}},
		"the last one":     {9, DeliveryOutcome{Class: OutcomeRetry, Detail: "timeout"}, model.Delivery{State: "dead", Attempts: 10, NextAt: now, LastDetail: "timeout"}},
		"never":            {0, DeliveryOutcome{Class: OutcomePermanent, Status: 400, Detail: "status_400"}, model.Delivery{State: "dead", Attempts: 1, NextAt: now, LastStatus: 400, LastDetail: "status_400"}},
		"gone":             {0, DeliveryOutcome{Class: OutcomeGone, Status: 410, Detail: "status_410"}, model.Delivery{State: "pending", Attempts: 1, NextAt: now + 5_000, LastStatus: 410, LastDetail: "status_410"}},
		"not allowed":      {3, DeliveryOutcome{Class: OutcomeRefused, Detail: "address_refused"}, model.Delivery{State: "pending", Attempts: 4, NextAt: now + 7_200_000, LastDetail: "address_refused"}},
		"too long to keep": {0, DeliveryOutcome{Class: OutcomePermanent, Detail: strings.Repeat("x", 33)}, model.Delivery{State: "dead", Attempts: 1, NextAt: now, LastDetail: strings.Repeat("x", 32)}},
		"of no class":      {0, DeliveryOutcome{}, model.Delivery{State: "pending", Attempts: 1, NextAt: now + 5_000}},
	} {
		if got := judgeAttempt(model.Delivery{Attempts: c.attempts, State: "leased", LastDetail: "before"}, c.outcome, now, 0); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}
