package model_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// Ids rise within a millisecond, also when another clock of the process is asked in
// between, and when a clock steps back.
func TestIDsRise(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	before := model.NewID(noon)
	for n := range 5000 {
		_ = model.NewID(noon.Add(time.Duration(n%7-3) * time.Hour))
		id := model.NewID(noon)
		if id <= before || id[:10] != before[:10] {
			t.Fatalf("%s comes after %s", id, before)
		}
		before = id
	}
	if later := model.NewID(noon.Add(time.Millisecond)); later <= before {
		t.Errorf("%s, a millisecond later, comes before %s", later, before)
	}
}
