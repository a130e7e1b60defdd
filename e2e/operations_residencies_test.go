package e2e_test

import (
	"fmt"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// residencyArea is what the rest of households and residencies does.
func residencyArea() area {
	return area{operations: residencyOperations, furnish: furnishResidencies}
}

func residencyOperations() map[string]operation {
	return map[string]operation{
		"setResidencyLease": {id: more("leased"), body: sent(map[string]any{"lease_until": "2029-01-01T00:00:00Z"})},
		"searchResidencies": {body: sent(map[string]any{"initials": "w"})},
		"moveOutHousehold":  {id: more("empty home"), body: reason},
		"registerResidency": {body: func(w *world, p places) any {
			return map[string]any{"household_id": p.more["home"], "name": w.unique("老"), "relation": "family", "age_group": "elder"}
		}},
		"undoRosterImport": {id: more("import")},
		"listMyFamily":     {},
		"addFamily":        {body: func(w *world, _ places) any { return w.relative() }},
		"removeFamily":     {id: more("relative")},
		"listMyHelpers":    {},
		"addHelper":        {body: func(w *world, _ places) any { return w.cleaner() }},
		"removeHelper":     {id: more("cleaner")},
		"listMyDependants": {},
		"addDependant": {body: func(w *world, p places) any {
			return map[string]any{"household_id": p.more["home"], "name": w.unique("小"), "relation": "child"}
		}},
		"removeDependant": {id: more("dependant")},
	}
}

// relative is somebody new whom a resident adds as family.
func (w *world) relative() map[string]any {
	return map[string]any{"name": "某某", "phone": fmt.Sprintf("139%08d", 70_000_000+w.turn.Add(1))}
}

// cleaner comes on Mondays.
func (w *world) cleaner() map[string]any {
	c := w.relative()
	c["hours"] = []any{map[string]any{"days": []string{"mon"}, "from": "09:00", "to": "12:00"}}
	c["until"] = "2027-06-30T16:00:00Z"
	return c
}

func furnishResidencies(t testing.TB, w *world, garden bool, p *places) {
	t.Helper()
	staff, resident := w.person(manager), w.person("林浩")
	if !garden {
		staff, resident = w.person(otherManager), w.person("何雨桐")
	}
	in := func(what string) string { return "/v1/communities/" + p.cid + "/" + what }
	home := map[string]any{"building": fmt.Sprint(300 + w.turn.Add(1)), "unit": "1", "room": "101"}
	p.more["empty home"] = want[wire.Household](t, staff.post(t, in("households"), home), 201).Id
	p.more["leased"] = p.active
	if garden {
		p.more["home"] = w.rents(t, staff, resident, p.cid)
	} else {
		p.more["home"] = want[wire.Me](t, resident.get(t, "/v1/me"), 200).Residencies[0].HouseholdId
	}
	p.more["import"] = want[wire.RosterImport](t, staff.do(t, request{method: "POST", path: in("roster-imports?dry_run=false"),
		body: []byte("building,unit,room,name,relation\n301,1,101,某某,owner\n"), header: kind("text/csv")}), 201).Id
	for _, r := range want[wire.ResidencyList](t, staff.get(t, in("residencies")+"?status=active"), 200).Items {
		if r.Id != p.active && r.HouseholdId != p.more["home"] {
			p.more["leased"] = r.Id
		}
	}
	p.more["relative"] = want[wire.HouseholdMember](t, resident.post(t, "/v1/me/family", with(w.relative(), "household_id", p.more["home"])), 201).Id
	p.more["cleaner"] = want[wire.HouseholdMember](t, resident.post(t, "/v1/me/helpers", with(w.cleaner(), "household_id", p.more["home"])), 201).Id
	child := map[string]any{"household_id": p.more["home"], "name": "某小", "relation": "child"}
	p.more["dependant"] = want[wire.Dependant](t, resident.post(t, "/v1/me/dependants", child), 201).Id
}

// rents lets a resident rent a home of the own, whose id it gives.
func (w *world) rents(t testing.TB, staff, resident *client, cid string) string {
	t.Helper()
	at := "/v1/communities/" + cid
	home := map[string]any{"building": fmt.Sprint(500 + w.turn.Add(1)), "unit": "1", "room": "101"}
	made := want[wire.Household](t, staff.post(t, at+"/households", home), 201)
	claim := with(with(with(home, "community_id", cid), "name", "某某"), "relation", "tenant")
	r := want[wire.Residency](t, resident.post(t, "/v1/residencies", claim), 201)
	want[wire.Residency](t, staff.post(t, at+"/residencies/"+r.Id+"/approve", map[string]any{"lease_until": "2028-01-01T00:00:00Z"}), 200)
	return made.Id
}

// with adds a field to a body.
func with(body map[string]any, field string, value any) map[string]any {
	body[field] = value
	return body
}
