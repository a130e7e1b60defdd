package middleware

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiterKeys bounds how many clients a class remembers, twice over.
const limiterKeys = 20_000

// limiter keeps one bucket per key. When the young generation is full it becomes
// the old one, and the old one is forgotten: bounded, without a sweep. A flood of
// keys can make it forget, which loses counts and never refuses the innocent.
type limiter struct {
	rate  rate.Limit
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// newLimiter is nil for a rate without a limit.
func newLimiter(r Rate) *limiter {
	if r.Events <= 0 || r.Per <= 0 {
		return nil
	}
	return &limiter{rate: rate.Limit(float64(r.Events) / r.Per.Seconds()), burst: r.Events, young: map[string]*rate.Limiter{}}
}

// take takes one from the key's bucket, or says how long until there is one.
func (l *limiter) take(key string, now time.Time) time.Duration {
	bucket := l.bucket(key)
	if bucket.AllowN(now, 1) {
		return 0
	}
	missing := 1 - bucket.TokensAt(now)
	return max(time.Duration(missing/float64(l.rate)*float64(time.Second)), time.Millisecond)
}

func (l *limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.young[key]; ok {
		return b
	}
	b, ok := l.old[key]
	if !ok {
		b = rate.NewLimiter(l.rate, l.burst)
	}
	if len(l.young) >= limiterKeys {
		l.young, l.old = map[string]*rate.Limiter{}, l.young
	}
	l.young[key] = b
	return b
}

// network is what one client is taken to be: an IPv4 address, or the /64 of an
// IPv6 address, which a single home has all of.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}
