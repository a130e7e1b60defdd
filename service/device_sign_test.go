package service_test

import (
	"encoding/base64"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// signer enrols a device with a key of its own.
func signer(t *testing.T, h *testkit.House, devices *service.Devices) (*gm.DeviceKey, *model.Caller) {
	t.Helper()
	key, err := gm.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	right := mustDo[service.Enrolment](t)(devices.CreateEnrolment(t.Context(), h.Manager(h.Garden), h.Garden.Entrance.ID, "agent"))
	made := mustDo[service.Enrolled](t)(devices.Enrol(t.Context(), service.Enrol{Code: right.Code, Name: "东门", PublicKey: base64.StdEncoding.EncodeToString(key.PublicBytes())}))
	return key, &model.Caller{Kind: model.CallerDevice, AccountID: made.Device.ID}
}

func signBase(t *testing.T, key *gm.DeviceKey, base string) []byte {
	t.Helper()
	out, err := key.Sign([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestADeviceThatHasSignedMustSign here at once, after a start, and at other replicas.
func TestADeviceThatHasSignedMustSign(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	key, caller := signer(t, h, devices)
	otherKey, other := signer(t, h, devices)
	signs := func(c *model.Caller, wantMust bool) {
		t.Helper()
		if can, must := devices.Signs(c); !can || must != wantMust {
			t.Errorf("can %v, must %v", can, must)
		}
	}
	signs(caller, false)
	base := "\"@method\": GET"
	refusedAs(t, devices.Signed(t.Context(), caller, caller.AccountID, []byte(base+"x"), signBase(t, key, base)), model.CodeSignatureInvalid)
	refusedAs(t, devices.Signed(t.Context(), caller, other.AccountID, []byte(base), signBase(t, key, base)), model.CodeSignatureInvalid)
	refusedAs(t, devices.Signed(t.Context(), caller, caller.AccountID, []byte(base), signBase(t, otherKey, base)), model.CodeSignatureInvalid)
	refusedAs(t, devices.Signed(t.Context(), caller, caller.AccountID, []byte(base), nil), model.CodeSignatureInvalid)
	signs(caller, false)
	there, feed := replica(t, h, h.Clock)
	for range 2 {
		if err := devices.Signed(t.Context(), caller, caller.AccountID, []byte(base), signBase(t, key, base)); err != nil {
			t.Fatal(err)
		}
		signs(caller, true)
		h.Clock.Advance(time.Minute)
	}
	signs(other, false)
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, _ := there.Device(caller.AccountID)
	if v.SignsSince != model.Millis(testkit.Noon) {
		t.Errorf("another replica knows since %d", v.SignsSince)
	}
	d := h.Deps
	d.Directory = there
	if _, must := service.NewDevices(d, nil, publicURL).Signs(caller); !must {
		t.Error("another replica asks for no signature")
	}
}

// TestWhoHasNoKeyCannotSign and is asked for nothing.
func TestWhoHasNoKeyCannotSign(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	right := mustDo[service.Enrolment](t)(devices.CreateEnrolment(t.Context(), h.Manager(h.Garden), h.Garden.Entrance.ID, "reader"))
	made := mustDo[service.Enrolled](t)(devices.Enrol(t.Context(), service.Enrol{Code: right.Code, Name: "读头"}))
	for _, c := range []*model.Caller{nil, {Kind: model.CallerDevice, AccountID: made.Device.ID}, {Kind: model.CallerDevice, AccountID: "nobody"}, {Kind: model.CallerStaff, AccountID: made.Device.ID}} {
		if can, must := devices.Signs(c); can || must {
			t.Errorf("%+v can %v, must %v", c, can, must)
		}
	}
	err := devices.Signed(t.Context(), &model.Caller{Kind: model.CallerDevice, AccountID: made.Device.ID}, made.Device.ID, []byte("x"), make([]byte, 64))
	refusedAs(t, err, model.CodeSignatureInvalid)
}
