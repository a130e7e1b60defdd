package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// A guard asks a camera to look again: it is told once, nothing opens, and no passage
// comes of the order itself.
func TestACameraIsAskedToLookAgain(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	carrier := speaking{[]model.CommandKind{model.CommandLook}, make(chan model.DeviceCommand, 9)}
	commands := dispatching(t, 2, h, map[string]service.CommandCarrier{model.ProtocolHikvision: carrier})
	guard, gate := guardOf(h, h.Garden), h.Garden.Entrance.ID
	got, err := commands.Look(t.Context(), guard, gate, "车牌没认出，电话 13800000001", "")
	if err != nil || got.Kind != model.CommandLook || got.State != model.CommandDone || got.DeviceID != dev.ID || len(carrier.said) != 1 {
		t.Fatalf("%+v, %v, told %d times", got, err, len(carrier.said))
	}
	if log := actions(t, h, gate); len(log) == 0 || log[0] != "gate.look" {
		t.Errorf("the log has %v", log)
	}
	if list := mustDo[service.List[model.DeviceCommand]](t)(commands.List(t.Context(), guard, h.Garden.ID, service.CommandFilter{}, service.Page{})); len(list.Items) != 1 {
		t.Errorf("listed %+v", list.Items)
	}
	if found := mustDo[[]model.Passage](t)(h.Store.View(t.Context()).Passages(h.Garden.ID, service.PassageFilter{}, "", 10)); len(found) != 0 {
		t.Errorf("%d passages", len(found))
	}
	_, err = commands.Look(t.Context(), guardOf(h, h.Harbour), gate, "x", "")
	refusedAs(t, err, model.CodeNotFound)
	_, err = commands.Look(t.Context(), guard, h.Garden.UnitDoor.ID, "x", "")
	refusedAs(t, err, model.CodeCommandUnsupported)
}

// What a device has and never speaks of is neither done nor unanswered; what it was not
// given, or was given later, stays as it is. A word that comes all the same is heard.
func TestACommandIsHandedOver(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolZKTeco)
	view, _ := h.Directory.Device(dev.ID)
	commands := service.NewCommands(h.Deps, map[string]service.CommandCarrier{model.ProtocolZKTeco: speaking{kinds: []model.CommandKind{model.CommandOpen, model.CommandVoice}}})
	type outcome struct {
		c   model.DeviceCommand
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		c, err := commands.Say(t.Context(), guardOf(h, h.Garden), h.Garden.Entrance.ID, service.Saying{Text: words, Reason: "x"})
		ended <- outcome{c, err}
	}()
	var c model.DeviceCommand
	for found := false; !found; {
		if t.Context().Err() != nil {
			t.Fatal("nothing was queued")
		}
		before := h.Clock.Now()
		if err := commands.Took(t.Context(), view, before); err != nil {
			t.Fatal(err)
		}
		var err error
		if c, found, err = commands.FetchWithin(t.Context(), view, 100*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := commands.Took(t.Context(), view, model.FromMillis(c.CreatedAt).Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if now := mustDo[model.DeviceCommand](t)(h.Store.View(t.Context()).Command(c.CommunityID, c.ID)); now.State != model.CommandSent || string(now.Args.Text) != words {
		t.Fatalf("one that asked before is taken to have it: %s", now.State)
	}
	if err := commands.Took(t.Context(), view, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	o := <-ended
	wantState(t, o.err, model.CodeCommandUnconfirmed, model.AnswerHandedOver)
	if o.c.State != model.CommandHandedOver || len(o.c.Args.Text) != 0 || !o.c.Ended() {
		t.Errorf("it ended as %+v", o.c)
	}
	h.Clock.Advance(time.Minute)
	if n := mustDo[int](t)(commands.Expire(t.Context())); n != 0 {
		t.Errorf("%d expired", n)
	}
}

// A device that fetches what it cannot be told has not got it.
func TestWhatADeviceCannotBeToldHasFailed(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolZKTeco)
	view, _ := h.Directory.Device(dev.ID)
	commands := service.NewCommands(h.Deps, map[string]service.CommandCarrier{model.ProtocolZKTeco: fetching{}})
	ended := make(chan error, 1)
	go func() {
		_, err := commands.Open(t.Context(), guardOf(h, h.Garden), h.Garden.Entrance.ID, opening)
		ended <- err
	}()
	for found := false; !found; {
		if t.Context().Err() != nil {
			t.Fatal("nothing was queued")
		}
		if _, other, err := commands.FetchKind(t.Context(), view, model.CommandLook); other || err != nil {
			t.Fatalf("an order of another kind is given, %v", err)
		}
		c, got, err := commands.FetchWithin(t.Context(), view, 100*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if found = got; got {
			if err := commands.Refused(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantState(t, <-ended, model.CodeCommandFailed, model.AnswerUnsupported)
}
