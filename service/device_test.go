package service_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

func newDevices(h *testkit.House) *service.Devices {
	paint := func(text string, size int) ([]byte, error) {
		return fmt.Appendf(nil, "<svg>%s %d</svg>", text, size), nil
	}
	return service.NewDevices(h.Deps, service.PainterFunc(paint), publicURL+"/")
}

func TestADeviceEnrolsWithItsCode(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	ctx, manager := t.Context(), h.Manager(h.Garden)
	right := mustDo[service.Enrolment](t)(devices.CreateEnrolment(ctx, manager, h.Garden.Entrance.ID, "agent"))
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$`).MatchString(right.Code) {
		t.Errorf("the code is %q", right.Code)
	}
	if !strings.Contains(string(right.QR), right.Code) || right.ExpiresAt != model.Millis(testkit.Noon.Add(10*time.Minute)) {
		t.Errorf("the right is %+v", right)
	}
	key, _ := h.Directory.Ring().Platform()
	point := base64.StdEncoding.EncodeToString(key.PublicBytes())
	// People type small letters and what looks alike.
	typed := strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.ToLower(right.Code))
	made := mustDo[service.Enrolled](t)(devices.Enrol(ctx, service.Enrol{Code: typed, Name: " 东门读头 ", PublicKey: point}))
	if made.Gate.ID != h.Garden.Entrance.ID || made.BundleURL != publicURL+"/v1/gate/bundle" || made.Now != model.Millis(testkit.Noon) {
		t.Errorf("enrolled %+v", made)
	}
	known, ok := h.Directory.DeviceByToken(made.Token)
	if !ok || !strings.HasPrefix(made.Token, "dt_") {
		t.Fatal("the token is not known here at once")
	}
	if known.ID != made.Device.ID || known.Profile != "agent" || known.Name != "东门读头" || known.CommunityID != h.Garden.ID ||
		!slices.Equal(known.PublicKey, key.PublicBytes()) || known.TokenHash != gm.HashToken(made.Token) {
		t.Errorf("stored %+v", known.Device)
	}
	if got := actions(t, h, made.Device.ID); !slices.Equal(got, []string{"device.enrol"}) {
		t.Errorf("the log says %v", got)
	}
	_, err := devices.Enrol(ctx, service.Enrol{Code: right.Code, Name: "再来"})
	refusedAs(t, err, model.CodeEnrolmentInvalid)
}

func TestEnrolmentCodesAreRefused(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	ctx := t.Context()
	right := mustDo[service.Enrolment](t)(devices.CreateEnrolment(ctx, h.Manager(h.Garden), h.Garden.Entrance.ID, "reader"))
	for _, c := range []struct {
		name string
		in   service.Enrol
		code model.Code
	}{
		{"a code of nobody's", service.Enrol{Code: "0000-0000-0000-0000", Name: "读头"}, model.CodeEnrolmentInvalid},
		{"an empty code", service.Enrol{Name: "读头"}, model.CodeEnrolmentInvalid},
		{"half a code", service.Enrol{Code: right.Code[:9], Name: "读头"}, model.CodeEnrolmentInvalid},
		{"no name", service.Enrol{Code: right.Code, Name: "  "}, model.CodeInvalid},
		{"a key that is no base64", service.Enrol{Code: right.Code, Name: "读头", PublicKey: strings.Repeat("!", 88)}, model.CodeInvalid},
		{"a key that is no point", service.Enrol{Code: right.Code, Name: "读头", PublicKey: base64.StdEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...))}, model.CodeInvalid},
		{"a compressed key", service.Enrol{Code: right.Code, Name: "读头", PublicKey: base64.StdEncoding.EncodeToString(append([]byte{2}, make([]byte, 32)...))}, model.CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := devices.Enrol(ctx, c.in)
			refusedAs(t, err, c.code)
		})
	}
	// None of them has spent the code, and its last millisecond counts.
	h.Clock.Advance(10*time.Minute - time.Millisecond)
	mustDo[service.Enrolled](t)(devices.Enrol(ctx, service.Enrol{Code: right.Code, Name: "读头"}))

	late := mustDo[service.Enrolment](t)(devices.CreateEnrolment(ctx, h.Manager(h.Garden), h.Garden.Entrance.ID, "reader"))
	h.Clock.Advance(10 * time.Minute)
	_, err := devices.Enrol(ctx, service.Enrol{Code: late.Code, Name: "读头"})
	refusedAs(t, err, model.CodeEnrolmentInvalid)
}

func TestEnrolmentRefusesStrangers(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	for _, caller := range []*model.Caller{nil, h.Manager(h.Harbour), h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID),
		h.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, h.Committee.ID)} {
		_, err := devices.CreateEnrolment(t.Context(), caller, h.Garden.Entrance.ID, "reader")
		refusedAs(t, err, model.CodeNotFound)
	}
	_, err := devices.CreateEnrolment(t.Context(), h.Manager(h.Garden), h.ID(), "reader")
	refusedAs(t, err, model.CodeNotFound)

	broken := service.NewDevices(h.Deps, service.PainterFunc(func(string, int) ([]byte, error) { return nil, errors.New("no ink") }), publicURL)
	if _, err := broken.CreateEnrolment(t.Context(), h.Manager(h.Garden), h.Garden.Entrance.ID, "reader"); err == nil {
		t.Error("a code without its picture was given out")
	}
}

// Fifty devices that were shown one code: one of them becomes the gate's device.
func TestOneCodeEnrolsOneDevice(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	right := mustDo[service.Enrolment](t)(devices.CreateEnrolment(t.Context(), h.Manager(h.Garden), h.Garden.Entrance.ID, "reader"))
	var won, lost atomic.Int32
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			_, err := devices.Enrol(context.Background(), service.Enrol{Code: right.Code, Name: fmt.Sprint("读头", i)})
			switch {
			case err == nil:
				won.Add(1)
			case model.CodeOf(err) == model.CodeEnrolmentInvalid:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	stored := mustDo[[]model.Device](t)(h.Store.View(t.Context()).Devices(h.Garden.ID, service.DeviceFilter{}, "", 100))
	if won.Load() != 1 || lost.Load() != 49 || len(stored) != 1 {
		t.Errorf("%d won, %d lost, %d devices stored", won.Load(), lost.Load(), len(stored))
	}
}

func TestARevokedDeviceIsAStrangerAtOnce(t *testing.T) {
	g := testkit.NewGatehouse(t)
	devices := newDevices(g.House)
	ctx := t.Context()
	told := wantsStatus(t, g.House)
	dev, token := g.Device(t, g.Garden.Entrance)
	reader := &model.Caller{Kind: model.CallerDevice, AccountID: dev.ID}

	for _, caller := range []*model.Caller{nil, g.Manager(g.Harbour), g.StaffCaller(model.RoleGuard, model.ScopeCommunity, g.Garden.ID)} {
		_, err := devices.Revoke(ctx, caller, g.Garden.ID, dev.ID, "丢失")
		refusedAs(t, err, model.CodeNotFound)
	}
	_, err := devices.Revoke(ctx, g.Manager(g.Harbour), g.Harbour.ID, dev.ID, "丢失")
	refusedAs(t, err, model.CodeNotFound)
	if _, ok := g.Directory.DeviceByToken(token); !ok {
		t.Fatal("a stranger revoked the device")
	}

	gone := mustDo[model.Device](t)(devices.Revoke(ctx, g.Manager(g.Garden), g.Garden.ID, dev.ID, "被盗，联系人 13800000001"))
	if gone.State != model.StateRevoked || gone.RevokedAt != model.Millis(testkit.Noon) {
		t.Errorf("revoked %+v", gone)
	}
	if _, ok := g.Directory.DeviceByToken(token); ok {
		t.Error("the token still counts")
	}
	_, err = g.Gates.Scan(ctx, reader, service.Scan{ScanID: "scan-0001", Code: "x", ScannedAt: g.Clock.Now()})
	refusedAs(t, err, model.CodeUnauthenticated)

	g.Clock.Advance(time.Hour)
	again := mustDo[model.Device](t)(devices.Revoke(ctx, g.Manager(g.Garden), g.Garden.ID, dev.ID, "再次"))
	if again.RevokedAt != gone.RevokedAt {
		t.Error("the second time moved the instant")
	}
	if got := actions(t, g.House, dev.ID); !slices.Equal(got, []string{"device.revoke"}) {
		t.Errorf("the log says %v", got)
	}
	for _, e := range mustDo[[]model.AuditEntry](t)(g.Store.View(ctx).AuditEntries(g.Garden.ID, "", 10)) {
		if strings.Contains(e.Detail, "1380") || !strings.Contains(e.Detail, "被盗") {
			t.Errorf("the log keeps %s", e.Detail)
		}
	}
	var body map[string]string
	if bodies := told(); len(bodies) != 1 || json.Unmarshal([]byte(bodies[0]), &body) != nil {
		t.Fatalf("recipients were told %v", bodies)
	}
	if body["device_id"] != dev.ID || body["gate_id"] != dev.GateID || body["state"] != "revoked" || !strings.HasPrefix(body["changed_at"], "2026-11-22T04:00:00") {
		t.Errorf("recipients were told %v", body)
	}
}

// wantsStatus registers a recipient of device events; told lists the bodies of
// those that wait for it.
func wantsStatus(t testing.TB, h *testkit.House) (told func() []string) {
	t.Helper()
	id := h.Recipient(t, h.Garden)
	probe := h.Probe(t)
	policy := `{"` + model.EventDeviceStatus + `":["changed_at","device_id","gate_id","state"]}`
	if _, err := probe.Exec("UPDATE recipients SET event_types = ?, field_policy = ? WHERE id = ?", `["`+model.EventDeviceStatus+`"]`, policy, id); err != nil {
		t.Fatal(err)
	}
	if err := h.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	return func() []string {
		rows, err := probe.Query("SELECT body FROM outbox WHERE recipient_id = ? ORDER BY sequence", id)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var out []string
		for rows.Next() {
			var body string
			if err := rows.Scan(&body); err != nil {
				t.Fatal(err)
			}
			out = append(out, body)
		}
		return out
	}
}

func TestDevicesAreListedToTheirCommunity(t *testing.T) {
	h := testkit.NewHouse(t)
	devices := newDevices(h)
	var own []string
	for range 3 {
		d, _ := h.Device(t, h.Garden.Entrance)
		own = append(own, d.ID)
	}
	h.Device(t, h.Harbour.Entrance)
	first := mustDo[service.List[model.Device]](t)(devices.List(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.DeviceFilter{}, service.Page{Limit: 2}))
	second := mustDo[service.List[model.Device]](t)(devices.List(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.DeviceFilter{}, service.Page{Limit: 2, Cursor: first.Next}))
	var got []string
	for _, d := range append(first.Items, second.Items...) {
		got = append(got, d.ID)
	}
	if !slices.Equal(got, own) || second.Next != "" {
		t.Errorf("listed %v, want %v", got, own)
	}
	for _, caller := range []*model.Caller{nil, h.Manager(h.Harbour), h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID)} {
		_, err := devices.List(t.Context(), caller, h.Garden.ID, service.DeviceFilter{}, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
	}
}
