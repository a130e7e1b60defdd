package e2e_test

import (
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// In the demo a guard speaks at the barrier, and has its camera look again: the camera,
// which is played over its own protocol, says that it did.
func TestAGuardSpeaksInTheDemo(t *testing.T) {
	w := start(t, "--devices", "vzenith-mqtt")
	guard, staff := w.person(guard), w.person(manager)
	var camera wire.Device
	soon(t, "the camera is there", func() bool {
		for _, d := range want[wire.DeviceList](t, staff.get(t, w.in("devices")+"?limit=200"), 200).Items {
			if d.Protocol != nil && *d.Protocol == "vzenith-mqtt" && d.Connection != nil && *d.Connection == "online" {
				camera = d
			}
		}
		return camera.Id != ""
	})
	at := "/v1/gates/" + camera.GateId
	said := want[wire.DeviceCommand](t, guard.post(t, at+"/say", map[string]any{"text": "请稍等，门岗马上来", "reason": "访客在等"}), 200)
	if said.State != "done" || said.Kind != "voice" || said.DeviceId != camera.Id {
		t.Errorf("it is %+v", said)
	}
	if looked := want[wire.DeviceCommand](t, guard.post(t, at+"/look", map[string]any{"reason": "车牌没认出"}), 200); looked.State != "done" || looked.Kind != "look" {
		t.Errorf("looking again is %+v", looked)
	}
	// What it then sees is decided as any plate: a stranger's does not open.
	soon(t, "the plate is decided", func() bool {
		for _, e := range want[wire.DeviceEventList](t, staff.get(t, w.in("device-events")+"?limit=100&device_id="+camera.Id), 200).Items {
			if e.Kind == "plate" && e.State != nil && *e.State == "refuse" {
				return true
			}
		}
		return false
	})
	listed := map[wire.DeviceCommandKind]bool{}
	for _, c := range want[wire.DeviceCommandList](t, guard.get(t, w.in("device-commands")+"?limit=50&device_id="+camera.Id), 200).Items {
		listed[c.Kind] = true
	}
	if !listed["voice"] || !listed["look"] {
		t.Errorf("listed are %v", listed)
	}
	// The settings are shown, and what a camera cannot do is refused.
	if a := camera.Announcing; a == nil || a.Voice == nil || *a.Voice != "plate" || a.Serial == nil || len(*a.Serial) != 1 {
		t.Errorf("it announces %+v", a)
	}
	staff.do(t, request{method: "PUT", path: w.in("devices/" + camera.Id + "/settings"), body: map[string]any{"announcing": map[string]any{"screen": "words"}}}).wants(t, 400, "invalid")
	quiet := want[wire.Device](t, staff.do(t, request{method: "PUT", path: w.in("devices/" + camera.Id + "/settings"), body: map[string]any{}}), 200)
	if quiet.Announcing != nil {
		t.Errorf("then it announces %+v", quiet.Announcing)
	}
}
