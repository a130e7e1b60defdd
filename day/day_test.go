package day_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"communitypass.cn/communitypass/day"
)

// TestDay plays the whole day with fewer households.
func TestDay(t *testing.T) {
	program := filepath.Join(t.TempDir(), "communitypass")
	if out, err := exec.Command("go", "build", "-o", program, "communitypass.cn/communitypass/cmd/communitypass").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	var told strings.Builder
	tally, err := day.Play(t.Context(), &told, day.Options{Program: program, Households: 12})
	if err != nil || tally.Failed > 0 || tally.Passed == 0 {
		t.Errorf("%d passed, %d failed, %v\n%s", tally.Passed, tally.Failed, err, told.String())
	}
}
