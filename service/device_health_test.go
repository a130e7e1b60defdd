package service_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestADeviceThatFallsSilent(t *testing.T) {
	h := testkit.NewHouse(t)
	told := wantsStatus(t, h)
	dev := openable(t, h, model.ProtocolZKTeco)
	intake, devices := service.NewIntake(h.Deps, nil), service.NewDevices(h.Deps, nil, publicURL)
	view, _ := h.Directory.Device(dev.ID)
	watch := func() {
		t.Helper()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := devices.Watch(t.Context(), store.Lease{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	wants := func(connection string, changes ...string) model.Device {
		t.Helper()
		watch()
		watch()
		now := mustDo[model.Device](t)(h.Store.View(t.Context()).Device(h.Garden.ID, dev.ID))
		if now.Connection != connection {
			t.Errorf("it is %q, want %q", now.Connection, connection)
		}
		events := mustDo[[]model.DeviceEvent](t)(h.Store.View(t.Context()).DeviceEvents(h.Garden.ID, store.DeviceEventFilter{Kind: model.DeviceStatus}, "", 50))
		var states []string
		for _, e := range events {
			states = append([]string{e.State}, states...)
		}
		if strings.Join(states, " ") != strings.Join(changes, " ") {
			t.Errorf("the events are %v, want %v", states, changes)
		}
		if bodies := told(); len(bodies) != len(changes)+1 || len(changes) > 0 && !strings.Contains(bodies[len(changes)], `"state":"`+connection+`"`) {
			t.Errorf("recipients were told %v", bodies)
		}
		return now
	}
	wants("")
	heard := func(clock time.Duration) {
		t.Helper()
		if err := intake.Heard(t.Context(), view, model.Millis(h.Clock.Now().Add(clock)), "Ver 8.0"); err != nil {
			t.Fatal(err)
		}
	}
	heard(-90 * time.Second)
	now := wants("online", "online")
	if now.ClockOffsetMs != -90_000 || !now.ClockKnown || now.Software != "Ver 8.0" {
		t.Errorf("it is known as %+v", now)
	}
	h.Clock.Advance(90 * time.Second)
	wants("online", "online")
	h.Clock.Advance(time.Second)
	wants("offline", "online", "offline")
	h.Clock.Advance(time.Hour)
	heard(0)
	if now = wants("online", "online", "offline", "online"); now.ClockOffsetMs != 0 {
		t.Errorf("its clock is off by %d", now.ClockOffsetMs)
	}
	// Its own setting goes before the protocol's.
	mustDo[model.Device](t)(devices.Set(t.Context(), h.Manager(h.Garden), h.Garden.ID, dev.ID, service.DeviceSettings{OfflineAfter: 10 * time.Second}))
	h.Clock.Advance(11 * time.Second)
	wants("offline", "online", "offline", "online", "offline")
}

func TestSettingsOfADevice(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	devices := service.NewDevices(h.Deps, nil, publicURL).Calling(anyAddress)
	contact := func() model.DeviceContact {
		return mustDo[model.DeviceContact](t)(h.Store.View(t.Context()).DeviceContact(h.Garden.ID, dev.ID))
	}
	set := func(in service.DeviceSettings) error {
		_, err := devices.Set(t.Context(), h.Manager(h.Garden), h.Garden.ID, dev.ID, in)
		return err
	}
	if err := set(service.DeviceSettings{Address: "http://192.168.1.64", Pull: true}); err != nil || contact().Password != "Secret-12" {
		t.Errorf("the same address: %v, password %q", err, contact().Password)
	}
	if err := set(service.DeviceSettings{Address: "http://192.168.1.65"}); err != nil || contact().User+contact().Password != "" {
		t.Errorf("the password went to another address: %v", err)
	}
	word := "x"
	for name, in := range map[string]service.DeviceSettings{"no address to listen to": {Pull: true}, "a word for another maker": {AuthWord: "SUCCESS"}, "a user alone": {Address: "http://192.168.1.65", User: &word}} {
		if err := set(in); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := service.NewDevices(h.Deps, nil, publicURL).Set(t.Context(), h.Manager(h.Garden), h.Garden.ID, dev.ID, service.DeviceSettings{Address: "http://192.168.1.65"}); model.CodeOf(err) != model.CodeInvalid {
		t.Errorf("an address that may not be called: %v", err)
	}
	_, err := devices.Set(t.Context(), h.Manager(h.Harbour), h.Harbour.ID, dev.ID, service.DeviceSettings{})
	refusedAs(t, err, model.CodeNotFound)
	own, _ := h.Device(t, h.Garden.Entrance)
	_, err = devices.Set(t.Context(), h.Manager(h.Garden), h.Garden.ID, own.ID, service.DeviceSettings{})
	refusedAs(t, err, model.CodeNotFound)
}
