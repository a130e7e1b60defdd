package agent_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
)

// An answer that a cut wire held back for seconds does not put a right clock wrong;
// one that contradicts the clock corrects it, however slow it was.
func TestSlowAnswerPutsNoRightClockWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		// off is how far the clock is wrong to begin with; there and back are how long
		// the request and the answer took.
		off, there, back time.Duration
		// most is how far it may be wrong afterwards.
		most time.Duration
	}{
		{"quick", 0, 20 * time.Millisecond, 20 * time.Millisecond, 0},
		{"quick, clock wrong", 2 * time.Minute, 20 * time.Millisecond, 20 * time.Millisecond, 0},
		{"the answer was held back", 0, 10 * time.Millisecond, 12 * time.Second, 0},
		{"the request was held back", 0, 12 * time.Second, 10 * time.Millisecond, 0},
		{"held back, clock wrong", 2 * time.Minute, 10 * time.Millisecond, 12 * time.Second, 6 * time.Second},
		{"held back, clock behind", -2 * time.Minute, 12 * time.Second, 10 * time.Millisecond, 6 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			machine := model.NewMovableClock(nil)
			clock := agent.NewClock(machine, -c.off, true)
			truth := machine.Now()
			sent := machine.Now()
			server := truth.Add(c.there)
			machine.Advance(c.there + c.back)
			clock.Synced(server, sent, machine.Now())
			// The test itself takes a moment.
			wrong := clock.Now().Sub(machine.Now()).Abs()
			if wrong > c.most+300*time.Millisecond {
				t.Errorf("the clock is %v wrong", wrong)
			}
		})
	}
}
