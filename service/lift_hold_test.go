package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	dialect "communitypass.cn/communitypass/device/lift"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// arrived is a call whose lift has just come and stands with open doors.
func (w *lifted) arrived(t testing.TB, id string) model.LiftCall {
	t.Helper()
	w.lift.SetTell(func(e dialect.Event) {
		report, ok := e.Report()
		if !ok {
			t.Errorf("the lift tells %+v", e)
		}
		if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, report); err != nil {
			t.Error(err)
		}
	})
	c := w.call(t, id)
	w.pass(t, w.lifts)
	w.Clock.Advance(2 * time.Second)
	w.lift.Step()
	return w.is(t, c.ID, model.LiftArrived, "")
}

func (w *lifted) hold(t testing.TB, id string) model.LiftHold {
	t.Helper()
	c, err := w.lifts.Hold(t.Context(), w.li, id, 20)
	if err != nil {
		t.Fatal(err)
	}
	return c.Hold
}

func TestDoorsStayOpenForTheCaller(t *testing.T) {
	w := newLifted(t)
	c := w.arrived(t, "call-0001")
	h := w.hold(t, c.ID)
	if h.State != model.HoldHeld || h.EndsAt != model.Millis(w.Clock.Now().Add(20*time.Second)) {
		t.Fatalf("the hold is %+v", h)
	}
	_, err := w.lifts.Hold(t.Context(), w.li, c.ID, 20)
	refusedAs(t, err, model.CodeLimitReached)
	w.Clock.Advance(19 * time.Second)
	if w.lift.Step(); w.is(t, c.ID, model.LiftArrived, "").AtFloor != "1" {
		t.Error("it left while its doors were held")
	}
	w.Clock.Advance(2 * time.Second)
	w.pass(t, w.lifts)
	over := w.is(t, c.ID, model.LiftArrived, "")
	if over.Hold.State != model.HoldOver || over.Turn <= c.Turn+2 {
		t.Errorf("after it %+v, turn %d after %d", over.Hold, over.Turn, c.Turn)
	}
	for more := true; more; {
		w.Clock.Advance(2 * time.Second)
		more = w.lift.Step()
	}
	w.is(t, c.ID, model.LiftDone, "")
	_, err = w.lifts.Hold(t.Context(), w.li, c.ID, 20)
	refusedAs(t, err, model.CodeStateChanged)
}

func TestNoDoorIsHeldOfALiftThatIsNotThereOrNotOnesOwn(t *testing.T) {
	w := newLifted(t)
	c := w.call(t, "call-0001")
	w.pass(t, w.lifts)
	_, err := w.lifts.Hold(t.Context(), w.li, c.ID, 20)
	refusedAs(t, err, model.CodeStateChanged)
	_, err = w.lifts.Hold(t.Context(), w.next, c.ID, 20)
	refusedAs(t, err, model.CodeNotFound)
	for _, seconds := range []int{0, 4, 31} {
		_, err = w.lifts.Hold(t.Context(), w.li, c.ID, seconds)
		refusedAs(t, err, model.CodeInvalid)
	}
	if heard := w.lift.Commands(); len(heard) != 1 {
		t.Errorf("the controller heard %v", heard)
	}
}

func TestDoorsAreHeldByTheLiftsOwnWordAlone(t *testing.T) {
	for name, c := range map[string]struct {
		fault  simulator.LiftFault
		state  model.LiftHoldState
		reason string
	}{
		"garbage":  {simulator.LiftFault{Garbage: "<html>ok</html>"}, model.HoldFailed, model.LiftBadAnswer},
		"other id": {simulator.LiftFault{Garbage: `{"id":"another","state":"held"}`}, model.HoldFailed, model.LiftBadAnswer},
		"refusal":  {simulator.LiftFault{Status: 409, Reason: "odd"}, model.HoldRefused, model.LiftRefusedBy},
		"busy":     {simulator.LiftFault{Status: 503}, model.HoldRefused, model.LiftBusy},
		"pending":  {simulator.LiftFault{Pending: true}, model.HoldSent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLifted(t)
			call := w.arrived(t, "call-0001")
			w.lift.SetFault(c.fault)
			h := w.hold(t, call.ID)
			if h.State != c.state || h.Reason != c.reason {
				t.Fatalf("it is %+v", h)
			}
			if heard := w.lift.Commands(); heard[h.ID] != 1 {
				t.Errorf("the controller heard it %d times", heard[h.ID])
			}
		})
	}
}

func TestAHoldThatIsNotAnsweredInTimeWasNone(t *testing.T) {
	w := newLifted(t)
	call := w.arrived(t, "call-0001")
	w.lift.SetFault(simulator.LiftFault{Pending: true})
	late, said := w.hold(t, call.ID), func(id string) model.LiftHold {
		t.Helper()
		if err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{HoldID: id, Hold: model.HoldHeld}); err != nil {
			t.Fatal(err)
		}
		return w.is(t, call.ID, model.LiftArrived, "").Hold
	}
	w.Clock.Advance(6 * time.Second)
	if h := said(late.ID); h.State != model.HoldSent {
		t.Errorf("a late answer made it %+v", h)
	}
	w.pass(t, w.lifts)
	if h := w.is(t, call.ID, model.LiftArrived, "").Hold; h.State != model.HoldFailed || h.Reason != model.LiftNoAnswer {
		t.Errorf("it is %+v", h)
	}
	again := w.hold(t, call.ID)
	if h := said(late.ID); h.State != model.HoldSent {
		t.Errorf("the answer to the first made the second %+v", h)
	}
	if h := said(again.ID); h.State != model.HoldHeld {
		t.Errorf("its own answer made it %+v", h)
	}
}

func TestTwoPressesAreOneHold(t *testing.T) {
	w := newLifted(t)
	call := w.arrived(t, "call-0001")
	before := len(w.lift.Commands())
	var wg sync.WaitGroup
	replica := w.replica()
	for i := range 20 {
		wg.Go(func() {
			of := w.lifts
			if i%2 == 0 {
				of = replica
			}
			_, err := of.Hold(context.Background(), w.li, call.ID, 10)
			if code := model.CodeOf(err); err != nil && code != model.CodeLimitReached {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if heard := len(w.lift.Commands()) - before; heard != 1 {
		t.Errorf("the controller heard %d", heard)
	}
}

func TestNoDoorIsHeldInAFireNorForEver(t *testing.T) {
	w := newLifted(t)
	call := w.arrived(t, "call-0001")
	for range 4 {
		w.hold(t, call.ID)
		w.Clock.Advance(30 * time.Second)
	}
	_, err := w.lifts.Hold(t.Context(), w.li, call.ID, 20)
	refusedAs(t, err, model.CodeLimitReached)
	w.lift.SetFire(true)
	_, err = w.lifts.Hold(t.Context(), w.li, call.ID, 20)
	refusedAs(t, err, model.CodeLiftFireMode)
}
