package e2e_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// somebody is a person who exists nowhere else.
type somebody struct{ name, phone, idLast4 string }

// canaries are people whose names and numbers occur nowhere by chance.
func canaries() []somebody {
	return []somebody{{"龘靐齉", "13987650001", "739x"}, {"爨麤鱻·燚", "13987650002", "846x"}, {"骉犇羴", "13987650003", "517x"}}
}

// TestCanaries drives names, phones and digits of ID numbers through the server,
// the good way and the bad, and then looks for them in all that it leaves behind.
func TestCanaries(t *testing.T) {
	t.Parallel()
	w := start(t)
	all := canaries()
	w.rosterOf(t, all)
	w.staffOf(t, all[1])
	w.claimsOf(t, all)
	w.mistakesWith(t, all)
	soon(t, "the property system is told of the claims", func() bool { return len(w.received(t)) >= 2 })
	var secrets []string
	for _, p := range all {
		secrets = append(secrets, p.name, url.QueryEscape(p.name), p.phone)
	}
	w.hidden(t, append(secrets, "SecretCanary"))
	told := w.outside(t, "GET", w.Demo.Property.ReceivedURL, nil)
	for _, s := range secrets {
		if bytes.Contains(told, []byte(s)) {
			t.Errorf("%q was sent to the property system", s)
		}
	}
	w.digitsHidden(t, all)
}

// rosterOf puts the people on the roster, twice with the same key, and reads it.
func (w *world) rosterOf(t *testing.T, all []somebody) {
	var roster []map[string]any
	for _, p := range all {
		roster = append(roster, map[string]any{"name": p.name, "phone": p.phone, "id_last4": p.idLast4, "relation": "family"})
	}
	home := map[string]any{"building": "77", "unit": "1", "room": "101", "roster": roster}
	q := request{method: "POST", path: w.in("households"), body: home, header: map[string]string{"Idempotency-Key": "canary-roster-1"}}
	made := want[wire.Household](t, w.person(manager).do(t, q), 201)
	if len(made.Roster) != 3 || !strings.Contains(made.Roster[0].NameMasked, "*") {
		t.Errorf("the roster is %+v", made.Roster)
	}
	w.person(manager).do(t, q).wants(t, 201)
	w.person(manager).post(t, w.in("households"), home).wants(t, 409)
	for _, who := range []string{manager, committee} {
		w.person(who).get(t, w.in("households")+"?building=77").wants(t, 200)
	}
	w.person(guard).get(t, w.in("households")+"?building=77").wants(t, 403)
	w.rosterFileOf(t, all)
}

// rosterFileOf puts the people on the roster of another home by a file, which is
// rejected first, and exports it.
func (w *world) rosterFileOf(t *testing.T, all []somebody) {
	file := "building,unit,room,name,phone,id_last4,relation\n"
	for _, p := range all {
		file += strings.Join([]string{"77", "1", "102", p.name, p.phone, p.idLast4, "family"}, ",") + "\n"
	}
	send := func(file, query string) wire.RosterImport {
		q := request{method: "POST", path: w.in("roster-imports") + query, body: []byte(file), header: kind("text/csv")}
		return want[wire.RosterImport](t, w.person(manager).do(t, q), 201)
	}
	bad := send(strings.ReplaceAll(file, "family", "SecretCanary"), "?dry_run=false")
	if bad.State != wire.RosterImportStateRejected || bad.ErrorCount != len(all) {
		t.Errorf("the bad file is %+v", bad)
	}
	w.person(manager).get(t, w.in("roster-imports")+"/"+bad.Id).wants(t, 200)
	if good := send(file, "?dry_run=false"); good.State != wire.RosterImportStateImported || good.PeopleNew != len(all) {
		t.Errorf("the good file is %+v", good)
	}
	w.person(manager).get(t, w.in("roster-imports")).wants(t, 200)
	for _, format := range []string{"csv", "xlsx"} {
		w.person(manager).get(t, w.in("roster-export")+"?format="+format).wants(t, 200)
	}
}

func (w *world) staffOf(t *testing.T, p somebody) {
	body := newGuard(w, places{cid: w.garden()}).(map[string]any)
	body["name"], body["phone"], body["password"] = p.name, p.phone, "SecretCanary 4711 x"
	made := want[wire.StaffCreated](t, w.person(manager).post(t, "/v1/staff", body), 201)
	w.person(manager).post(t, "/v1/staff", body).wants(t, 409)
	w.person(admin).get(t, "/v1/staff?limit=200").wants(t, 200)
	c := w.from("127.0.10.1")
	s := want[wire.Session](t, c.post(t, sessions+"staff", map[string]any{"username": body["username"], "password": body["password"]}), 201)
	c.as(s.AccessToken).get(t, w.in("passages")).wants(t, 200)
	body["password"] = "SecretCanary wrong"
	c.post(t, sessions+"staff", map[string]any{"username": body["username"], "password": body["password"]}).wants(t, 401)
	w.person(manager).post(t, "/v1/staff/"+made.Staff.Id+"/disable", nil).wants(t, 200)
}

// claimsOf: one person claims in a name of the roster, and is seen by staff, by
// the gate and by the property system.
func (w *world) claimsOf(t *testing.T, all []somebody) {
	s := want[wire.Session](t, w.home.post(t, sessions+"wechat", map[string]string{"code": "wx-stranger"}), 201)
	c := w.home.as(s.AccessToken)
	c.post(t, "/v1/me/phone", map[string]string{"code": "phone-stranger"}).wants(t, 200)
	r := want[wire.Residency](t, c.post(t, "/v1/residencies", claimOf(w, all[0])), 201)
	if r.Status != wire.ResidencyStatusPending || !strings.Contains(r.NameMasked, "*") {
		t.Fatalf("the claim is %+v", r)
	}
	c.post(t, "/v1/residencies", claimOf(w, all[0])).wants(t, 409, "residency_exists")
	w.person(manager).get(t, w.in("residencies")+"?status=pending").wants(t, 200)
	w.person(manager).post(t, w.in("residencies/"+r.Id+"/approve"), nil).wants(t, 200)
	pass := c.onlyPass(t)
	if d := w.gate(east).decide(t, w.scan(t, c.code(t, pass.Id), "in")); d.Decision != "admit" || !strings.Contains(d.Display.NameMasked, "*") {
		t.Errorf("the gate is answered %+v", d)
	}
	w.gate(east).get(t, "/v1/gate/bundle").wants(t, 200)
	w.person(guard).get(t, w.in("passages")).wants(t, 200)
	c.get(t, "/v1/me").wants(t, 200)
	w.person(manager).post(t, w.in("residencies/"+r.Id+"/end"), map[string]string{"reason": "moved out"}).wants(t, 200)
}

func claimOf(w *world, p somebody) map[string]any {
	return map[string]any{"community_id": w.garden(), "building": "77", "unit": "1", "room": "101", "name": p.name, "id_last4": p.idLast4, "relation": "family"}
}

// mistakesWith puts them where they do not belong.
func (w *world) mistakesWith(t *testing.T, all []somebody) {
	c := w.person("林浩")
	for _, p := range all {
		for field, value := range map[string]string{"name": strings.Repeat(p.name, 12), "id_last4": p.phone, "community_id": p.name, "building": p.phone + p.phone, "relation": p.name, "no_such": p.name} {
			claim := claimOf(w, p)
			claim[field] = value
			c.post(t, "/v1/residencies", claim).wants(t, 400, "invalid")
		}
		claim := claimOf(w, p)
		claim["room"] = p.phone
		c.post(t, "/v1/residencies", claim).wants(t, 404)
		c.do(t, request{method: "POST", path: "/v1/residencies", body: []byte(`{"name":"` + p.name + p.phone)}).wants(t, 400, "malformed_body")
		c.post(t, "/v1/me/phone", map[string]string{"code": p.phone}).wants(t, 401)
		w.from("127.0.11.1").post(t, sessions+"wechat", map[string]string{"code": p.name}).wants(t, 401)
		w.from("127.0.11.1").post(t, sessions+"staff", map[string]string{"username": p.phone, "password": "SecretCanary"}).wants(t, 401)
		w.from("127.0.11.1").post(t, sessions+"refresh", map[string]string{"refresh_token": "rt_" + p.phone}).wants(t, 401)
		for _, path := range []string{w.in("households?building=" + p.phone), w.in("households?building=" + url.QueryEscape(p.name))} {
			w.person(manager).get(t, path).wants(t, 200)
		}
		w.person(manager).get(t, w.in("residencies?status="+url.QueryEscape(p.name))).wants(t, 400)
		w.person(manager).get(t, w.in("passages?cursor="+url.QueryEscape(p.name))).wants(t, 400)
		w.person(manager).get(t, "/v1/communities/"+p.phone+"/gates").wants(t, 404)
		w.home.get(t, "/v1/"+url.PathEscape(p.name)+"/"+p.phone).wants(t, 404)
		w.gate(east).decide(t, w.scan(t, p.name+p.phone, "in"))
		w.home.as(p.phone).get(t, "/v1/me").wants(t, 401)
		c.do(t, request{method: "POST", path: "/v1/residencies", body: claimOf(w, p), header: map[string]string{"Idempotency-Key": p.phone + "+" + p.idLast4}}).wants(t, 400)
	}
}

// digitsHidden looks for the four characters. In answers and logs lower-case x
// stands behind digits nowhere else. In a megabyte of ciphertext each may stand
// by chance, but hardly two of three.
func (w *world) digitsHidden(t *testing.T, all []somebody) {
	for where, text := range w.traces(t) {
		found := 0
		for _, p := range all {
			if bytes.Contains(text, []byte(p.idLast4)) || bytes.Contains(text, []byte(strings.ToUpper(`"`+p.idLast4+`"`))) {
				found++
			}
		}
		limit := 0
		if strings.HasPrefix(where, "demo.db") || bytes.Contains(text, []byte(`"access_token"`)) || bytes.Contains(text, []byte(`"signature"`)) || bytes.Contains(text, []byte("\"code\":\"")) {
			limit = 1
		}
		if found > limit {
			t.Errorf("digits of %d people stand in %s", found, where)
		}
	}
}
