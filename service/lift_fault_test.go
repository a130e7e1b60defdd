package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/store"
)

func TestWhatIsNoAnswerIsNeverTakenForOne(t *testing.T) {
	for name, c := range map[string]struct {
		fault  simulator.LiftFault
		state  model.LiftCallState
		reason string
	}{
		"garbage":   {simulator.LiftFault{Garbage: "<html>ok</html>"}, model.LiftFailed, model.LiftBadAnswer},
		"other id":  {simulator.LiftFault{Garbage: `{"id":"another","state":"acknowledged"}`}, model.LiftFailed, model.LiftBadAnswer},
		"odd state": {simulator.LiftFault{Garbage: `{"id":"x","state":"ok"}`}, model.LiftFailed, model.LiftBadAnswer},
		"error 500": {simulator.LiftFault{Status: 500}, model.LiftFailed, model.LiftBadAnswer},
		"busy":      {simulator.LiftFault{Status: 429}, model.LiftRefused, model.LiftBusy},
		"refusal":   {simulator.LiftFault{Status: 409, Reason: "no <such> thing"}, model.LiftRefused, model.LiftRefusedBy},
		"fire":      {simulator.LiftFault{Status: 409, Reason: model.LiftFireMode}, model.LiftRefused, model.LiftFireMode},
		"pending":   {simulator.LiftFault{Pending: true}, model.LiftSent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLifted(t)
			w.lift.SetFault(c.fault)
			call := w.call(t, "call-0001")
			w.pass(t, w.lifts)
			w.is(t, call.ID, c.state, c.reason)
			w.pass(t, w.lifts)
			if heard := w.lift.Commands(); heard[call.ID] > 1 {
				t.Errorf("tried %d times", heard[call.ID])
			}
		})
	}
}

func TestAControllerThatIsDownFailsTheCall(t *testing.T) {
	w := newLifted(t)
	w.server.Close()
	call := w.call(t, "call-0001")
	w.pass(t, w.lifts)
	w.is(t, call.ID, model.LiftFailed, model.LiftUnreachable)
}

func TestAControllerThatHangsIsNotAskedAgain(t *testing.T) {
	w := newLifted(t)
	w.lift.SetFault(simulator.LiftFault{Hang: true})
	call := w.call(t, "call-0001")
	w.pass(t, w.lifts) // waits for liftAsk
	w.is(t, call.ID, model.LiftSent, "")
	w.lift.SetFault(simulator.LiftFault{})
	w.pass(t, w.lifts)
	w.Clock.Advance(20 * time.Second)
	w.pass(t, w.lifts)
	w.is(t, call.ID, model.LiftFailed, model.LiftNoAnswer)
	if heard := w.lift.Commands(); heard[call.ID] != 1 {
		t.Errorf("asked %d times", heard[call.ID])
	}
	// It answers when everybody has gone.
	if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{CallID: call.ID, State: model.LiftArrived, Lift: "A"}); err != nil {
		t.Fatal(err)
	}
	w.is(t, call.ID, model.LiftFailed, model.LiftNoAnswer)
}

func TestAnAnswerAfterTheCallsLifeChangesNothing(t *testing.T) {
	w := newLifted(t)
	w.lift.SetFault(simulator.LiftFault{Pending: true})
	call := w.call(t, "call-0001")
	w.pass(t, w.lifts)
	w.Clock.Advance(16 * time.Second) // and nobody has settled it yet
	if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{CallID: call.ID, State: model.LiftAcknowledged, Lift: "A"}); err != nil {
		t.Fatal(err)
	}
	w.is(t, call.ID, model.LiftSent, "")
	w.pass(t, w.lifts)
	w.is(t, call.ID, model.LiftFailed, model.LiftNoAnswer)
}

func TestAnotherGroupsControllerCannotAnswer(t *testing.T) {
	w := newLifted(t)
	w.lift.SetFault(simulator.LiftFault{Pending: true})
	call := w.call(t, "call-0001")
	w.pass(t, w.lifts)
	for _, from := range [][2]string{{w.Garden.ID, w.ID()}, {w.ID(), w.group.ID}} {
		if err := w.lifts.Hear(t.Context(), from[0], from[1], model.LiftReport{CallID: call.ID, State: model.LiftArrived}); err != nil {
			t.Fatal(err)
		}
	}
	w.is(t, call.ID, model.LiftSent, "")
}

func TestInAFireNoLiftIsCalled(t *testing.T) {
	w := newLifted(t)
	waiting := w.call(t, "call-0001")
	fire := func(mode model.LiftMode) {
		t.Helper()
		if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{Mode: mode}); err != nil {
			t.Fatal(err)
		}
	}
	fire(model.LiftFire)
	w.is(t, waiting.ID, model.LiftRefused, model.LiftFireMode)
	w.pass(t, w.lifts)
	// Rights are not looked at: the neighbour hears of the fire, not of the floor.
	_, err := w.lifts.Call(t.Context(), w.next, w.wish("call-0002", "15"))
	refusedAs(t, err, model.CodeLiftFireMode)
	if heard := w.lift.Commands(); len(heard) != 0 {
		t.Errorf("in a fire the controller heard %v", heard)
	}
	list, err := w.lifts.Own(t.Context(), w.next)
	if err != nil || len(list) != 1 || len(list[0].Floors) != 20 {
		t.Errorf("in a fire the neighbour sees %+v, %v", list, err)
	}
	fire(model.LiftNormal)
	if list, _ := w.lifts.Own(t.Context(), w.next); len(list[0].Floors) != 2 {
		t.Errorf("after it %v", list[0].Floors)
	}
	w.call(t, "call-0003")
}

func TestAPassageCallsTheLiftOnce(t *testing.T) {
	w := newLifted(t)
	pass := w.passOf(t, w.li)
	reader := w.Reader(t, w.Garden.Entrance)
	enter := func() model.Passage {
		t.Helper()
		a := w.Scan(t, reader, w.Code(t, pass, w.Clock.Now()), admission.In)
		if a.Passage.Decision != string(admission.Admit) {
			t.Fatalf("%s: %s", a.Passage.Decision, a.Passage.Reason)
		}
		return a.Passage
	}
	enter()
	w.pass(t, w.lifts)
	if len(w.lift.Commands()) != 0 {
		t.Fatal("a lift was called for somebody who did not ask for it")
	}
	w.Clock.Advance(time.Minute)
	refusedAs(t, w.lifts.Prefer(t.Context(), w.next, w.homeOf(t, w.li), true), model.CodeNotFound)
	if err := w.lifts.Prefer(t.Context(), w.li, w.homeOf(t, w.li), true); err != nil {
		t.Fatal(err)
	}
	p := enter()
	other := w.replica()
	for _, replica := range []*service.Lifts{w.lifts, other, w.lifts, w.replica()} {
		w.pass(t, replica)
	}
	c, err := w.Store.View(t.Context()).LiftCallByRequest(w.li.PersonID, "passage-"+p.ID)
	if err != nil || c.PassageID == nil || *c.PassageID != p.ID || c.FromFloor != "1" || c.ToFloor != "15" {
		t.Fatalf("%+v, %v", c, err)
	}
	if heard := w.lift.Commands(); len(heard) != 1 || heard[c.ID] != 1 {
		t.Errorf("the controller heard %v", heard)
	}
	// A gate that was offline, and a passage of a while ago, call nothing.
	w.end(t, c.ID)
	w.Clock.Advance(time.Minute)
	late := enter()
	w.Clock.Advance(11 * time.Second)
	w.pass(t, w.replica())
	if _, err := w.Store.View(t.Context()).LiftCallByRequest(w.li.PersonID, "passage-"+late.ID); !model.IsNotFound(err) {
		t.Errorf("an old passage called a lift: %v", err)
	}
}

func (w *lifted) end(t testing.TB, id string) {
	t.Helper()
	w.Update(t, func(tx *store.Tx) error {
		_, err := tx.MoveLiftCall(id, store.LiftMove{To: model.LiftDone})
		return err
	})
}

func (w *lifted) passOf(t testing.TB, c *model.Caller) model.Pass {
	t.Helper()
	found, err := w.Store.View(t.Context()).PassesIn(w.Garden.ID, c.PersonID, 1)
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

func TestTheFirstAnswerIsTold(t *testing.T) {
	w := newLifted(t)
	recipient := w.Recipient(t, w.Garden)
	_, err := w.Probe(t).Exec(`UPDATE recipients SET event_types = '["cn.communitypass.lift.called"]', field_policy = '{"cn.communitypass.lift.called":["call_id","state"]}' WHERE id = ?`, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	call := w.call(t, "call-0001")
	w.pass(t, w.lifts)
	for range 3 {
		if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{CallID: call.ID, State: model.LiftAcknowledged}); err != nil {
			t.Fatal(err)
		}
	}
	if told := w.Sequences(t, recipient); len(told) != 1 {
		t.Errorf("told %d times", len(told))
	}
}
