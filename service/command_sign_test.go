package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// A carrier that signs is given what to sign with, and no other is.
func TestACarrierThatSignsIsGivenTheSecret(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := service.NewDevices(h.Deps, nil, publicURL, model.Protocol4PYun).Calling(anyAddress)
	lane := mustDo[service.Registered](t)(devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.NewVendorDevice{GateID: h.Garden.Entrance.ID, Name: "停车场",
		Protocol: model.Protocol4PYun, Serial: "park:lane", AppID: "op1", Secret: "secret-of-the-car-park", Settings: service.DeviceSettings{Address: "http://192.168.1.65"}})).Device
	reader := openable(t, h, model.ProtocolHikvision)
	carrier := &pushing{outcome: model.CommandOutcome{State: model.CommandDone, Code: "1001"}}
	commands := dispatching(t, 1, h, map[string]service.CommandCarrier{model.Protocol4PYun: carrier, model.ProtocolHikvision: carrier})
	for dev, want := range map[string]string{lane.ID: "secret-of-the-car-park", reader.ID: ""} {
		if _, err := commands.Open(t.Context(), guardOf(h, h.Garden), h.Garden.Entrance.ID, service.Opening{Reason: "访客", DeviceID: dev}); err != nil {
			t.Fatal(err)
		}
		if to := carrier.contact.Load().(model.DeviceContact); to.Secret != want {
			t.Errorf("%s is given %t", to, to.Secret != "")
		}
	}
}
