package middleware

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var noon = time.Date(2026, time.November, 22, 4, 0, 0, 0, time.UTC)

func TestLimiterGivesBackWithTime(t *testing.T) {
	l := newLimiter(Rate{Events: 3, Per: time.Minute})
	for i := range 3 {
		if wait := l.take("a", noon); wait != 0 {
			t.Fatalf("number %d waits %s", i+1, wait)
		}
	}
	if wait := l.take("a", noon); wait <= 19*time.Second || wait > 20*time.Second {
		t.Fatalf("the fourth waits %s, want 20 s", wait)
	}
	if wait := l.take("b", noon); wait != 0 {
		t.Fatalf("another client waits %s", wait)
	}
	if wait := l.take("a", noon.Add(20*time.Second)); wait != 0 {
		t.Fatalf("after 20 s one still waits %s", wait)
	}
	if wait := l.take("a", noon.Add(20*time.Second)); wait == 0 {
		t.Fatal("after 20 s there were two")
	}
}

func TestNoRateIsNoLimiter(t *testing.T) {
	for _, r := range []Rate{{}, {Events: 5}, {Per: time.Second}} {
		if newLimiter(r) != nil {
			t.Errorf("%+v limits", r)
		}
	}
}

func TestLimiterIsBoundedAndRemembersTheRecent(t *testing.T) {
	l := newLimiter(Rate{Events: 1, Per: time.Hour})
	l.take("guest", noon)
	for i := range limiterKeys + 10 {
		l.take(strconv.Itoa(i), noon)
	}
	if l.take("guest", noon) == 0 {
		t.Error("one full generation of others made it forget a client")
	}
	for i := range 3 * limiterKeys {
		l.take("x"+strconv.Itoa(i), noon)
	}
	if n := len(l.young) + len(l.old); n > 2*limiterKeys {
		t.Errorf("it remembers %d clients", n)
	}
}

func TestLimiterCountsExactlyUnderConcurrency(t *testing.T) {
	l := newLimiter(Rate{Events: 50, Per: time.Hour})
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if l.take("a", noon) == 0 {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != 50 {
		t.Fatalf("%d passed, want 50", passed.Load())
	}
}

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::9":      "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
	} {
		if got := network(ip); got != want {
			t.Errorf("%s belongs to %s, want %s", ip, got, want)
		}
	}
}
