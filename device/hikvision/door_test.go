package hikvision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

var here = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// controller is a simulated device with what calls it.
func controller(t *testing.T, algorithm string) (*simulator.Hikvision, model.DeviceContact) {
	t.Helper()
	sim := simulator.NewHikvision("admin", "Secret-12", algorithm)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, model.DeviceContact{DeviceID: "D1", Address: server.URL, User: "admin", Password: "Secret-12"}
}

func open(t *testing.T, to model.DeviceContact, networks []netip.Prefix, door int) model.CommandOutcome {
	t.Helper()
	doors := hikvision.NewDoors(device.NewCaller(networks), model.FrozenClock(noon))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	return doors.Push(ctx, &model.Device{ID: "D1", Address: to.Address}, to, model.DeviceCommand{Kind: model.CommandOpen, Args: model.CommandArgs{Door: door}})
}

func TestADoorIsOpenedOnce(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		sim, to := controller(t, algorithm)
		if got := open(t, to, here, 2); got != (model.CommandOutcome{State: model.CommandDone, Code: "ok"}) {
			t.Errorf("%s: %v", algorithm, got)
		}
		orders := sim.Orders()
		if len(orders) != 1 || !strings.Contains(orders[0], "/door/2 ") || !strings.Contains(orders[0], "<cmd>open</cmd>") || strings.Contains(orders[0], "channelNo") || sim.Refused() != 0 {
			t.Errorf("%s: orders %q, %d refused", algorithm, orders, sim.Refused())
		}
	}
}

func TestWhatADeviceWantsIsAskedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		able, order string
		outcome     model.CommandOutcome
	}{
		"more fields": {`<RemoteControlDoor><channelNo min="1" max="2"/><cmd opt="open, close"/><controlType opt="monitor,calling"/></RemoteControlDoor>`,
			"<channelNo>1</channelNo><cmd>open</cmd><controlType>monitor</controlType>", model.CommandOutcome{State: model.CommandDone, Code: "ok"}},
		"no such word":     {`<RemoteControlDoor><cmd opt="alwaysOpen,resume"/></RemoteControlDoor>`, "", model.Failed(model.AnswerUnsupported)},
		"no such question": {"", "<cmd>open</cmd>", model.CommandOutcome{State: model.CommandDone, Code: "ok"}},
		"nothing readable": {"hello", "<cmd>open</cmd>", model.CommandOutcome{State: model.CommandDone, Code: "ok"}},
	} {
		sim, to := controller(t, "MD5")
		sim.Able(c.able)
		got, orders := open(t, to, here, 0), sim.Orders()
		if got != c.outcome || (c.order == "") != (len(orders) == 0) || c.order != "" && !strings.Contains(orders[0], c.order) {
			t.Errorf("%s: %v, orders %q", name, got, orders)
		}
	}
}

// Nothing is called done that the device did not call done.
func TestADoorThatDoesNotOpen(t *testing.T) {
	const said = `<ResponseStatus><statusCode>4</statusCode><subStatusCode>notSupport</subStatusCode></ResponseStatus>`
	for name, c := range map[string]struct {
		status int
		body   string
		want   model.CommandOutcome
	}{
		"refused":            {403, said, model.Failed("notSupport")},
		"refused, but 200":   {200, said, model.Failed("notSupport")},
		"a page":             {200, "<html>welcome</html>", model.Failed(model.AnswerUnreadable)},
		"an error":           {500, "", model.Failed("http.500")},
		"somewhere else":     {302, "", model.Failed("http.302")},
		"done, nothing said": {200, "", model.CommandOutcome{State: model.CommandDone, Code: "ok"}},
	} {
		sim, to := controller(t, "MD5")
		sim.Answers(c.status, c.body)
		if got := open(t, to, here, 1); got != c.want || len(sim.Orders()) != 1 {
			t.Errorf("%s: %v after %d orders", name, got, len(sim.Orders()))
		}
	}
	sim, to := controller(t, "MD5")
	sim.Hang()
	if got := open(t, to, here, 1); got != (model.CommandOutcome{State: model.CommandExpired, Code: model.AnswerNone}) || len(sim.Orders()) != 1 {
		t.Errorf("a device that says nothing: %v after %d orders", got, len(sim.Orders()))
	}
	to.Password = "wrong"
	if got := open(t, to, here, 1); got != model.Failed(model.AnswerLogin) || len(sim.Orders()) != 1 {
		t.Errorf("a wrong password: %v", got)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	to.Address = gone.URL
	gone.Close()
	if got := open(t, to, here, 1); got != model.Failed(model.AnswerUnreachable) {
		t.Errorf("a device that is not there: %v", got)
	}
}

func TestOnlyTheNetworksOfDevicesAreCalled(t *testing.T) {
	sim, to := controller(t, "MD5")
	port := to.Address[strings.LastIndex(to.Address, ":"):]
	caller := device.NewCaller(here)
	for _, address := range []string{"http://169.254.169.254", "http://10.0.0.1", "http://localhost" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port,
		"http://127.1" + port, "http://2130706433" + port, "http://0x7f000001" + port, "http://0.0.0.0" + port, "ftp://127.0.0.1", "http://127.0.0.1/path", "http://a@127.0.0.1", "http://127.0.0.1?x", "127.0.0.1", ""} {
		to.Address = address
		if caller.CheckAddress(address) == nil {
			t.Errorf("%q may be called", address)
		}
		if got := open(t, to, here, 1); got != model.Failed(model.AnswerAddress) {
			t.Errorf("%q: %v", address, got)
		}
	}
	to.Address = "http://127.0.0.1" + port
	if got := open(t, to, nil, 1); got != model.Failed(model.AnswerAddress) {
		t.Errorf("without networks: %v", got)
	}
	if len(sim.Orders()) != 0 || sim.Refused() != 0 {
		t.Error("the device was called")
	}
}
