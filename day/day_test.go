package day_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"communitypass.cn/communitypass/day"
)

// program builds the server.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "communitypass")
	if out, err := exec.Command("go", "build", "-o", path, "communitypass.cn/communitypass/cmd/communitypass").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return path
}

// TestDay plays the whole day with fewer households.
func TestDay(t *testing.T) {
	var told strings.Builder
	tally, err := day.Play(t.Context(), &told, day.Options{Program: program(t), Households: 12})
	if err != nil || tally.Failed > 0 || tally.Passed == 0 {
		t.Errorf("%d passed, %d failed, %v\n%s", tally.Passed, tally.Failed, err, told.String())
	}
}
