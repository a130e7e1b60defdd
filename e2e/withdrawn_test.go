package e2e_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// TestWithdrawn is what must hold with the next request: devices and accounts
// that were trusted and are not any more.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	w := start(t)
	t.Run("an enrolment code works once and not for long", w.enrolment)
	t.Run("a disabled account", w.disabled)
	t.Run("what is open to all", w.open)
}

func (w *world) enrolmentCode(t testing.TB) wire.Enrolment {
	t.Helper()
	body := map[string]string{"gate_id": w.Demo.Gates[door].GateID, "profile": "reader"}
	return want[wire.Enrolment](t, w.person(manager).post(t, "/v1/gate-enrolments", body), 201)
}

func (w *world) enrolment(t *testing.T) {
	e := w.enrolmentCode(t)
	if left := e.ExpiresAt.Sub(w.now(t)); left > 10*time.Minute || left < 9*time.Minute || !strings.Contains(e.QrSvg, "<svg") {
		t.Errorf("the code lasts %v, its image is %.40s", left, e.QrSvg)
	}
	c, body := w.from("127.0.12.1"), map[string]string{"enrolment_code": e.EnrolmentCode, "device_name": "门口平板"}
	made := want[wire.Enrolled](t, c.post(t, "/v1/gate/enrol", body), 201)
	c.post(t, "/v1/gate/enrol", body).wants(t, 403, "enrolment_code_invalid")
	device := c.as(made.DeviceToken)
	decided(t, device.decide(t, w.scan(t, "HELLO", "in")), "refuse", "unknown_code")
	device.get(t, "/v1/gate/bundle").wants(t, 200)
	gone := want[wire.Device](t, w.person(manager).post(t, w.in("devices/"+made.DeviceId+"/revoke"), map[string]string{"reason": "stolen"}), 200)
	if gone.State != "revoked" || gone.RevokedAt == nil {
		t.Errorf("the device is %+v", gone)
	}
	device.post(t, "/v1/gate/scans", w.scan(t, "HELLO", "in")).wants(t, 401, "unauthenticated")
	device.get(t, "/v1/gate/bundle").wants(t, 401, "unauthenticated")
	late := w.enrolmentCode(t)
	w.advance(t, 10*time.Minute+time.Second)
	body["enrolment_code"] = late.EnrolmentCode
	c.post(t, "/v1/gate/enrol", body).wants(t, 403, "enrolment_code_invalid")
}

// disabled: the account's sign-ins end at once, and it signs in no more.
func (w *world) disabled(t *testing.T) {
	staff := newGuard(w, places{cid: w.garden()}).(map[string]any)
	made := want[wire.StaffCreated](t, w.person(admin).post(t, "/v1/staff", staff), 201)
	c, credentials := w.from("127.0.13.1"), map[string]any{"username": staff["username"], "password": staff["password"]}
	s := want[wire.Session](t, c.post(t, sessions+"staff", credentials), 201)
	c.as(s.AccessToken).get(t, w.in("gates")).wants(t, 200)
	off := want[wire.Staff](t, w.person(admin).post(t, "/v1/staff/"+made.Staff.Id+"/disable", nil), 200)
	if off.State != "disabled" {
		t.Errorf("the account is %s", off.State)
	}
	c.as(s.AccessToken).get(t, w.in("gates")).wants(t, 401, "unauthenticated")
	c.refresh(t, *s.RefreshToken).wants(t, 401)
	c.post(t, sessions+"staff", credentials).wants(t, 401, "credentials_invalid")
}

// open: the contract that is served is the one that everything is held against.
func (w *world) open(t *testing.T) {
	file, err := os.ReadFile("../openapi/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if a := w.home.get(t, "/openapi.yaml"); !bytes.Equal(a.body, file) {
		t.Error("the contract that is served is another")
	}
	keys := want[wire.Jwks](t, w.home.get(t, "/.well-known/jwks.json"), 200)
	purposes := map[wire.JwkPurpose]int{}
	for _, k := range keys.Keys {
		purposes[*k.Purpose]++
	}
	if purposes["pass"] != 2 || purposes["platform"] == 0 {
		t.Errorf("the keys are for %v", purposes)
	}
	a := w.home.do(t, request{method: "GET", path: "/healthz", header: map[string]string{"X-Request-Id": "from-the-client-01"}})
	if a.wants(t, 200); a.header.Get("X-Request-Id") != "from-the-client-01" {
		t.Errorf("the request id is %s", a.header.Get("X-Request-Id"))
	}
	a = w.home.do(t, request{method: "GET", path: "/healthz", header: map[string]string{"X-Request-Id": "two words; <b>"}})
	if a.wants(t, 200); strings.Contains(a.header.Get("X-Request-Id"), "<b>") {
		t.Error("any text is taken for a request id")
	}
	if m := w.metrics(t); !bytes.Contains(m, []byte("/v1/gate/scans")) || bytes.Contains(m, []byte(w.garden())) {
		t.Error("the metrics have no routes, or ids in them")
	}
}
