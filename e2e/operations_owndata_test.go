package e2e_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// ownData is the operations on people's own data.
var ownData = area{operations: ownDataOperations, furnish: furnishOwnData}

func ownDataOperations() map[string]operation {
	return map[string]operation{
		"getPrivacyNotice": {},
		"listMyConsents":   {},
		"giveConsent":      {body: sent(map[string]any{"purpose": "sharing", "text_version": "1", "channel": "web"})},
		"withdrawConsent":  {id: func(places) string { return "sharing" }},
		"listMyAccessLog":  {},
		"listMySharing":    {},
		"listMyPassages":   {},
		"exportMyData":     {query: "?format=csv"},
		"deleteMe":         {stranger: true, last: true},
		"readTrail": {body: func(w *world, p places) any {
			return w.trailOf(w.t, p.pass)
		}},
		"searchSharing": {body: func(w *world, p places) any {
			return w.trailOf(w.t, p.pass)
		}},
		"listCommunitySharing": {},
		"listPrivacyFindings":  {},
		"closePrivacyFinding":  {id: more("finding"), body: reason},
		"listExports":          {},
		"requestExport":        {body: sent(newExport)},
		"approveExport":        {id: more("export")},
		"declineExport":        {id: more("export declined"), body: reason},
		"getExportFile":        {id: more("export approved"), only: "manager"},
	}
}

var newExport = map[string]any{"kind": "roster_unmasked", "purpose": "inspection", "ticket": "INSP-7"}

// trailOf asks for the last hour of a pass.
func (w *world) trailOf(t testing.TB, pass string) map[string]any {
	now := w.now(t)
	return map[string]any{"pass_id": pass, "purpose": "incident", "ticket": "T-2026/1", "from": at(now.Add(-time.Hour)), "until": at(now.Add(time.Minute))}
}

// furnishOwnData makes exports in each state, and somebody who looks too often.
func furnishOwnData(t testing.TB, w *world, garden bool, p *places) {
	staff := w.person(manager)
	if !garden {
		staff = w.person(otherManager)
	}
	in := "/v1/communities/" + p.cid + "/"
	for _, name := range []string{"export", "export declined", "export approved"} {
		p.more[name] = want[wire.Export](t, staff.post(t, in+"exports", newExport), 201).Id
	}
	w.person(committee).post(t, in+"exports/"+p.more["export approved"]+"/approve", nil).wants(t, 200)
	for range 11 {
		staff.post(t, in+"trails", w.trailOf(t, p.pass)).wants(t, 200)
	}
	found := want[wire.PrivacyFindingList](t, w.person(committee).get(t, in+"privacy-findings"), 200).Items
	if len(found) != 1 || found[0].Kind != wire.SamePerson {
		t.Fatalf("eleven looks at one are found as %+v", found)
	}
	p.more["finding"] = found[0].Id
}
