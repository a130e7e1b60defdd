package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// demoDevices are few, and none of them asks all the time: beside the people there is a
// door, a barrier, an alarm panel and a camera.
var demoDevices = []string{"hikvision", "vzenith-mqtt", "sia", "gb28181"}

// demoPace is how often something happens at one of them.
const demoPace = time.Minute

// playDevices plays devices at the demo's own ports, each over its protocol, until ctx
// ends. The demo goes on where they cannot be played; it says so.
func (d *demo) playDevices(ctx context.Context, r demoReport, out io.Writer) error {
	if len(d.devices) == 0 {
		return nil
	}
	target, err := d.deviceTarget(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nDevices at %s, over their protocols 按真实协议模拟设备: %s (others 其他设备: go run ./cmd/simulate device --help; none 不模拟: --devices=)\n",
		demoDeviceGate, strings.Join(d.devices, ", "))
	_, err = conformance.Live(ctx, conformance.LiveOptions{Kinds: d.devices, Target: target, Clock: d.clock, Out: out, Every: demoPace, Calm: true})
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(out, "The devices are not played 设备未能模拟: %v\n", err)
	}
	return nil
}

// demoDeviceGate is where they stand: not at the gate of the journey, where staff that
// opens it would have to choose a device. Plate cameras stand at a barrier of their own,
// where staff can speak (conformance.Target.BarrierName).
const demoDeviceGate = "西门"

// deviceTarget is this demo as the devices see it.
func (d *demo) deviceTarget(r demoReport) (conformance.Target, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return conformance.Target{}, err
	}
	t, err := conformance.DemoTarget(text)
	if err != nil {
		return t, err
	}
	gate := slices.IndexFunc(r.Gates, func(g demoGate) bool { return g.CommunityID == t.CommunityID && g.Name == demoDeviceGate })
	manager := slices.IndexFunc(d.settled.Staff, func(p simulator.SettledStaff) bool {
		return p.Grant.Role == model.RolePropertyManager && p.Grant.ScopeID == t.CommunityID
	})
	if gate < 0 || manager < 0 {
		return t, errors.New("the demo has no gate or no manager for its devices")
	}
	t.GateID, t.Naming = r.Gates[gate].GateID, "模拟设备"
	t.Renew = func(ctx context.Context) (string, error) {
		in, err := simulator.SignInStaff(ctx, d.services(), d.settled.Staff[manager])
		return in.AccessToken, err
	}
	return t, nil
}
