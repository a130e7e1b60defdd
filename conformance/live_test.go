package conformance

import (
	"slices"
	"testing"
)

// A calm play does everything once, then the signs of life and one thing at a time.
func TestACalmPlay(t *testing.T) {
	cast := []onStage{
		{kind: "door", acts: []act{{name: "registers", once: true}, {name: "is there", beat: true}, {name: "opens"}, {name: "alarms"}}},
		{kind: "panel", acts: []act{{name: "is there", beat: true}, {name: "alarms"}}},
	}
	for round, want := range [][]string{
		{"door registers", "door is there", "door opens", "door alarms", "panel is there", "panel alarms"},
		{"door is there", "panel is there", "door opens"},
		{"door is there", "panel is there", "door alarms"},
		{"door is there", "panel is there", "panel alarms"},
		{"door is there", "panel is there", "door opens"},
	} {
		var got []string
		for _, turn := range (LiveOptions{Calm: true}).turns(cast, round) {
			got = append(got, turn.kind+" "+turn.name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("round %d: %q", round, got)
		}
	}
	if n := len((LiveOptions{}).turns(cast, 1)); n != 5 {
		t.Errorf("%d acts in a second round that is not calm", n)
	}
}
