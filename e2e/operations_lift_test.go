package e2e_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// liftOperations are those on lifts, by staff, residents and visitors.
func liftOperations() map[string]operation {
	call, visitorCall, grant := more("lift call"), more("visitor lift call"), more("lift grant")
	return map[string]operation{
		"listLifts":      {},
		"registerLift":   {body: func(w *world, _ places) any { return newLift(w) }},
		"disableLift":    {id: more("lift ended"), body: reason, last: true},
		"getLiftSticker": {id: more("landing")},
		// Its protocol says nothing of the building.
		"getLiftTopology": {id: more("lift")},
		"listMyLifts":     {},
		"setLiftPreference": {body: func(_ *world, p places) any {
			return map[string]any{"household_id": p.more["lift home"], "after_passage": false}
		}},
		"callLift":       {body: func(w *world, p places) any { return liftCall(w, p) }},
		"getLiftCall":    {id: call},
		"streamLiftCall": {id: call, query: "?max_seconds=0"},
		// No lift comes here, so that the call is over and there is nothing to cancel.
		"cancelLiftCall":        {id: call, lacking: 409},
		"holdLiftCall":          {id: call, body: doors, lacking: 409},
		"listVisitorLifts":      {},
		"callVisitorLift":       {body: func(w *world, p places) any { return liftCall(w, p) }},
		"getVisitorLiftCall":    {id: visitorCall},
		"streamVisitorLiftCall": {id: visitorCall, query: "?max_seconds=0"},
		"cancelVisitorLiftCall": {id: visitorCall, lacking: 409},
		"holdVisitorLiftCall":   {id: visitorCall, body: doors, lacking: 409},
		"listLiftGrants":        {},
		"grantLift": {body: func(w *world, p places) any {
			return liftGrant(w, p.more["lift home"], p.more["lift"])
		}},
		"endLiftGrant": {id: grant, last: true},
	}
}

// newLift stands in building 1; nothing listens at its address.
func newLift(w *world) map[string]any {
	return map[string]any{"name": w.unique("lift"), "building": "1", "protocol": "http", "address": "http://127.0.0.1:9", "secret": "a-key-for-signatures-of-lifts",
		"landings": []any{map[string]any{"floor": "1", "rooms": []string{"101", "102"}}, map[string]any{"floor": "2", "open": true}}}
}

func liftCall(w *world, p places) map[string]any {
	return map[string]any{"request_id": w.unique("request-"), "lift_id": p.more["lift"], "from": "2", "to": "1"}
}

// doors of a lift that is not there.
func doors(*world, places) any { return map[string]any{"seconds": 20} }

func liftGrant(w *world, home, lift string) map[string]any {
	return map[string]any{"household_id": home, "lift_id": lift, "building": "1", "unit": "1", "room": "102", "valid_until": at(w.now(w.t).Add(time.Hour))}
}

func furnishLifts(t testing.TB, w *world, garden bool, p *places) {
	t.Helper()
	staff := w.person(manager)
	if !garden {
		staff = w.person(otherManager)
	}
	path := "/v1/communities/" + p.cid + "/lifts"
	g := want[wire.LiftGroup](t, staff.post(t, path, newLift(w)), 201)
	p.more["lift"], p.more["landing"] = g.Id, g.Landings[0].Id
	p.more["lift ended"] = want[wire.LiftGroup](t, staff.post(t, path, newLift(w)), 201).Id
	if !garden {
		return
	}
	p.more["lift home"] = homeOn(t, w.person("林浩"), g.Id)
	for _, who := range []struct {
		as        *client
		path, row string
	}{
		{w.person("林浩"), "/v1/me/lift-calls", "lift call"},
		{w.person("王芳"), "/v1/me/lift-calls", "neighbour lift call"},
		{w.visitor, "/v1/visitor/lift-calls", "visitor lift call"},
	} {
		p.more[who.row] = w.callUntilOver(t, who.as, who.path, liftCall(w, *p))
	}
	neighbour := homeOn(t, w.person("王芳"), g.Id)
	p.more["lift grant"] = want[wire.LiftGrant](t, w.person("林浩").post(t, "/v1/me/lift-grants", liftGrant(w, p.more["lift home"], g.Id)), 201).Id
	p.more["neighbour lift grant"] = want[wire.LiftGrant](t, w.person("王芳").post(t, "/v1/me/lift-grants", liftGrant(w, neighbour, g.Id)), 201).Id
}

// homeOn is the home that a lift leads a resident to, who may have others elsewhere.
func homeOn(t testing.TB, who *client, lift string) string {
	t.Helper()
	for _, l := range want[wire.LiftList](t, who.get(t, "/v1/me/lifts"), 200).Items {
		if l.Id == lift && l.HouseholdId != nil {
			return *l.HouseholdId
		}
	}
	t.Fatal("no home on this lift")
	return ""
}

// callUntilOver makes a call to which nobody answers and waits, by its feed, until it
// is over.
func (w *world) callUntilOver(t testing.TB, as *client, path string, body map[string]any) string {
	t.Helper()
	c := want[wire.LiftCall](t, as.post(t, path, body), 201)
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		as.do(t, request{method: "GET", path: path + "/" + c.Id + "/events?max_seconds=1"}).wants(t, 200)
		if now := want[wire.LiftCall](t, as.get(t, path+"/"+c.Id), 200); now.State == wire.LiftCallStateFailed {
			return c.Id
		}
	}
	t.Fatal("a call to which nobody answers goes on")
	return ""
}
