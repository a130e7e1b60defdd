package kone_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"communitypass.cn/communitypass/lift/kone"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

func rig(t *testing.T) (*kone.KONE, *simulator.KONE, model.LiftGroup, chan model.LiftReport) {
	t.Helper()
	sim := simulator.NewKONE("id", "secret")
	server := httptest.NewServer(sim)
	heard := make(chan model.LiftReport, 10)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	k := kone.New(client, func(string) error { return nil }, model.SystemClock{}, func(_ context.Context, _, _ string, r model.LiftReport) error {
		heard <- r
		return nil
	})
	t.Cleanup(func() { k.Close(); server.Close() })
	return k, sim, model.LiftGroup{ID: "g", CommunityID: "c", Address: server.URL, Secret: "id:secret",
		Native: map[string]string{"building": "building:9990000951", "group": "1"}}, heard
}

var up = model.LiftCommand{ID: "call-1", FromNative: "3000", ToNative: "5000"}

func soonest(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestACallIsAcknowledgedByTheSecondAnswer(t *testing.T) {
	k, sim, g, heard := rig(t)
	a, err := k.Call(soonest(t), g, up)
	if err != nil || a.State != model.LiftAcknowledged {
		t.Fatalf("%+v, %v", a, err)
	}
	for topic, want := range map[string]model.LiftCallState{"call_state/1/served_soon": model.LiftArriving, "call_state/1/served": model.LiftArrived} {
		sim.Tell(t.Context(), topic, map[string]any{})
		if r := <-heard; r.CallID != "call-1" || r.State != want {
			t.Errorf("%s is %+v", topic, r)
		}
	}
	sim.Tell(t.Context(), "lift_1/status", map[string]any{"lift_mode": 38})
	if r := <-heard; r.Mode != model.LiftFire {
		t.Errorf("a fire is %+v", r)
	}
}

func TestAConnectionThatEndedIsMadeAnew(t *testing.T) {
	k, sim, g, _ := rig(t)
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	sim.Drop()
	for ctx := soonest(t); sim.Count().Dials < 2 && ctx.Err() == nil; {
		if a, err := k.Call(soonest(t), g, up); err == nil && a.State != model.LiftAcknowledged {
			t.Fatalf("%+v", a)
		}
	}
	if sim.Count().Dials != 2 {
		t.Errorf("%d connections", sim.Count().Dials)
	}
}

func TestSilenceIsNoAnswerAndNotTriedAgain(t *testing.T) {
	k, sim, g, _ := rig(t)
	sim.SetSilent(true)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if a, err := k.Call(ctx, g, up); model.CodeOf(err) != model.CodeTimeout || a.State != "" {
		t.Errorf("%+v, %v", a, err)
	}
	if sim.Count().Calls != 1 {
		t.Errorf("it heard %d calls", sim.Count().Calls)
	}
}

func TestNothingIsSentWithoutATokenOrAreas(t *testing.T) {
	k, sim, g, _ := rig(t)
	g.Secret = "id:wrong"
	_, err := k.Call(soonest(t), g, up)
	if model.CodeOf(err) != model.CodeUnavailable {
		t.Error(err)
	}
	_, err = k.Call(soonest(t), g, model.LiftCommand{ID: "x", FromNative: "lobby", ToNative: "5000"})
	if model.CodeOf(err) != model.CodeUnavailable || sim.Count().Calls != 0 {
		t.Error(err, sim.Count().Calls)
	}
}

func TestDoorsAreHeldOfTheDeckThatComes(t *testing.T) {
	k, sim, g, heard := rig(t)
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	hold := model.LiftHoldCommand{ID: "hold-1", CallID: "call-1", Native: "3000", Seconds: 20}
	if _, err := k.Hold(soonest(t), g, hold); model.CodeOf(err) != model.CodeUnavailable {
		t.Errorf("held without a deck: %v", err)
	}
	sim.Tell(t.Context(), "call_state/1/fixed", map[string]any{"allocated_lift_deck": []int{simulator.KONEDeck}})
	<-heard
	a, err := k.Hold(soonest(t), g, hold)
	if err != nil || a.State != model.HoldHeld || sim.Count().Holds != 1 {
		t.Errorf("%+v, %v, heard %d", a, err, sim.Count().Holds)
	}
	sim.Tell(t.Context(), "call_state/1/served_soon", map[string]any{"allocated_lift_deck": []int{99}})
	<-heard
	if a, err := k.Hold(soonest(t), g, hold); err != nil || a.State != model.HoldRefused {
		t.Errorf("a deck that is not there: %+v, %v", a, err)
	}
}

// comes waits for something that happens by itself.
func comes(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for ctx := soonest(t); !yes(); {
		if model.Wait(ctx, time.Millisecond) != nil {
			t.Fatal(what)
		}
	}
}

func TestAConnectionIsKeptAndItsSubscriptionsRenewed(t *testing.T) {
	k, sim, g, _ := rig(t)
	k.Hurry()
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	comes(t, "it is not kept", func() bool { c := sim.Count(); return c.Pings > 3 && c.Followed > 3 && c.Status > 3 })
	if n := sim.Count().Dials; n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestACutWhileACallIsUnderWayIsMendedAndToldOf(t *testing.T) {
	k, sim, g, heard := rig(t)
	k.Hurry()
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	sim.Drop()
	sim.Tell(t.Context(), "call_state/1/served", map[string]any{"allocated_lift_deck": []int{simulator.KONEDeck}})
	select {
	case r := <-heard:
		if r.CallID != "call-1" || r.State != model.LiftArrived {
			t.Errorf("it tells %+v", r)
		}
	case <-soonest(t).Done():
		t.Fatal("what was missed is not told")
	}
	if c := sim.Count(); c.Resumed != 1 || c.Calls != 1 {
		t.Errorf("resumed %d times, called %d times", c.Resumed, c.Calls)
	}
	a, err := k.Hold(soonest(t), g, model.LiftHoldCommand{ID: "hold-1", CallID: "call-1", Native: "3000", Seconds: 5})
	if err != nil || a.State != model.HoldHeld {
		t.Errorf("held afterwards: %+v, %v", a, err)
	}
}

func TestAnAnswerThatTheCutHeldBackIsStillHeard(t *testing.T) {
	k, sim, g, heard := rig(t)
	k.Hurry()
	sim.SetLate(true)
	done := make(chan error, 1)
	go func() {
		a, err := k.Call(context.WithoutCancel(t.Context()), g, up)
		if a.State != "" {
			t.Errorf("without its answer the call is %s", a.State)
		}
		done <- err
	}()
	comes(t, "no call came", func() bool { return sim.Count().Calls == 1 })
	sim.Drop()
	if err := <-done; model.CodeOf(err) != model.CodeTimeout {
		t.Errorf("the cut is %v", err)
	}
	select {
	case r := <-heard:
		if r.CallID != "call-1" || r.State != model.LiftAcknowledged {
			t.Errorf("it tells %+v", r)
		}
	case <-soonest(t).Done():
		t.Fatal("the answer is not told")
	}
	comes(t, "nobody follows it", func() bool { return sim.Count().Followed > 0 })
	if n := sim.Count().Calls; n != 1 {
		t.Errorf("called %d times", n)
	}
}

func TestASessionThatIsGoneIsBegunAnewAndNothingIsMadeUp(t *testing.T) {
	k, sim, g, heard := rig(t)
	k.Hurry()
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	sim.Drop()
	sim.Forget()
	comes(t, "it did not come back", func() bool { c := sim.Count(); return c.Dials > 1 && c.Followed > 1 })
	select {
	case r := <-heard:
		t.Errorf("it tells %+v", r)
	default:
	}
	sim.Tell(t.Context(), "call_state/1/cancelled", map[string]any{})
	if r := <-heard; r.State != model.LiftFailed {
		t.Errorf("it tells %+v", r)
	}
}

func TestAConnectionThatAnswersNoPingIsReplaced(t *testing.T) {
	k, sim, g, _ := rig(t)
	k.Hurry()
	k.Impatient()
	sim.SetDeaf(true)
	if _, err := k.Call(soonest(t), g, up); err != nil {
		t.Fatal(err)
	}
	comes(t, "it is not replaced", func() bool { return sim.Count().Dials > 1 })
}

func TestTheBuildingIsAskedFor(t *testing.T) {
	k, sim, g, _ := rig(t)
	seen, err := k.Survey(soonest(t), g)
	if err != nil || len(seen.Areas) != 20 || seen.Areas[2] != (model.LiftArea{Native: "3000", Name: "3", Side: "front"}) || !seen.Areas[0].Exit || len(seen.Lifts) != 1 {
		t.Errorf("%+v, %v", seen, err)
	}
	g.Secret = "id:wrong"
	if _, err := k.Survey(soonest(t), g); model.CodeOf(err) != model.CodeForbidden {
		t.Errorf("with wrong credentials: %v", err)
	}
	if n := sim.Count().Dials; n != 1 {
		t.Errorf("%d connections", n)
	}
	g.Secret, g.Address = "id:secret", "http://127.0.0.1:9"
	if _, err := k.Survey(soonest(t), g); model.CodeOf(err) != model.CodeUnavailable {
		t.Errorf("where nobody listens: %v", err)
	}
}
