package chaos_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/simulator"
)

// entry is a scan and what the gate was told.
type entry struct {
	gate   gate
	scan   wire.Scan
	answer wire.ScanDecision
}

// book is what the gates know: scans that were answered, and scans of which
// nobody knows whether they were recorded.
type book struct {
	mu       sync.Mutex
	answered []entry
	open     []entry
	// refusals counts answers that said no, by "status code"; cut counts requests
	// without any answer.
	refusals map[string]int
	cut      []error
	// slowness is how long each request took that did not succeed.
	slowness []time.Duration
	lastGood time.Time
}

func newBook() *book { return &book{refusals: map[string]int{}} }

// enter writes down what came of a scan and says whether it was answered.
func (b *book) enter(e entry, err error, took time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.answered, b.lastGood = append(b.answered, e), time.Now()
		return true
	}
	b.open = append(b.open, e)
	var p *simulator.Problem
	if !errors.As(err, &p) {
		b.cut = append(b.cut, err)
		return false
	}
	key := fmt.Sprintf("%d %s", p.Status, p.Code)
	if p.Status == http.StatusServiceUnavailable && p.RetryAfter == 0 {
		key += " without Retry-After"
	}
	b.refusals[key]++
	b.slowness = append(b.slowness, took)
	return false
}

// takeOpen hands out the scans that are open, and forgets them.
func (b *book) takeOpen() []entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	open := b.open
	b.open = nil
	return open
}

// count is how many scans were answered, and when the last was.
func (b *book) count() (int, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.answered), b.lastGood
}

// allowRefusals insists that every no was one of the given "status code" or the
// limit of requests; a bare 500 never is.
func (b *book) allowRefusals(t *testing.T, allowed ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, n := range b.refusals {
		if !slices.Contains(allowed, key) && key != "429 rate_limited" {
			t.Errorf("%d × %s", n, key)
		}
	}
}

// outage are the answers with which an absent database may be told.
var outage = []string{"503 unavailable", "503 timeout", "503 overloaded"}

// slowest is the given part of the slowness, such as 0.99.
func (b *book) slowest(part float64) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.slowness) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(b.slowness))
	return sorted[int(part*float64(len(sorted)-1))]
}
