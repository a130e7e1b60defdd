package e2e_test

import (
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// furnishDevices makes a device of another maker known, whose settings are tried.
func furnishDevices(t testing.TB, w *world, garden bool, p *places) {
	t.Helper()
	gate, staff := w.Demo.Gates[east], w.person(manager)
	if !garden {
		gate, staff = w.Demo.Gates[harbourEast], w.person(otherManager)
	}
	made := want[wire.DeviceRegistered](t, staff.post(t, "/v1/communities/"+p.cid+"/devices",
		map[string]any{"gate_id": gate.GateID, "name": w.unique("reader"), "protocol": "zkteco", "serial": w.unique("ZK")}), 201)
	p.more["vendor"] = made.Device.Id
}

// deviceOperations are those on devices of other makers.
func deviceOperations() map[string]operation {
	return map[string]operation{
		"registerDevice": {body: func(w *world, p places) any {
			gate := w.Demo.Gates[door]
			if p.cid != gate.CommunityID {
				gate = w.Demo.Gates[harbourEast]
			}
			return map[string]any{"gate_id": gate.GateID, "name": w.unique("reader"), "protocol": "vguang"}
		}},
		"listDeviceEvents": {},
		"setDeviceSettings": {id: more("vendor"), body: func(*world, places) any {
			return map[string]any{"offline_after_seconds": 60}
		}},
		"listDeviceCommands": {},
		"getDeviceCommand":   {id: func(places) string { return unknownID }, lacking: 404},
		// Nobody fetches the command: those who may are told so, when its life is over.
		"rebootDevice": {id: more("vendor"), lacking: 409, body: reason},
		"openGate":     {id: more("gate"), lacking: 409, body: sent(map[string]any{"reason": "as agreed"})},
		"lookAtGate":   {id: more("gate"), lacking: 409, body: sent(map[string]any{"reason": "as agreed"})},
		"sayAtGate":    {id: more("gate"), lacking: 409, body: sent(map[string]any{"reason": "as agreed", "text": "请稍等 Please wait"})},
	}
}
