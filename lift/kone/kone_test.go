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
	for ctx := soonest(t); sim.Dials() < 2 && ctx.Err() == nil; {
		if a, err := k.Call(soonest(t), g, up); err == nil && a.State != model.LiftAcknowledged {
			t.Fatalf("%+v", a)
		}
	}
	if sim.Dials() != 2 {
		t.Errorf("%d connections", sim.Dials())
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
	if sim.Calls() != 1 {
		t.Errorf("it heard %d calls", sim.Calls())
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
	if model.CodeOf(err) != model.CodeUnavailable || sim.Calls() != 0 {
		t.Error(err, sim.Calls())
	}
}
