package kone_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// Where the lifts are is told by KONE's own numbers of floors, which its plan of the
// building explains.
func TestWhereTheLiftsAre(t *testing.T) {
	k, sim, g, heard := rig(t)
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	deck := simulator.KONEDeck
	for _, c := range []struct {
		topic string
		data  map[string]any
		want  model.LiftReport
	}{
		{"lift_1/position", map[string]any{"dir": "UP", "coll": "UP", "moving_state": "MOVING", "area": deck, "cur": 12, "adv": 14, "door": false}, model.LiftReport{Lift: "lift_1", Floor: "12", Direction: "up"}},
		{"lift_1/position", map[string]any{"dir": "DOWN", "moving_state": "STANDING", "area": deck, "cur": 14, "adv": 14, "door": true}, model.LiftReport{Lift: "lift_1", Floor: "14", Direction: "none"}},
		{"lift_1/position", map[string]any{"dir": "DOWN", "moving_state": "MOVING", "area": deck, "cur": 99}, model.LiftReport{Lift: "lift_1", Direction: "down"}}, // a floor that is not in the plan
		{"lift_1/doors", map[string]any{"area": deck, "landing": 3000, "lift_side": 1, "state": "OPENED"}, model.LiftReport{Lift: "lift_1", Door: "open"}},
		{"lift_1/doors", map[string]any{"area": deck, "lift_side": 1, "state": "CLOSED"}, model.LiftReport{Lift: "lift_1", Door: "closed"}},
	} {
		sim.Tell(t.Context(), "lift_1/doors", map[string]any{"area": deck, "state": "OPENING"}) // between two states, says nothing
		sim.Tell(t.Context(), c.topic, c.data)
		if r := <-heard; r != c.want {
			t.Errorf("%s %v is %+v", c.topic, c.data, r)
		}
	}
}

// Whoever gets out where a lift stops has arrived: one deck or several, and only the
// sessions that are ours.
func TestACallIsDoneWhereItsRiderGetsOut(t *testing.T) {
	for name, decks := range map[string]func(doors any) any{
		"one deck": func(doors any) any { return map[string]any{"area": simulator.KONEDeck, "doors": doors} },
		"several decks": func(doors any) any {
			return []any{map[string]any{"area": 1}, map[string]any{"area": 2, "doors": doors}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, sim, g, heard := rig(t)
			if _, err := k.Call(soonest(t), g, up); err != nil {
				t.Fatal(err)
			}
			stops := func(inbound, outbound []int) {
				sim.Tell(t.Context(), "lift_1/stopping", map[string]any{"decks": decks([]any{map[string]any{"landing": 5010, "lift_side": 1, "inbound": inbound, "outbound": outbound}})})
			}
			stops([]int{1}, []int{77})
			stops(nil, []int{77, 1})
			if r := <-heard; r != (model.LiftReport{CallID: "call-1", State: model.LiftDone}) {
				t.Errorf("it is %+v", r)
			}
		})
	}
}
