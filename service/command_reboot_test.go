package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// A device starts anew by order of those who set gates up: it opens nothing by that, and
// is no passage.
func TestADeviceStartsAnew(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	carrier := &pushing{outcome: model.CommandOutcome{State: model.CommandDone, Code: "ok"}}
	commands := dispatching(t, 1, h, map[string]service.CommandCarrier{model.ProtocolHikvision: carrier})
	by := h.Manager(h.Garden)
	c, err := commands.Reboot(t.Context(), by, h.Garden.ID, dev.ID, "死机")
	if err != nil || c.Kind != model.CommandReboot || c.State != model.CommandDone || carrier.pushed.Load() != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	events := mustDo[service.List[model.DeviceEvent]](t)(service.NewIntake(h.Deps, nil).Events(t.Context(), by, h.Garden.ID, service.DeviceEventFilter{DeviceID: dev.ID}, service.Page{}))
	if len(events.Items) != 0 {
		t.Errorf("the events are %+v", events.Items)
	}
	if got := actions(t, h, dev.ID); len(got) != 2 || got[0] != "device.reboot" {
		t.Errorf("the log has %v", got)
	}
	if _, err := commands.Reboot(t.Context(), guardOf(h, h.Garden), h.Garden.ID, dev.ID, "x"); model.CodeOf(err) != model.CodeForbidden && !model.IsNotFound(err) {
		t.Errorf("a guard gets %v", err)
	}
	if _, err := commands.Reboot(t.Context(), h.Manager(h.Harbour), h.Harbour.ID, dev.ID, "x"); !model.IsNotFound(err) {
		t.Errorf("a device of another community is %v", err)
	}
	without := service.NewCommands(h.Deps, nil)
	if _, err := without.Reboot(t.Context(), by, h.Garden.ID, dev.ID, "x"); model.CodeOf(err) != model.CodeCommandUnsupported {
		t.Errorf("a device that knows no such order gets %v", err)
	}
}
