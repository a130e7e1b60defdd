package e2e_test

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// visitArea tries visits: asked at the gate, invited, answered, and shown by a token.
func visitArea() area { return area{operations: visitOperations, furnish: furnishVisits} }

func visitOperations() map[string]operation {
	poster := more("entry")
	return map[string]operation{
		"listVisits":    {},
		"createVisit":   {body: func(w *world, p places) any { return w.invitation(p) }},
		"getVisit":      {id: more("visit")},
		"approveVisit":  {id: more("visit approved")},
		"declineVisit":  {id: more("visit declined"), body: reason},
		"cancelVisit":   {id: more("visit cancelled"), body: reason, last: true},
		"restrictVisit": {id: more("visit"), body: reason},
		"extendVisit": {id: more("visit"), body: func(w *world, _ places) any {
			return map[string]any{"valid_until": at(w.now(w.t).Add(3*time.Hour + time.Duration(w.turn.Add(1))*time.Second))}
		}},
		"leaveVisit": {id: more("visit left"), last: true},
		"getEntry":   {id: poster},
		"askVisit": {id: poster, body: func(w *world, _ places) any {
			return asking("7", fmt.Sprint(w.turn.Add(1)))
		}},
		"acceptInvitation": {body: func(w *world, p places) any {
			_, secret := w.invite(w.t, w.person("林浩"), w.invitation(p))
			return map[string]any{"token": secret}
		}},
		"getOwnVisit":       {},
		"issueVisitCodes":   {body: sent(map[string]any{"count": 2})},
		"leaveOwnVisit":     {last: true},
		"deleteOwnVisit":    {stranger: true, last: true},
		"streamOwnVisit":    {query: "?max_seconds=0"},
		"listApprovals":     {query: "?state=pending"},
		"listMyApprovals":   {},
		"getVisitDelegates": {},
		"setVisitDelegate":  {body: func(_ *world, p places) any { return map[string]any{"household_id": p.more["home"]} }},
		"getVisitPolicies":  {},
		"setVisitPolicies": {body: func(w *world, p places) any {
			now := want[wire.VisitPolicies](w.t, w.person(manager).get(w.t, w.in("visit-policies")), 200)
			return map[string]any{"version": now.Version, "items": now.Items}
		}},
	}
}

func asking(building, room string) map[string]any {
	return map[string]any{"kind": "once", "name": "某访客", "phone": "13911112222", "building": building, "unit": "1", "room": room, "purpose": "看望"}
}

func (w *world) invitation(p places) map[string]any {
	return map[string]any{"household_id": p.more["home"], "community_id": cmp.Or(p.cid, w.garden()), "kind": "once", "valid_until": at(w.now(w.t).Add(2 * time.Hour)), "visitor_name": "某访客"}
}

// invite makes a visit and gives its id and what is behind the # of its link.
func (w *world) invite(t testing.TB, who *client, body map[string]any) (id, secret string) {
	t.Helper()
	v := want[wire.VisitInvited](t, who.post(t, "/v1/visits", body), 201)
	_, secret, _ = strings.Cut(v.ShareUrl, "#")
	return v.Visit.Id, secret
}

// anotherVisitor is one whom nothing else needs.
func (w *world) anotherVisitor(t testing.TB, p places) *client {
	t.Helper()
	_, secret := w.invite(t, w.person("林浩"), w.invitation(p))
	return w.home.as(want[wire.VisitAdmitted](t, w.home.post(t, "/v1/entry-invitations", map[string]any{"token": secret}), 201).VisitToken)
}

func furnishVisits(t testing.TB, w *world, garden bool, p *places) {
	t.Helper()
	resident, staff := w.person("林浩"), w.person(manager)
	if !garden {
		resident, staff = w.person("何雨桐"), w.person(otherManager)
	}
	home := homeOf(t, resident, p.cid)
	p.more["home"] = home.HouseholdId
	p.more["entry"] = want[wire.EntryCodeList](t, staff.get(t, "/v1/communities/"+p.cid+"/entry-codes"), 200).Items[0].Code
	for _, row := range []string{"visit", "visit approved", "visit declined", "visit cancelled", "visit left"} {
		p.more[row], _ = w.invite(t, resident, w.invitation(*p))
	}
	if !garden {
		return
	}
	_, secret := w.invite(t, resident, w.invitation(*p))
	token := want[wire.VisitAdmitted](t, w.home.post(t, "/v1/entry-invitations", map[string]any{"token": secret}), 201).VisitToken
	w.visitor = w.home.as(token)
	// The first of the family is asked first; in the matrix it is the property's turn.
	rules := want[wire.VisitPolicies](t, staff.get(t, w.in("visit-policies")), 200)
	for i := range rules.Items {
		rules.Items[i].Steps = []wire.VisitPolicyStep{{Who: "property", Minutes: 60, OnSilence: "guard"}}
	}
	staff.do(t, request{method: "PUT", path: w.in("visit-policies"), body: map[string]any{"version": rules.Version, "items": rules.Items[:1]}}).wants(t, 200)
	for _, row := range []string{"visit approved", "visit declined"} {
		p.more[row] = w.askAt(t, w.home, p.more["entry"], home).Visit.Id
	}
	neighbour := w.person("王芳")
	theirs := places{more: map[string]string{"home": homeOf(t, neighbour, p.cid).HouseholdId}}
	id, _ := w.invite(t, neighbour, w.invitation(theirs))
	for _, row := range []string{"visit", "visit approved", "visit declined", "visit cancelled", "visit left"} {
		p.more["neighbour "+row] = id
	}
}

// homeOf is where a resident lives in a community.
func homeOf(t testing.TB, resident *client, communityID string) wire.Residency {
	t.Helper()
	for _, r := range want[wire.Me](t, resident.get(t, "/v1/me"), 200).Residencies {
		if r.CommunityId == communityID && r.Status == wire.ResidencyStatusActive {
			return r
		}
	}
	t.Fatal("this resident lives nowhere here")
	return wire.Residency{}
}

// askAt asks at a gate for the home of a residency.
func (w *world) askAt(t testing.TB, c *client, entry string, r wire.Residency) wire.VisitAdmitted {
	t.Helper()
	body := asking(r.Building, r.Room)
	body["unit"] = r.Unit
	return want[wire.VisitAdmitted](t, c.post(t, "/v1/entry/"+entry+"/visits", body), 201)
}

// TestVisitJourney is a visit over HTTP, from the poster to the door and out again.
func TestVisitJourney(t *testing.T) {
	t.Parallel()
	w := start(t)
	resident, spouse := w.person("欧阳小燕"), w.person("林浩") // the owner is asked first
	home := homeOf(t, resident, w.garden())
	entry := want[wire.EntryCodeList](t, w.person(manager).get(t, w.in("entry-codes")), 200).Items[0].Code
	phone := w.from("127.0.21.1")
	form := want[wire.EntryForm](t, phone.get(t, "/v1/entry/"+entry), 200)
	if len(form.Kinds) == 0 || form.CommunityName != w.Demo.Communities[0].Name {
		t.Errorf("the form is %+v", form)
	}
	phone.get(t, "/v1/entry/"+strings.Repeat("A", 22)).wants(t, 404, "not_found")

	body := asking(home.Building, home.Room)
	body["unit"] = home.Unit
	ask := request{method: "POST", path: "/v1/entry/" + entry + "/visits", body: body, header: map[string]string{"Idempotency-Key": "tap-tap-tap-tap-1"}}
	first := want[wire.VisitAdmitted](t, phone.do(t, ask), 201)
	if again := want[wire.VisitAdmitted](t, phone.do(t, ask), 201); again.VisitToken != first.VisitToken {
		t.Error("a double tap asked twice")
	}
	if other := want[wire.VisitAdmitted](t, w.from("127.0.21.2").do(t, ask), 201); other.VisitToken == first.VisitToken {
		t.Error("the key of one network is answered to another")
	}
	visitor := phone.as(first.VisitToken)
	visitor.post(t, "/v1/visitor/visit/codes", nil).wants(t, 409, "pass_invalid")
	waits := want[wire.ApprovalList](t, resident.get(t, "/v1/me/approvals"), 200).Items
	found := false
	for _, a := range waits {
		found = found || a.SubjectId == first.Visit.Id
	}
	if !found {
		t.Errorf("the host is not asked: %+v", waits)
	}
	spouse.post(t, "/v1/visits/"+first.Visit.Id+"/approve", nil).wants(t, 409, "answer_not_yours")
	w.person(guard).post(t, "/v1/visits/"+first.Visit.Id+"/approve", nil).wants(t, 409, "answer_not_yours")
	resident.post(t, "/v1/visits/"+first.Visit.Id+"/approve", nil).wants(t, 200)
	resident.post(t, "/v1/visits/"+first.Visit.Id+"/decline", map[string]any{"reason": "改主意"}).wants(t, 409, "state_changed")
	if v := want[wire.VisitorVisit](t, visitor.get(t, "/v1/visitor/visit"), 200); v.Next != "show_code" || len(v.Gates) == 0 {
		t.Errorf("the visitor is shown %+v", v)
	}
	code := want[wire.Codes](t, visitor.post(t, "/v1/visitor/visit/codes", nil), 200).Codes[0].Code
	soon(t, "the gate knows the visit", func() bool {
		return w.gate(east).decide(t, w.scan(t, code, "in")).Decision == "admit"
	})
	soon(t, "the host sees that the visitor is there", func() bool {
		return want[wire.Visit](t, resident.get(t, "/v1/visits/"+first.Visit.Id), 200).State == "arrived"
	})
	visitor.post(t, "/v1/visitor/visit/leave", nil).wants(t, 200)
	visitor.post(t, "/v1/visitor/visit/leave", nil).wants(t, 409, "state_changed")
	visitor.get(t, "/v1/me").wants(t, 403)
	visitor.do(t, request{method: "DELETE", path: "/v1/visitor/visit"}).wants(t, 204)
	visitor.get(t, "/v1/visitor/visit").wants(t, 401)
	if v := want[wire.Visit](t, resident.get(t, "/v1/visits/"+first.Visit.Id), 200); v.State != "left" || v.VisitorNameMasked != nil && *v.VisitorNameMasked != "" {
		t.Errorf("of the visitor who was deleted the host sees %+v", v)
	}
	weekly := w.invitation(places{more: map[string]string{"home": home.HouseholdId}})
	weekly["kind"], weekly["valid_until"] = "recurring", at(w.now(t).Add(80*24*time.Hour))
	weekly["hours"] = []any{map[string]any{"days": []string{"mon", "wed"}, "from": "09:00", "to": "11:30"}}
	v := want[wire.VisitInvited](t, resident.post(t, "/v1/visits", weekly), 201).Visit
	if len(v.Hours) != 1 || len(v.Hours[0].Days) != 2 || v.Hours[0].From != "09:00" || v.Hours[0].To != "11:30" || v.State != "approved" {
		t.Errorf("the weekly visit is %+v", v)
	}
	weekly["hours"] = []any{map[string]any{"days": []string{"mon"}, "from": "11:30", "to": "11:30"}}
	resident.post(t, "/v1/visits", weekly).wants(t, 400, "invalid")
	w.hidden(t, []string{"某访客", "13911112222"})
	for where, text := range w.traces(t) { // the host is shown it, and nobody else
		if !strings.HasPrefix(where, "answer ") && bytes.Contains(text, []byte("看望")) {
			t.Errorf("what the visitor wants stands in %s", where)
		}
	}
}

// TestEntryIsLimitedByNetwork: whoever tries codes is soon told to wait, whatever
// the request says of where it came from.
func TestEntryIsLimitedByNetwork(t *testing.T) {
	t.Parallel()
	w := start(t)
	c, limited := w.from("127.0.22.1"), 0
	for n := range 80 {
		a := c.do(t, request{method: "GET", path: fmt.Sprintf("/v1/entry/guess%d", n), header: map[string]string{"X-Forwarded-For": fmt.Sprintf("10.0.0.%d", n)}})
		if a.status == 429 {
			limited++
		}
	}
	if limited == 0 {
		t.Error("nobody was limited")
	}
}
