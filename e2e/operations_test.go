package e2e_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// places are the rows of a community by which operations are tried: one of each
// kind that stands in a path.
type places struct {
	cid, pass, passage, pending, claimed, active, device, staff, recipient, delivery, imported string
	// more are the rows of other areas, by a name that the area chose.
	more map[string]string
}

// area is the operations of one capability with the rows that they need.
type area struct {
	operations func() map[string]operation
	// furnish makes the rows in p.more: of the garden, or those of the harbour.
	furnish func(t testing.TB, w *world, garden bool, p *places)
}

// areas beside the first ones, each in a file of its own.
func areas() []area {
	return []area{
		{messageOperations, furnishMessages},
		rulesArea(),
		noPhone,
		visitArea(),
		residencyArea(),
		ownData,
		auditArea(),
		healthArea(),
		{deviceOperations, furnishDevices},
		{operations: deviceOperations},
		incidentArea(),
		{liftOperations, furnishLifts},
	}
}

// more is the row of another area; while there is none, an id that nobody has.
func more(name string) func(places) string {
	return func(p places) string { return cmp.Or(p.more[name], unknownID) }
}

// operation is how one operation of the contract is tried.
type operation struct {
	// id is the row that {id} stands for.
	id    func(places) string
	query string
	// body is made anew for each request, since some may be sent only once.
	body func(w *world, p places) any
	// kind is the type of a body that is not JSON.
	kind string
	// always is the one status of operations that let nobody in here.
	always int
	// grants says that the caller must be able to give a role: that of a guard, or
	// the one named.
	grants bool
	// only is the one caller for whom the row is; others with the right get 403.
	only string
	// stranger says that people try it freshly signed in as somebody else, whom
	// nothing else needs.
	stranger bool
	role     model.Role
	// lacking is what those are answered who may, since the body or the row lacks
	// what is theirs alone; that it works is shown elsewhere.
	lacking int
	// last are operations that end what others need.
	last bool
}

func sent(body map[string]any) func(*world, places) any {
	return func(*world, places) any { return body }
}

func reason(*world, places) any { return map[string]any{"reason": "as agreed"} }

func named(w *world, _ places) any { return map[string]any{"name": w.unique("place")} }

// operations has every operation of the contract; a test fails for one that is
// missing.
func operations() map[string]operation {
	all := firstOperations()
	for _, a := range areas() {
		maps.Copy(all, a.operations())
	}
	return all
}

func firstOperations() map[string]operation {
	pass := func(p places) string { return p.pass }
	passage := func(p places) string { return p.passage }
	recipient := func(p places) string { return p.recipient }
	staff := func(p places) string { return p.staff }
	return map[string]operation{
		"createWechatSession": {body: sent(map[string]any{"code": "wx-stranger"})},
		"createStaffSession": {body: func(w *world, _ places) any {
			return staffSignIn(w.Demo.People[guard], "")
		}},
		"refreshSession": {body: sent(map[string]any{"refresh_token": "rt_none"}), always: 401},
		"endSession":     {last: true},
		"bootstrap": {always: 403, body: sent(map[string]any{"token": "a-token-that-nobody-printed",
			"username": "second", "password": "long enough for anybody", "name": "某某"})},
		"getMe":      {},
		"setMyPhone": {body: sent(map[string]any{"code": "phone-linhao"})},
		"claimResidency": {body: func(w *world, p places) any {
			return map[string]any{"community_id": p.cid, "building": "2", "unit": "2", "room": "201", "name": "某某", "relation": "tenant"}
		}},
		"listMyPasses": {},
		"issueCodes":   {id: pass, body: sent(map[string]any{"count": 2})},
		"getPassQR":    {id: pass, query: "?size=128"},
		"createGateEnrolment": {body: func(w *world, p places) any {
			gate := w.Demo.Gates[door]
			if p.cid != gate.CommunityID {
				gate = w.Demo.Gates[harbourEast]
			}
			return map[string]any{"gate_id": gate.GateID, "profile": "reader"}
		}},
		"enrolGate": {always: 403, body: sent(map[string]any{"enrolment_code": "ABCDEFGHJKLM", "device_name": "x"})},
		"recordScan": {body: func(w *world, _ places) any {
			return map[string]any{"scan_id": w.unique("try"), "code": "HELLO", "direction": "in", "scanned_at": "2026-11-22T04:00:00Z"}
		}},
		"setPassageOutcome": {id: passage, body: sent(map[string]any{"outcome": "passed"})},
		"uploadPassages": {body: func(w *world, _ places) any {
			return map[string]any{"passages": []any{map[string]any{"scan_id": w.unique("late"), "code": "HELLO", "direction": "in", "scanned_at": "2026-11-22T04:00:00Z",
				"decision": "refuse", "reason": "unknown_code", "rule_version": 1, "bundle_version": "v", "outcome": "decided"}}}
		}},
		"getBundle":        {},
		"streamGateEvents": {query: "?max_seconds=0"},
		"sendHeartbeat":    {body: func(w *world, _ places) any { return map[string]any{"device_time": at(w.now(w.t))} }},
		"listRoles":        {},
		"listStaff":        {},
		"createStaff":      {grants: true, body: newGuard},
		"disableStaff":     {id: staff, grants: true, last: true},
		"unlockStaff":      {id: staff, grants: true},
		"listStreets":      {},
		"createStreet":     {body: named},
		"listCommittees":   {},
		"createCommittee": {body: func(w *world, _ places) any {
			return map[string]any{"street_id": w.Demo.Communities[0].StreetID, "name": w.unique("committee")}
		}},
		"listCommunities": {},
		"createCommunity": {body: func(w *world, _ places) any {
			return map[string]any{"committee_id": w.Demo.Communities[0].CommitteeID, "name": w.unique("community")}
		}},
		"listHouseholds": {},
		"createHousehold": {body: func(w *world, _ places) any {
			return map[string]any{"building": fmt.Sprint(100 + w.turn.Add(1)), "unit": "1", "room": "101"}
		}},
		"importRoster":      {body: func(*world, places) any { return rosterFile }, kind: "text/csv"},
		"listRosterImports": {},
		"getRosterImport":   {id: func(p places) string { return p.imported }},
		"exportRoster":      {query: "?format=xlsx"},
		"listResidencies":   {},
		"approveResidency":  {id: func(p places) string { return p.pending }, body: sent(map[string]any{"lease_until": "2029-01-01T00:00:00Z"})},
		"declineResidency":  {id: func(p places) string { return p.claimed }, body: reason},
		"endResidency":      {id: func(p places) string { return p.active }, body: reason},
		"listPassages":      {},
		"listConflicts":     {},
		"listGates":         {},
		"createGate": {body: func(w *world, _ places) any {
			return map[string]any{"name": w.unique("gate"), "perimeter": "site"}
		}},
		"listDevices":    {},
		"revokeDevice":   {id: func(p places) string { return p.device }, body: reason},
		"listEntryCodes": {},
		"listRecipients": {},
		"createRecipient": {body: func(w *world, p places) any {
			return newRecipient(p.cid, "http://127.0.0.1:9/")
		}},
		"getRecipient":          {id: recipient},
		"testRecipient":         {id: recipient},
		"rotateRecipientSecret": {id: more("hc recipient"), body: sent(map[string]any{"secret": "another-secret"})},
		"pauseRecipient":        {id: recipient},
		"resumeRecipient":       {id: recipient},
		"listDeliveries":        {id: recipient},
		"listSharing":           {id: recipient},
		"retryDelivery":         {id: func(p places) string { return p.delivery }},
		"replayDeliveries":      {id: recipient, body: sent(map[string]any{"from_sequence": 1, "to_sequence": 1})},
		"getRecipientDigest":    {id: recipient, query: "?hour=2026-11-22T04:00:00Z"},
		"getFieldPolicy":        {id: recipient},
		"setFieldPolicy":        {id: recipient, body: sent(map[string]any{"fields": map[string]any{}})},
		"getJwks":               {}, "getHealth": {}, "getReadiness": {}, "getContract": {}, "getDocs": {},
		"getDocsAsset": {id: func(places) string { return "init.js" }},
	}
}

// rosterFile is a roster with somebody new.
var rosterFile = []byte("building,unit,room,name,relation\n201,1,101,某某,owner\n")

func newGuard(w *world, p places) any {
	return map[string]any{"username": "g." + w.unique("n"), "password": "a long enough phrase 9", "name": "某某", "role": "guard", "scope_kind": "community", "scope_id": p.cid}
}

func newRecipient(cid, url string) map[string]any {
	return map[string]any{"community_id": cid, "kind": "property", "name": "某系统", "url": url, "purpose": "books", "agreement": "A-1"}
}

var rowParameter = regexp.MustCompile(`\{(id|asset|purpose|entry_code)\}`)

// path is the operation's path among the rows of p.
func (o operation) path(template string, p places) string {
	path := strings.ReplaceAll(template, "{cid}", p.cid)
	if o.id != nil {
		path = rowParameter.ReplaceAllString(path, o.id(p))
	}
	return strings.ReplaceAll(path, "{grant_id}", more("grant")(p)) + o.query
}

// furnish makes the rows of the garden, or those of the harbour.
func (w *world) furnish(t testing.TB, garden bool) places {
	t.Helper()
	staff, resident, gate, device := w.person(manager), "林浩", east, door
	p := places{cid: w.garden(), more: map[string]string{}}
	claims := []wire.ResidencyClaim{{Building: "2", Unit: "1", Room: "301"}, {Building: "2", Unit: "1", Room: "302"}}
	if !garden {
		staff, resident, gate, device = w.person(otherManager), "何雨桐", harbourEast, harbourEast
		p.cid, claims = w.harbour(), nil
	}
	in := func(what string) string { return "/v1/communities/" + p.cid + "/" + what }
	p.pass = w.Demo.People[resident].PassID
	p.recipient = want[wire.RecipientCreated](t, staff.post(t, "/v1/recipients", newRecipient(p.cid, newReceiver(t).URL)), 201).Recipient.Id
	hc := newRecipient(p.cid, newReceiver(t).URL)
	hc["format"], hc["secret"] = "hc", "a-secret-of-theirs"
	p.more["hc recipient"] = want[wire.RecipientCreated](t, staff.post(t, "/v1/recipients", hc), 201).Recipient.Id
	for range 2 {
		p.passage = w.gate(gate).decide(t, w.scan(t, "HELLO", "in")).PassageId
	}
	p.imported = want[wire.RosterImport](t, staff.do(t, request{method: "POST", path: in("roster-imports"), body: rosterFile, header: kind("text/csv")}), 201).Id
	p.staff = want[wire.StaffCreated](t, staff.post(t, "/v1/staff", newGuard(w, p)), 201).Staff.Id
	for _, r := range want[wire.ResidencyList](t, staff.get(t, in("residencies")+"?status=active"), 200).Items {
		if r.PersonId != w.Demo.People[resident].PersonID {
			p.active = r.Id
		}
		if !garden {
			p.active, p.pending, p.claimed = r.Id, r.Id, r.Id
		}
	}
	for i, into := range []*string{&p.pending, &p.claimed}[:len(claims)] {
		claims[i].CommunityId, claims[i].Name, claims[i].Relation = p.cid, "某某", "tenant"
		r := want[wire.Residency](t, w.person(resident).post(t, "/v1/residencies", claims[i]), 201)
		if r.Status != wire.ResidencyStatusPending {
			t.Fatalf("the claim of a stranger's home is %s", r.Status)
		}
		*into = r.Id
	}
	for _, d := range want[wire.DeviceList](t, staff.get(t, in("devices")), 200).Items {
		if d.GateId == w.Demo.Gates[device].GateID {
			p.device = d.Id
		}
	}
	soon(t, "there is a delivery", func() bool {
		for _, d := range want[wire.DeliveryList](t, staff.get(t, "/v1/recipients/"+p.recipient+"/deliveries?state=delivered"), 200).Items {
			if d.Sequence == 2 { // the first is replayed by others
				p.delivery = d.Id
			}
		}
		return p.delivery != ""
	})
	for _, a := range areas() {
		if a.furnish != nil {
			a.furnish(t, w, garden, &p)
		}
	}
	return p
}
