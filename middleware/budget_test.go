package middleware

import (
	"testing"
	"time"
)

// Somebody waits at a gate, nobody at an upload of twenty thousand rows.
func TestBudgetOfAnOperation(t *testing.T) {
	for id, want := range map[string]time.Duration{"recordScan": 3 * time.Second, "getMe": 5 * time.Second, "openGate": 8 * time.Second, "sayAtGate": 8 * time.Second, "lookAtGate": 8 * time.Second, "importRoster": time.Minute} {
		if got := (&Operation{ID: id}).within(5 * time.Second); got != want {
			t.Errorf("%s may take %v, want %v", id, got, want)
		}
	}
	if got := (*Operation)(nil).within(5 * time.Second); got != 5*time.Second {
		t.Errorf("an unknown route may take %v", got)
	}
}
