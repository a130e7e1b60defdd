package service_test

import (
	"context"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// speaking is a carrier that can say and show, and keeps what it was given.
type speaking struct {
	kinds []model.CommandKind
	said  chan model.DeviceCommand
}

func (s speaking) Carries(_ *model.Device, kind model.CommandKind) bool {
	for _, k := range s.kinds {
		if k == kind {
			return true
		}
	}
	return false
}

func (s speaking) Push(_ context.Context, _ *model.Device, _ model.DeviceContact, c model.DeviceCommand) model.CommandOutcome {
	s.said <- c
	return model.CommandOutcome{State: model.CommandDone, Code: "ok"}
}

const words = "请稍等，门岗马上来 Please wait"

// A guard speaks at a gate: the device gets the words once, and nothing keeps them.
func TestSomethingIsSaidAtAGate(t *testing.T) {
	for _, c := range []struct {
		can  []model.CommandKind
		by   model.CommandKind
		want model.CommandKind
	}{
		{[]model.CommandKind{model.CommandDisplay, model.CommandVoice}, "", model.CommandVoice},
		{[]model.CommandKind{model.CommandDisplay}, "", model.CommandDisplay},
		{[]model.CommandKind{model.CommandDisplay, model.CommandVoice}, model.CommandDisplay, model.CommandDisplay},
		{[]model.CommandKind{model.CommandDisplay}, model.CommandVoice, ""},
		{[]model.CommandKind{model.CommandOpen}, "", ""},
	} {
		h := testkit.NewHouse(t)
		dev := openable(t, h, model.ProtocolHikvision)
		carrier := speaking{c.can, make(chan model.DeviceCommand, 9)}
		commands := dispatching(t, 2, h, map[string]service.CommandCarrier{model.ProtocolHikvision: carrier})
		by := guardOf(h, h.Garden)
		got, err := commands.Say(t.Context(), by, h.Garden.Entrance.ID, service.Saying{Text: words, Reason: "电话 13800000001", Kind: c.by})
		if c.want == "" {
			if model.CodeOf(err) != model.CodeCommandUnsupported || len(carrier.said) != 0 {
				t.Errorf("%v by %q: %v", c.can, c.by, err)
			}
			continue
		}
		if err != nil || got.Kind != c.want || got.State != model.CommandDone {
			t.Fatalf("%v by %q: %+v, %v", c.can, c.by, got, err)
		}
		if told := <-carrier.said; string(told.Args.Text) != words || len(carrier.said) != 0 {
			t.Errorf("the device is told %q, and %d times more", told.Args.Text, len(carrier.said))
		}
		if kept := mustDo[model.DeviceCommand](t)(h.Store.View(t.Context()).Command(h.Garden.ID, got.ID)); len(kept.Args.Text) != 0 {
			t.Errorf("it keeps %q", kept.Args.Text)
		}
		if log := actions(t, h, h.Garden.Entrance.ID); len(log) == 0 || log[0] != "gate.say" {
			t.Errorf("the log has %v", log)
		}
		events := mustDo[service.List[model.DeviceEvent]](t)(service.NewIntake(h.Deps, nil).Events(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.DeviceEventFilter{DeviceID: dev.ID}, service.Page{}))
		if len(events.Items) != 0 {
			t.Errorf("a door opened: %+v", events.Items)
		}
	}
}

// What is said at a gate everybody hears.
func TestNothingAboutAPersonIsSaidAtAGate(t *testing.T) {
	h := testkit.NewHouse(t)
	openable(t, h, model.ProtocolHikvision)
	carrier := speaking{[]model.CommandKind{model.CommandVoice}, make(chan model.DeviceCommand, 9)}
	commands := dispatching(t, 1, h, map[string]service.CommandCarrier{model.ProtocolHikvision: carrier})
	for _, text := range []string{"请拨打 13800000001", "京A12345 请挪车", "粤B·D12345", "粤b-12345", "１３８００００１２３４"} {
		_, err := commands.Say(t.Context(), guardOf(h, h.Garden), h.Garden.Entrance.ID, service.Saying{Text: text, Reason: "x"})
		if model.CodeOf(err) != model.CodeInvalid || strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := commands.Say(t.Context(), guardOf(h, h.Harbour), h.Garden.Entrance.ID, service.Saying{Text: words, Reason: "x"}); !model.IsNotFound(err) && model.CodeOf(err) != model.CodeForbidden {
		t.Errorf("a guard of another community gets %v", err)
	}
	if len(carrier.said) != 0 {
		t.Error("something was said")
	}
}

// Words that nobody took are not kept either.
func TestWordsThatNobodyTookAreForgotten(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	now := h.Clock.Now()
	c := model.DeviceCommand{ID: h.ID(), CommunityID: dev.CommunityID, GateID: dev.GateID, DeviceID: dev.ID, Number: 7, Kind: model.CommandVoice,
		Args: model.CommandArgs{Text: []byte(words)}, CreatedAt: model.Millis(now), ExpiresAt: model.Millis(now) - 1}
	if err := h.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateCommand(c) }); err != nil {
		t.Fatal(err)
	}
	if n, err := service.NewCommands(h.Deps, nil).Expire(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if kept := mustDo[model.DeviceCommand](t)(h.Store.View(t.Context()).Command(dev.CommunityID, c.ID)); kept.State != model.CommandExpired || len(kept.Args.Text) != 0 {
		t.Errorf("%s keeps %q", kept.State, kept.Args.Text)
	}
}
