package day_test

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/day"
)

// TestDevices is the day of the devices with fewer rounds.
func TestDevices(t *testing.T) {
	var told strings.Builder
	tally, err := day.PlayDevices(t.Context(), &told, day.Options{Program: program(t), Rounds: 3})
	if err != nil || tally.Failed > 0 || tally.Passed == 0 {
		t.Errorf("%d passed, %d failed, %v\n%s", tally.Passed, tally.Failed, err, told.String())
	}
}
