package webhook_test

import (
	"math"
	"testing"
	"time"

	"communitypass.cn/communitypass/webhook"
)

func TestBackoffFollowsTheStandardsTable(t *testing.T) {
	t.Parallel()
	// Time since the first attempt, as the table of Standard Webhooks 1.0 counts it.
	want := []string{"0s", "5s", "5m5s", "35m5s", "2h35m5s", "7h35m5s", "17h35m5s", "31h35m5s", "51h35m5s", "75h35m5s"}
	var since time.Duration
	for attempt, text := range want {
		wait, left := webhook.Backoff(attempt)
		since += wait
		if !left || since.String() != (mustDuration(t, text)).String() {
			t.Errorf("attempt %d at %v (left %v), want %s", attempt, since, left, text)
		}
	}
	for _, attempt := range []int{webhook.Attempts, webhook.Attempts + 1, -1} {
		if wait, left := webhook.Backoff(attempt); left || wait != 0 {
			t.Errorf("attempt %d: %v, %v; none is left", attempt, wait, left)
		}
	}
}

func TestNextAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attempt    int
		retryAfter time.Duration
		rnd        float64
		want       time.Duration
	}{
		"schedule alone":             {2, 0, 0, 5 * time.Minute},
		"jitter":                     {2, 0, 0.5, 5*time.Minute + 15*time.Second},
		"first has nothing to add":   {0, 0, 0.9, 0},
		"asked for longer":           {1, time.Minute, 0, time.Minute},
		"asked for shorter":          {3, time.Minute, 0, 30 * time.Minute},
		"asked for, with jitter":     {1, time.Minute, 0.5, 63 * time.Second},
		"asked for more than a day":  {1, 72 * time.Hour, 0, 24 * time.Hour},
		"asked for the past":         {1, -time.Hour, 0, 5 * time.Second},
		"random out of range":        {1, 0, 1, 5 * time.Second},
		"random below range":         {1, 0, -3, 5 * time.Second},
		"random is no number":        {1, 0, math.NaN(), 5 * time.Second},
		"last step keeps its jitter": {9, 0, 0.5, 24*time.Hour + 72*time.Minute},
	} {
		if got, left := webhook.NextAttempt(c.attempt, c.retryAfter, c.rnd); !left || got != c.want {
			t.Errorf("%s: %v (left %v), want %v", name, got, left, c.want)
		}
	}
	if _, left := webhook.NextAttempt(webhook.Attempts, time.Hour, 0.5); left {
		t.Error("Retry-After made an eleventh attempt")
	}
}

func mustDuration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
