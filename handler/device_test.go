package handler_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestDevicesAnswerAsTheContractSays(t *testing.T) {
	h := testkit.NewHouse(t)
	api := &handler.Devices{Service: service.NewDevices(h.Deps, service.PainterFunc(qr.SVG), publicURL)}
	own, stranger := as(t, h.Manager(h.Garden)), as(t, h.Manager(h.Harbour))
	ask := server.CreateGateEnrolmentRequestObject{Body: &wire.EnrolmentRequest{GateId: h.Garden.Entrance.ID, Profile: wire.DeviceProfileAgent}}

	made, err := api.CreateGateEnrolment(own, ask)
	enrolment := answered(t, "Enrolment", made, err)
	code, _ := enrolment["enrolment_code"].(string)
	if svg, _ := enrolment["qr_svg"].(string); len(svg) < 500 || svg[:4] != "<svg" {
		t.Errorf("the picture is %.40q", svg)
	}
	joined, err := api.EnrolGate(t.Context(), server.EnrolGateRequestObject{Body: &wire.EnrolRequest{EnrolmentCode: code, DeviceName: "东门代理"}})
	enrolled := answered(t, "Enrolled", joined, err)
	if enrolled["bundle_url"] != publicURL+"/v1/gate/bundle" {
		t.Errorf("enrolled %v", enrolled)
	}
	if _, ok := h.Directory.DeviceByToken(enrolled["device_token"].(string)); !ok {
		t.Error("the token is not known")
	}
	_, err = api.EnrolGate(t.Context(), server.EnrolGateRequestObject{Body: &wire.EnrolRequest{EnrolmentCode: code, DeviceName: "再来"}})
	if model.CodeOf(err) != model.CodeEnrolmentInvalid {
		t.Errorf("the second time: %v", err)
	}

	id := enrolled["device_id"].(string)
	list := func() map[string]any {
		r, err := api.ListDevices(own, server.ListDevicesRequestObject{Cid: h.Garden.ID})
		items := itemsOf(t, answered(t, "DeviceList", r, err))
		if len(items) != 1 {
			t.Fatalf("devices %v", items)
		}
		return items[0]
	}
	fresh := list()
	if _, said := fresh["last_seen_at"]; said || fresh["clock_offset_ms"] != nil || fresh["queue_length"] != nil {
		t.Errorf("before its first heartbeat it shows %v", fresh)
	}
	h.Update(t, func(tx *store.Tx) error {
		return tx.DeviceSeen(h.Garden.ID, model.Device{ID: id, LastSeenAt: 1_795_000_000_000, ClockKnown: true, Software: "agent/1"})
	})
	if seen := list(); seen["clock_offset_ms"] != 0.0 || seen["queue_length"] != 0.0 || seen["software"] != "agent/1" {
		t.Errorf("after it: %v", seen)
	}

	now := h.Clock.Now().UnixMilli()
	h.Update(t, func(tx *store.Tx) error {
		return tx.DeviceSeen(h.Garden.ID, model.Device{ID: id, LastSeenAt: now, ClockKnown: true, BundleIssuedAt: now - 600_000, LastUploadAt: now - 5000, DeadLetters: 1, Conflicts: 2,
			Held: []model.HeldPassage{{ScanID: "scan-1", ScannedAt: now - 7000, Decision: "admit", State: "dead_letter", Why: "unknown_rule"}}})
	})
	seen := list()
	if held := seen["held"].([]any); seen["connection"] != "online" || seen["bundle_age_seconds"] != 600.0 || seen["last_upload_at"] == nil || seen["dead_letters"] != 1.0 ||
		seen["conflicts"] != 2.0 || len(held) != 1 || held[0].(map[string]any)["why"] != "unknown_rule" {
		t.Errorf("an agent that keeps passages is shown as %v", seen)
	}
	with := func(p wire.ListDevicesParams) int {
		t.Helper()
		r, err := api.ListDevices(own, server.ListDevicesRequestObject{Cid: h.Garden.ID, Params: p})
		return len(itemsOf(t, answered(t, "DeviceList", r, err)))
	}
	agents, readers, on, off, yes := wire.AnyDeviceProfile("agent"), wire.AnyDeviceProfile("reader"), wire.DeviceConnection("online"), wire.DeviceConnection("offline"), true
	for _, c := range []struct {
		p    wire.ListDevicesParams
		want int
	}{{wire.ListDevicesParams{Profile: &agents}, 1}, {wire.ListDevicesParams{Profile: &readers}, 0}, {wire.ListDevicesParams{Connection: &on}, 1},
		{wire.ListDevicesParams{Connection: &off}, 0}, {wire.ListDevicesParams{Held: &yes}, 1}} {
		if n := with(c.p); n != c.want {
			t.Errorf("%+v: %d devices", c.p, n)
		}
	}
	h.Clock.Advance(2 * time.Minute)
	if n := with(wire.ListDevicesParams{Connection: &off}); n != 1 || list()["connection"] != "offline" {
		t.Errorf("two minutes later %d are offline, it is %v", n, list()["connection"])
	}

	end := server.RevokeDeviceRequestObject{Cid: h.Garden.ID, Id: id, Body: &wire.ReasonRequest{Reason: "丢失"}}
	_, err = api.RevokeDevice(stranger, end)
	notFound(t, err)
	gone, err := api.RevokeDevice(own, end)
	if d := answered(t, "Device", gone, err); d["state"] != "revoked" || d["revoked_at"] == nil {
		t.Errorf("revoked %v", d)
	}
	_, err = api.CreateGateEnrolment(stranger, ask)
	notFound(t, err)
	_, err = api.ListDevices(stranger, server.ListDevicesRequestObject{Cid: h.Garden.ID})
	notFound(t, err)
}
