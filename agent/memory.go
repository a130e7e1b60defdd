package agent

import (
	"sync"

	"communitypass.cn/communitypass/admission"
)

// memory is what was admitted here, read back from the journal when the agent starts.
type memory struct {
	mu       sync.Mutex
	used     map[admission.UseKey]string // → scan id
	admitted map[admission.QuotaKey]int
	inside   map[place]bool
	newest   uint32 // window
	today    uint32 // day
}

type place struct {
	pass      uint64
	perimeter string
}

// usedKept is how many windows back a use is remembered: an hour, which is far more
// than any code lives, so that a clock put right does not open a way.
const usedKept = 120

func newMemory() *memory {
	return &memory{used: map[admission.UseKey]string{}, admitted: map[admission.QuotaKey]int{}, inside: map[place]bool{}}
}

// keep takes in an entry of the journal.
func (m *memory) keep(e Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.Spent == nil {
		return
	}
	if _, known := m.used[*e.Spent]; !known {
		m.used[*e.Spent] = e.ScanID
	}
	if e.Spent.Window > m.newest {
		m.newest = e.Spent.Window
		m.forget()
	}
	if e.Kind == entryClaim {
		return // went through another gate, which counts it
	}
	m.inside[place{e.Spent.Pass, e.Spent.Perimeter}] = e.Spent.Direction == admission.In
	if e.Counted != nil {
		m.admitted[*e.Counted]++
		m.today = max(m.today, e.Counted.Day)
	}
}

// forget drops what can no longer matter. Uses are few in an hour.
func (m *memory) forget() {
	if m.newest%20 != 0 {
		return
	}
	for key := range m.used {
		if key.Window+usedKept < m.newest {
			delete(m.used, key)
		}
	}
	for key := range m.admitted {
		if key.Day+1 < m.today {
			delete(m.admitted, key)
		}
	}
}

// spentBy says who has spent a use: a scan id, or nothing.
func (m *memory) spentBy(key admission.UseKey) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.used[key]
	return id, ok
}

func (m *memory) count(key admission.QuotaKey) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.admitted[key]
}

func (m *memory) isInside(pass uint64, perimeter string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inside[place{pass, perimeter}]
}
