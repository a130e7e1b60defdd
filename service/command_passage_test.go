package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// Who was let in from afar stands in the list of passages, as one whom a guard admitted
// at the gate; what did not open is no passage.
func TestAGateOpenedFromAfarIsAPassage(t *testing.T) {
	h := testkit.NewGatehouse(t)
	openable(t, h.House, model.ProtocolHikvision)
	guard := guardOf(h.House, h.Garden)
	open := func(o model.CommandOutcome) error {
		carriers := map[string]service.CommandCarrier{model.ProtocolHikvision: &pushing{outcome: o}}
		_, err := dispatching(t, 1, h.House, carriers).RecordWith(h.Gates).Open(t.Context(), guard, h.Garden.Entrance.ID, opening)
		return err
	}
	passages := func() []model.Passage {
		t.Helper()
		return mustDo[[]model.Passage](t)(h.Store.View(t.Context()).Passages(h.Garden.ID, service.PassageFilter{}, "", 10))
	}
	if err := open(model.Failed("busy")); model.CodeOf(err) != model.CodeCommandFailed || len(passages()) > 0 {
		t.Fatalf("a door that stays shut is %v and %d passages", err, len(passages()))
	}
}

// The door opens, and a passage by hand is there once.
func TestAnOpenedGateIsRecordedOnce(t *testing.T) {
	h := testkit.NewGatehouse(t)
	openable(t, h.House, model.ProtocolHikvision)
	guard := guardOf(h.House, h.Garden)
	carriers := map[string]service.CommandCarrier{model.ProtocolHikvision: &pushing{outcome: model.CommandOutcome{State: model.CommandDone}}}
	c, err := dispatching(t, 2, h.House, carriers).RecordWith(h.Gates).Open(t.Context(), guard, h.Garden.Entrance.ID, opening)
	if err != nil {
		t.Fatal(err)
	}
	list := mustDo[[]model.Passage](t)(h.Store.View(t.Context()).Passages(h.Garden.ID, service.PassageFilter{}, "", 10))
	if len(list) != 1 || list[0].Way != model.WayManual || list[0].GateID != h.Garden.Entrance.ID || list[0].Decision != "admit" {
		t.Errorf("the passages are %+v", list)
	}
	// Whoever opens sees what came of it, and nobody of another community does.
	commands := service.NewCommands(h.Deps, carriers)
	if seen, err := commands.List(t.Context(), guard, h.Garden.ID, service.CommandFilter{}, service.Page{}); err != nil || len(seen.Items) != 1 {
		t.Errorf("the guard sees %d commands, %v", len(seen.Items), err)
	}
	if _, err := commands.Get(t.Context(), guardOf(h.House, h.Harbour), h.Garden.ID, c.ID); !model.IsNotFound(err) {
		t.Errorf("a guard from elsewhere gets %v", err)
	}
}
