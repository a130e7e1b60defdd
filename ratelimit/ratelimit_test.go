package ratelimit_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/ratelimit"
	"communitypass.cn/communitypass/testkit"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// hour is long enough that no bucket fills while a test runs.
const hour = time.Hour

func open(t *testing.T, at *testkit.Redis, clock model.Clock, log *slog.Logger) *ratelimit.Shared {
	t.Helper()
	s, err := ratelimit.New(ratelimit.Config{Addr: at.Addr}, strings.ToUpper, clock, log, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// certain takes until it is Redis that has answered: on a machine that is very busy an
// answer can be later than the budget, and then the clock must go on for the next.
func certain(t *testing.T, s *ratelimit.Shared, at *testkit.Redis, clock *model.MovableClock, key string, events int) time.Duration {
	t.Helper()
	direct := redis.NewClient(&redis.Options{Addr: at.Addr})
	defer direct.Close()
	before, _ := direct.Get(t.Context(), "rate:"+strings.ToUpper(key)).Result()
	for range 100 {
		if wait := s.Take(t.Context(), key, events, hour); wait > 0 {
			return wait
		}
		if after, _ := direct.Get(t.Context(), "rate:"+strings.ToUpper(key)).Result(); after != before {
			return 0
		}
		clock.Advance(2 * time.Second)
	}
	t.Fatal("Redis never counted")
	return 0
}

func TestReplicasTakeFromOneBucket(t *testing.T) {
	at, clock := testkit.NewRedis(t), model.FrozenClock(noon)
	one, other := open(t, at, clock, quiet), open(t, at, clock, quiet)
	for i, s := range []*ratelimit.Shared{one, other, one} {
		if wait := certain(t, s, at, clock, "somebody", 3); wait != 0 {
			t.Fatalf("the %dth of three waits %v", i+1, wait)
		}
	}
	for _, s := range []*ratelimit.Shared{one, other} {
		if wait := certain(t, s, at, clock, "somebody", 3); wait <= 15*time.Minute || wait > 20*time.Minute {
			t.Errorf("the fourth waits %v, and a third of an hour fills one", wait)
		}
	}
	if wait := certain(t, other, at, clock, "another", 3); wait != 0 {
		t.Errorf("another waits %v", wait)
	}
}

var (
	noon  = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

func TestNobodyWaitsForARedisThatIsAway(t *testing.T) {
	for name, c := range map[string]struct {
		leave, back func(*testkit.Redis, testing.TB)
	}{
		"stopped": {func(r *testkit.Redis, _ testing.TB) { r.Stop() }, (*testkit.Redis).Start},
		"frozen":  {(*testkit.Redis).Freeze, (*testkit.Redis).Thaw},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			at, clock := testkit.NewRedis(t), model.FrozenClock(noon)
			s := open(t, at, clock, slog.New(slog.NewTextHandler(&said, nil)))
			certain(t, s, at, clock, "somebody", 1)
			c.leave(at, t)
			began := time.Now()
			for range 1000 {
				if wait := s.Take(t.Context(), "somebody", 1, hour); wait != 0 {
					t.Fatalf("waits %v for what nobody counts", wait)
				}
			}
			// Each with its own budget they would take eighty seconds.
			if took := time.Since(began); took > 40*time.Second {
				t.Errorf("a thousand took %v", took)
			}
			c.back(at, t)
			clock.Advance(2 * time.Second)
			if name == "stopped" {
				certain(t, s, at, clock, "somebody", 1) // it has forgotten
			}
			if wait := certain(t, s, at, clock, "somebody", 1); wait == 0 {
				t.Error("it is not counted again")
			}
			log := said.String()
			if !strings.Contains(log, "each replica counts alone") || !strings.Contains(log, "redis answers again") || strings.Contains(log, "SOMEBODY") {
				t.Errorf("the log says %q", log)
			}
			if n := strings.Count(log, "counts alone"); n > 100 {
				t.Errorf("it is said %d times", n)
			}
		})
	}
}

// A caller who hangs up says nothing about Redis.
func TestACallerWhoHasGoneIsCounted(t *testing.T) {
	at, clock := testkit.NewRedis(t), model.FrozenClock(noon)
	s := open(t, at, clock, quiet)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 50 {
		s.Take(gone, "somebody", 1, hour)
		clock.Advance(2 * time.Second)
	}
	if wait := certain(t, s, at, clock, "somebody", 1); wait == 0 {
		t.Error("those who hung up were not counted")
	}
}

func TestNoRedisIsNeededToStart(t *testing.T) {
	s := open(t, &testkit.Redis{Addr: testkit.FreePort(t)}, model.FrozenClock(noon), quiet)
	if wait := s.Take(t.Context(), "somebody", 1, hour); wait != 0 {
		t.Error(wait)
	}
}
