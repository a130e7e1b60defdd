package service_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

const gbCamera = "34020000001320000001"

func alarmDevices(h *testkit.House) *service.Devices {
	return service.NewDevices(h.Deps, nil, publicURL, model.ProtocolGB28181, model.ProtocolSIA, model.ProtocolVIID, model.ProtocolCamera, "cap")
}

func TestADeviceThatCouldNotProveItselfIsRefused(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := alarmDevices(h)
	for what, c := range map[string]struct {
		in    service.NewVendorDevice
		field string
	}{
		"a short code":           {service.NewVendorDevice{Protocol: "gb28181", Serial: "3402", Secret: "12345678"}, "/serial"},
		"no password":            {service.NewVendorDevice{Protocol: "gb28181", Serial: gbCamera}, "/secret"},
		"a short password":       {service.NewVendorDevice{Protocol: "viid", Serial: gbCamera, Secret: "1234567"}, "/secret"},
		"an account of letters":  {service.NewVendorDevice{Protocol: "sia", Serial: "XYZ"}, "/serial"},
		"half a key":             {service.NewVendorDevice{Protocol: "sia", Serial: "1234", Secret: "0011"}, "/secret"},
		"a camera without link":  {service.NewVendorDevice{Protocol: "camera", Serial: "c1"}, "/link"},
		"a link to fill in more": {service.NewVendorDevice{Protocol: "camera", Serial: "c1", Link: "https://v.example/{token}"}, "/link"},
		"a link that runs":       {service.NewVendorDevice{Protocol: "camera", Serial: "c1", Link: "javascript:alert(1)"}, "/link"},
		"a secret for nothing":   {service.NewVendorDevice{Protocol: "cap", Secret: "12345678"}, "/secret"},
		"a link for nothing":     {service.NewVendorDevice{Protocol: "cap", Link: "https://v.example/"}, "/link"},
	} {
		c.in.GateID, c.in.Name = h.Garden.Entrance.ID, "设备"
		_, err := devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, c.in)
		var e *model.Error
		var fields []model.FieldError
		if errors.As(err, &e) {
			fields = e.Fields
		}
		if model.CodeOf(err) != model.CodeInvalid || len(fields) != 1 || fields[0].Field != c.field {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestASecretIsSealedAndOpens(t *testing.T) {
	h := testkit.NewHouse(t)
	made := mustDo[service.Registered](t)(alarmDevices(h).Register(t.Context(), h.Manager(h.Garden), h.Garden.ID,
		service.NewVendorDevice{GateID: h.Garden.Entrance.ID, Name: "摄像机", Protocol: "gb28181", Serial: gbCamera, Secret: "camera-password"}))
	if made.Path != "" {
		t.Errorf("a device of another listener was given the address %s", made.Path)
	}
	intake := service.NewIntake(h.Deps, nil)
	dev, ok := intake.KnownBySerial("gb28181", gbCamera)
	if !ok {
		t.Fatal("it is not known")
	}
	if secret, err := intake.Secret(dev); err != nil || secret != "camera-password" {
		t.Errorf("opened %q, %v", secret, err)
	}
	if len(dev.SecretCt) == 0 || bytes.Contains(dev.SecretCt, []byte("camera")) || dev.Secret != "" {
		t.Error("the secret is not sealed")
	}
	if _, err := intake.TakeOf(t.Context(), h.ID(), []model.DeviceEvent{{Kind: model.DeviceAlarm}}); model.CodeOf(err) != model.CodeNotFound {
		t.Errorf("events of nobody: %v", err)
	}
	raised := model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", Key: "1", Native: "n", Detail: map[string]string{"headline": "大风橙色预警 🌪"}}
	for range 2 {
		if _, err := intake.TakeOf(t.Context(), dev.ID, []model.DeviceEvent{raised}); err != nil {
			t.Fatal(err)
		}
	}
	waiting := mustDo[[]model.DeviceEvent](t)(intake.Unreported(t.Context(), h.Garden.ID, 0))
	if len(waiting) != 1 || waiting[0].Detail["headline"] != raised.Detail["headline"] {
		t.Fatalf("to be reported are %v", waiting)
	}
	if err := intake.Reported(t.Context(), h.Garden.ID, waiting[0].ID); err != nil {
		t.Fatal(err)
	}
	if again := mustDo[[]model.DeviceEvent](t)(intake.Unreported(t.Context(), h.Garden.ID, 0)); len(again) != 0 {
		t.Errorf("reported again: %v", again)
	}
}

func TestCamerasAreLinkedForThoseWhoMayLook(t *testing.T) {
	h := testkit.NewHouse(t)
	mustDo[service.Registered](t)(alarmDevices(h).Register(t.Context(), h.Manager(h.Garden), h.Garden.ID,
		service.NewVendorDevice{GateID: h.Garden.Entrance.ID, Name: "大门", Protocol: "camera", Serial: "34:1", Link: "https://video.example/play?c={camera}&t={instant}"}))
	at := model.Millis(testkit.Noon)
	links := h.Deps.Cameras(h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID), h.Garden.ID)(h.Garden.Entrance.ID, at)
	if len(links) != 1 || links[0].Name != "大门" || !strings.HasPrefix(links[0].URL, "https://video.example/play?c=34%3A1&t=2026-11-22T04%3A00%3A00Z") {
		t.Errorf("linked %v", links)
	}
	for _, caller := range []*model.Caller{nil, h.Manager(h.Harbour), h.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, h.Street.ID)} {
		if links := h.Deps.Cameras(caller, h.Garden.ID)(h.Garden.Entrance.ID, at); links != nil {
			t.Errorf("%v was shown %v", caller, links)
		}
	}
}
