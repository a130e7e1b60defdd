package service_test

import (
	"fmt"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

func registered(t *testing.T, h *testkit.House, serial string) (*service.Intake, *service.DeviceView) {
	t.Helper()
	devices := service.NewDevices(h.Deps, nil, publicURL, model.ProtocolZKTeco)
	_, err := devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.NewVendorDevice{GateID: h.Garden.Entrance.ID, Name: "控制器", Protocol: model.ProtocolZKTeco, Serial: serial})
	if err != nil {
		t.Fatal(err)
	}
	intake := service.NewIntake(h.Deps, nil)
	dev, ok := intake.KnownBySerial(model.ProtocolZKTeco, serial)
	if !ok {
		t.Fatal("the device is not known by its serial number")
	}
	return intake, dev
}

// How things stand is told again and again, by way of any replica.
func TestWhatStandsIsStoredOnce(t *testing.T) {
	h := testkit.NewHouse(t)
	intake, dev := registered(t, h, "ZK1")
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	tell := func(standing ...string) {
		for range 6 {
			wg.Go(func() {
				_, err := intake.Take(t.Context(), dev, "ZK1", []model.DeviceEvent{{Kind: model.DeviceAlarm, Native: "rtstate", Standing: append([]string{}, standing...)}})
				errs <- err
			})
		}
		wg.Wait()
	}
	tell()
	tell("1.tamper", "2.forced")
	tell("2.forced")
	tell()
	tell("1.tamper")
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	list, err := intake.Events(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.DeviceEventFilter{DeviceID: dev.ID}, service.Page{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range list.Items {
		got[e.Detail["door"]+" "+e.Detail["what"]+" "+e.State]++
	}
	if want := map[string]int{"1 tamper raised": 2, "1 tamper cleared": 1, "2 forced raised": 1, "2 forced cleared": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

func TestASerialNumberIsOneDevices(t *testing.T) {
	h := testkit.NewHouse(t)
	intake, dev := registered(t, h, "ZK1")
	devices := service.NewDevices(h.Deps, nil, publicURL, model.ProtocolZKTeco, "vguang")
	again := service.NewVendorDevice{GateID: h.Garden.Entrance.ID, Name: "又一台", Protocol: model.ProtocolZKTeco, Serial: "ZK1"}
	if _, err := devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, again); model.CodeOf(err) != model.CodeConflict {
		t.Errorf("a second one of the name: %v", err)
	}
	again.Protocol = "vguang"
	if _, err := devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, again); err != nil {
		t.Errorf("another maker's number: %v", err)
	}
	if _, ok := intake.KnownBySerial("vguang", "ZK1"); ok {
		t.Error("a device that has an address is known without it")
	}
	if _, ok := intake.KnownBySerial(model.ProtocolZKTeco, ""); ok {
		t.Error("nobody is known")
	}
	if _, err := devices.Revoke(t.Context(), h.Manager(h.Garden), h.Garden.ID, dev.ID, "gone"); err != nil {
		t.Fatal(err)
	}
	again.Protocol = model.ProtocolZKTeco
	made, err := devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, again)
	if err != nil {
		t.Fatal(err)
	}
	if now, ok := intake.KnownBySerial(model.ProtocolZKTeco, "ZK1"); !ok || now.ID != made.Device.ID {
		t.Error("the number is still the revoked device's")
	}
}
