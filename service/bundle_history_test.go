package service_test

import (
	"fmt"
	"slices"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/service"
)

// listed are exceptions of passes by number.
func listed(numbers ...uint64) []admission.BundleException {
	out := make([]admission.BundleException, len(numbers))
	for i, n := range numbers {
		out[i] = admission.BundleException{Number: n, Pass: admission.Pass{Withdrawn: true}}
	}
	return out
}

func TestTheHistoryOfExceptions(t *testing.T) {
	var h service.ExceptionHistory
	one := h.Note("garden", "east", "a", listed(2, 4, 6))
	changed := listed(1, 4, 6)
	changed[1].Restricted = true
	two := h.Note("garden", "east", "b", changed)
	west := h.Note("garden", "west", "w", changed)
	three := h.Note("garden", "east", "c", listed(1, 4, 6, 8))
	if one != 1 || two != 2 || west != 2 || three != 3 {
		t.Error(one, two, west, three)
	}
	for _, c := range []struct {
		place, version string
		to             uint64
		want           []uint64
		known          bool
	}{
		{"east", "a", two, []uint64{1, 2, 4}, true},
		{"east", "a", three, []uint64{1, 2, 4, 8}, true},
		{"east", "b", three, []uint64{4, 8}, true},
		{"west", "w", three, []uint64{4, 8}, true},
		{"east", "c", three, nil, true},
		{"east", "c", two, nil, false},
		{"east", "w", three, nil, false},
		{"north", "a", three, nil, false},
	} {
		got, known := h.Between("garden", c.place, c.version, c.to)
		if !slices.Equal(got, c.want) || known != c.known {
			t.Errorf("%s %s to %d: %v %v", c.place, c.version, c.to, got, known)
		}
	}
	if _, known := h.Between("harbour", "east", "a", three); known {
		t.Error("another community has a history")
	}
	// The content of before again is the list of before.
	if again := h.Note("garden", "east", "a", listed(2, 4, 6)); again != one {
		t.Error("the list is now", again)
	}
}

// TestTheHistoryIsBounded in steps, in passes and in versions.
func TestTheHistoryIsBounded(t *testing.T) {
	var h service.ExceptionHistory
	list := uint64(0)
	for i := range 1000 {
		list = h.Note("garden", fmt.Sprint("gate", i%2), fmt.Sprint("v", i), listed(uint64(i)))
		if steps, numbers, versions := h.Size("garden", "gate0"); steps > 256 || numbers > 20_000 || versions > 64 {
			t.Fatal(i, steps, numbers, versions)
		}
	}
	if _, known := h.Between("garden", "gate1", "v999", list); !known {
		t.Error("the last one is not known")
	}
	if _, known := h.Between("garden", "gate0", "v870", list); known {
		t.Error("too many versions are remembered")
	}
	// A list that is exchanged as a whole is too much to remember.
	numbers := make([]uint64, 20_001)
	for i := range numbers {
		numbers[i] = uint64(10_000 + i)
	}
	list = h.Note("garden", "gate0", "large", listed(numbers...))
	if steps, kept, _ := h.Size("garden", "gate0"); steps != 0 || kept != 0 {
		t.Error(steps, kept)
	}
	if _, known := h.Between("garden", "gate1", "v999", list); known {
		t.Error("a change that was forgotten is taken for none")
	}
	after := h.Note("garden", "gate0", "larger", listed(append(numbers, 99_999)...))
	if got, known := h.Between("garden", "gate0", "large", after); !known || !slices.Equal(got, []uint64{99_999}) {
		t.Error(got, known)
	}
}
