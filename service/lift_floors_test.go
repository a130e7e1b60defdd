package service_test

import (
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
)

// inCabin is a house where the entrance's gate is the reader inside lift A.
func inCabin(t *testing.T) *lifted {
	t.Helper()
	w := newLifted(t)
	if _, err := w.Probe(t).Exec(`UPDATE lift_groups SET gates = '[{"gate_id":"`+w.Garden.Entrance.ID+`","cabin":"A"}]' WHERE id = ?`, w.group.ID); err != nil {
		t.Fatal(err)
	}
	return w
}

// scans admits somebody inside the cabin.
func (w *lifted) scans(t *testing.T, who *model.Caller) model.Passage {
	t.Helper()
	a := w.Scan(t, w.Reader(t, w.Garden.Entrance), w.Code(t, w.passOf(t, who), w.Clock.Now()), admission.In)
	if a.Passage.Decision != string(admission.Admit) {
		t.Fatalf("%s: %s", a.Passage.Decision, a.Passage.Reason)
	}
	return a.Passage
}

func (w *lifted) rightsAre(t *testing.T, p model.Passage, state model.LiftRightsState, reason string) model.LiftRights {
	t.Helper()
	all, err := w.Store.View(t.Context()).LiftRightsIn(10, model.RightsRequested, model.RightsSent, model.RightsEnabled, model.RightsRefused, model.RightsFailed, model.RightsExpired)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.PassageID != p.ID {
			continue
		}
		if r.State != state || r.Reason != reason {
			t.Fatalf("they are %s (%s), want %s (%s)", r.State, r.Reason, state, reason)
		}
		return r
	}
	t.Fatal("there are none")
	return model.LiftRights{}
}

func TestAPassageInACabinOpensItsFloorsForSeconds(t *testing.T) {
	w := inCabin(t)
	if open := w.lift.Open(); len(open) != 0 {
		t.Fatalf("before anybody is admitted %v are open", open)
	}
	p := w.scans(t, w.li)
	for _, replica := range []*service.Lifts{w.lifts, w.replica(), w.lifts} {
		w.pass(t, replica)
	}
	r := w.rightsAre(t, p, model.RightsEnabled, "")
	if open := w.lift.Open(); !slices.Equal(open, []string{"1", "15"}) || !slices.Equal(r.Floors, open) {
		t.Errorf("open are %v, recorded %v", open, r.Floors)
	}
	if heard := w.lift.Commands(); len(heard) != 1 || heard[r.ID] != 1 {
		t.Errorf("the controller heard %v", heard)
	}
	w.Clock.Advance(16 * time.Second)
	if open := w.lift.Open(); len(open) != 0 {
		t.Errorf("afterwards %v are open", open)
	}
}

func TestFloorsAreOpenByTheControllersWordAlone(t *testing.T) {
	for name, c := range map[string]struct {
		fault         simulator.LiftFault
		state         model.LiftRightsState
		reason, later string
	}{
		"garbage": {simulator.LiftFault{Garbage: `{"id":"x","state":"enabled"}`}, model.RightsFailed, model.LiftBadAnswer, ""},
		"refusal": {simulator.LiftFault{Status: 422}, model.RightsRefused, model.LiftRefusedBy, ""},
		"pending": {simulator.LiftFault{Pending: true}, model.RightsSent, "", model.LiftNoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			w := inCabin(t)
			w.lift.SetFault(c.fault)
			p := w.scans(t, w.li)
			w.pass(t, w.lifts)
			r := w.rightsAre(t, p, c.state, c.reason)
			if c.later == "" {
				return
			}
			w.Clock.Advance(16 * time.Second)
			if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{RightsID: r.ID, Rights: model.RightsEnabled}); err != nil {
				t.Fatal(err)
			}
			w.rightsAre(t, p, model.RightsSent, "")
			w.pass(t, w.lifts)
			w.rightsAre(t, p, model.RightsFailed, c.later)
		})
	}
}

func TestRightsThatNobodySentInTimeAreNeverSent(t *testing.T) {
	w := inCabin(t)
	p := w.scans(t, w.li)
	if err := w.lifts.FollowPassages(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.rightsAre(t, p, model.RightsRequested, "")
	w.Clock.Advance(15 * time.Second)
	w.pass(t, w.lifts)
	w.rightsAre(t, p, model.RightsExpired, model.LiftTooLate)
	if heard := w.lift.Commands(); len(heard) != 0 {
		t.Errorf("the controller heard %v", heard)
	}
}

func TestInAFireAllFloorsAreOpenAndNobodyIsAsked(t *testing.T) {
	w := inCabin(t)
	w.lift.SetFire(true)
	if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{Mode: model.LiftFire}); err != nil {
		t.Fatal(err)
	}
	w.scans(t, w.li)
	w.pass(t, w.lifts)
	if heard := w.lift.Commands(); len(heard) != 0 || len(w.lift.Open()) != 20 {
		t.Errorf("the controller heard %v, open are %v", heard, w.lift.Open())
	}
}

func TestACabinHasNoFloor(t *testing.T) {
	w := newLifted(t)
	for _, gate := range []model.LiftGate{{GateID: w.Garden.Entrance.ID, Floor: "1", Cabin: "A"}, {GateID: w.Garden.Entrance.ID}} {
		_, err := w.lifts.Register(t.Context(), w.manager, w.Garden.ID, service.NewLiftGroup{Name: "电梯", Building: "1", Protocol: model.LiftHTTP, Address: w.server.URL,
			Secret: liftSecret, Gates: []model.LiftGate{gate}, Landings: []model.LiftLanding{{Floor: "1"}, {Floor: "2"}}})
		refusedAs(t, err, model.CodeInvalid)
	}
}
