package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// auditArea is the audit log, the roles of accounts, and one's own account.
func auditArea() area {
	return area{operations: auditOperations, furnish: func(t testing.TB, w *world, garden bool, p *places) {
		by := w.person(manager)
		if !garden {
			by = w.person(otherManager)
		}
		p.more["grantee"] = want[wire.StaffCreated](t, by.post(t, "/v1/staff", newGuard(w, *p)), 201).Staff.Id
		p.more["grant"] = want[wire.StaffGrantList](t, by.get(t, "/v1/staff/"+p.staff+"/grants"), 200).Items[0].Id
	}}
}

const auditRange = "from=2020-01-01T00:00:00Z&to=2020-12-01T00:00:00Z"

func auditOperations() map[string]operation {
	staff := func(p places) string { return p.staff }
	return map[string]operation{
		"listAudit":     {},
		"getAuditProof": {query: "?entry_id=" + unknownID, lacking: 404},
		"listAnchors":   {},
		"exportAudit":   {query: "?format=csv&" + auditRange},
		"getEvidence":   {query: "?" + auditRange},
		"changeExpiredPassword": {always: 401, body: func(w *world, _ places) any {
			return map[string]any{"username": w.unique("no"), "password": "wrong-password-1", "new_password": "Plum-Tree-River-7"}
		}},
		"listMySessions":   {},
		"endMySession":     {id: func(places) string { return unknownID }, lacking: 404},
		"changeMyPassword": {lacking: 401, body: sent(map[string]any{"current": "wrong-password-1", "new": "Plum-Tree-River-7"})},
		"beginMyTotp":      {lacking: 401, body: sent(map[string]any{"password": "wrong-password-1"})},
		"confirmMyTotp":    {lacking: 409, body: sent(map[string]any{"code": "123456"})},
		"resetStaff":       {id: staff, grants: true, body: sent(map[string]any{"totp": false})},
		"listGrants":       {id: staff},
		"addGrant": {id: more("grantee"), grants: true, role: model.RolePropertyManager, body: func(_ *world, p places) any {
			return map[string]any{"role": "property_manager", "scope_kind": "community", "scope_id": p.cid}
		}},
		"removeGrant": {id: staff, grants: true, lacking: 409},
	}
}

var auditors sync.Map

// auditor is an auditor of the platform, made once in each world.
func (w *world) auditor(t testing.TB) *client {
	t.Helper()
	if known, ok := auditors.Load(w); ok {
		return known.(*client)
	}
	_, c := w.newStaff(t, w.person(admin), "auditor", "platform", "")
	auditors.Store(w, c)
	return c
}

// newStaff makes an account with one role and signs it in.
func (w *world) newStaff(t testing.TB, by *client, role, kind, place string) (wire.StaffCreated, *client) {
	t.Helper()
	body := map[string]any{"username": "s." + w.unique("n"), "password": staffWords, "name": "某某", "role": role, "scope_kind": kind}
	if place != "" {
		body["scope_id"] = place
	}
	made := want[wire.StaffCreated](t, by.post(t, "/v1/staff", body), 201)
	in := map[string]any{"username": made.Staff.Username, "password": staffWords}
	if made.TotpSecret != nil {
		in["totp"] = totp(t, *made.TotpSecret, w.now(t))
	}
	return made, w.home.as(want[wire.Session](t, w.home.post(t, "/v1/sessions/staff", in), 201).AccessToken)
}

const staffWords = "a long enough phrase 9"

// notAudited are operations that change nothing worth keeping, each with why.
var notAudited = map[string]string{}

// actBefore is the newest act of a caller of staff before an operation is tried that
// has not succeeded yet and may change something.
func (w *world) actBefore(t testing.TB, r route, s someone, succeeded bool) string {
	if succeeded || s.kind != model.CallerStaff || r.Method == "GET" {
		return ""
	}
	return w.newestAct(t, s.client)
}

// wasAudited fails unless an operation that succeeded has added to the caller's acts.
func (w *world) wasAudited(t testing.TB, operationID string, c *client, before string) {
	t.Helper()
	if notAudited[operationID] == "" && w.newestAct(t, c) == before {
		t.Errorf("%s is not in the audit log", operationID)
	}
}

// newestAct is the id of the newest act of a caller that is more than a refusal.
func (w *world) newestAct(t testing.TB, c *client) string {
	t.Helper()
	list := want[wire.AuditList](t, w.watcher(t).get(t, "/v1/audit?limit=50&actor_id="+url.QueryEscape(accountOf(t, c.token))), 200)
	for _, e := range list.Items {
		if e.Action != "access.refuse" && e.Action != "staff.refuse" {
			return e.Id
		}
	}
	return ""
}

var watchers sync.Map

// watcher is an auditor who is not tried, so that its sign-in lasts.
func (w *world) watcher(t testing.TB) *client {
	t.Helper()
	if known, ok := watchers.Load(w); ok {
		return known.(*client)
	}
	_, c := w.newStaff(t, w.person(admin), "auditor", "platform", "")
	watchers.Store(w, c)
	return c
}

// accountOf reads the account from an access token.
func accountOf(t testing.TB, token string) string {
	t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	var claims struct {
		Account string `json:"acc"`
	}
	if err == nil {
		err = json.Unmarshal(body, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims.Account
}
