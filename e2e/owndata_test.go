package e2e_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// signIn signs somebody in with a code of wx.login.
func (w *world) signIn(t testing.TB, code string) *client {
	t.Helper()
	return w.home.as(want[wire.Session](t, w.home.post(t, "/v1/sessions/wechat", map[string]any{"code": code}), 201).AccessToken)
}

// One person sees who looked, takes everything along, and goes; the pass is refused
// at the gate at once, and who comes back is somebody else.
func TestOneTakesTheirDataAndGoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.Demo.People["林浩"]
	me := w.person("林浩")
	code := me.codes(t, p.PassID, 1).Codes[0].Code
	w.person(manager).post(t, w.in("trails"), w.trailOf(t, p.PassID)).wants(t, 200)
	looks := want[wire.AccessLog](t, me.get(t, "/v1/me/access-log"), 200).Items
	if len(looks) != 1 || looks[0].Role != "property_manager" || looks[0].Purpose != "incident" {
		t.Errorf("the looks are %+v", looks)
	}
	w.exports(t, me)
	me.do(t, request{method: "DELETE", path: "/v1/me"}).wants(t, 204)
	me.get(t, "/v1/me").wants(t, 401)
	if d := w.gate(east).decide(t, w.scan(t, code, "in")); d.Decision != wire.Refuse || d.Reason != "revoked" {
		t.Errorf("the gate says %s %s", d.Decision, d.Reason)
	}
	w.person(manager).post(t, w.in("trails"), w.trailOf(t, p.PassID)).wants(t, 404)
	for _, list := range []string{"residencies", "passages", "households"} {
		w.person(manager).get(t, w.in(list)).wants(t, 200)
	}
}

// exports are the whole of somebody's data, in both forms.
func (w *world) exports(t *testing.T, me *client) {
	t.Helper()
	all := want[wire.OwnData](t, me.get(t, "/v1/me/data-export"), 200)
	if rows := all.Tables["persons"]; len(rows) != 1 || rows[0]["name_ct"] == nil || *rows[0]["name_ct"] != "林浩" {
		t.Errorf("the person is not in the export")
	}
	zipped := me.get(t, "/v1/me/data-export?format=csv")
	zipped.wants(t, 200)
	files, err := zip.NewReader(bytes.NewReader(zipped.body), int64(len(zipped.body)))
	if err != nil || len(files.File) != len(all.Tables)+1 {
		t.Errorf("the zip: %v", err)
	}
}

// Who closes an account and signs in again is a new person, and the old refresh
// token is worth nothing.
func TestWhoComesBackIsSomebodyElse(t *testing.T) {
	t.Parallel()
	w := start(t)
	first := want[wire.Session](t, w.home.post(t, "/v1/sessions/wechat", map[string]any{"code": "wx-stranger"}), 201)
	me := w.home.as(first.AccessToken)
	before := want[wire.Me](t, me.get(t, "/v1/me"), 200).Person.Id
	me.post(t, "/v1/me/consents", map[string]any{"purpose": "sharing", "text_version": "0", "channel": "web"}).wants(t, 409)
	me.post(t, "/v1/me/consents", map[string]any{"purpose": "sharing", "text_version": "1", "channel": "web"}).wants(t, 201)
	if got := want[wire.Me](t, me.get(t, "/v1/me"), 200).Consents; len(got) != 1 || got[0] != "sharing" {
		t.Errorf("the consents are %v", got)
	}
	me.do(t, request{method: "DELETE", path: "/v1/me/consents/sharing"}).wants(t, 204)
	me.do(t, request{method: "DELETE", path: "/v1/me/consents/nonsense"}).wants(t, 404)
	me.do(t, request{method: "DELETE", path: "/v1/me"}).wants(t, 204)
	me.do(t, request{method: "DELETE", path: "/v1/me"}).wants(t, 401)
	w.home.post(t, "/v1/sessions/refresh", map[string]any{"refresh_token": first.RefreshToken}).wants(t, 401)
	after := want[wire.Me](t, w.signIn(t, "wx-stranger").get(t, "/v1/me"), 200)
	if after.Person.Id == before || len(after.Consents) != 0 {
		t.Errorf("came back as %+v", after)
	}
}

// The notice is there for everybody, and for who has it already it is not sent again.
func TestTheNoticeIsForEverybody(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.home.get(t, "/v1/privacy/notice")
	if n := want[wire.PrivacyNotice](t, a, 200); len(n.Fields) < 80 || a.header.Get("ETag") != `"`+n.Version+`"` {
		t.Errorf("%d fields, ETag %s", len(n.Fields), a.header.Get("ETag"))
	}
	w.home.do(t, request{method: "GET", path: "/v1/privacy/notice", header: map[string]string{"If-None-Match": a.header.Get("ETag")}}).wants(t, 304)
}
