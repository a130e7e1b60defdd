package e2e_test

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// noPhone is the ways in without a phone. Its rows are two cards of the resident, one
// of somebody else in the community, and a gate.
var noPhone = area{
	operations: func() map[string]operation {
		site := func(w *world, p places) any { return map[string]any{"gate_id": p.more["gate"]} }
		said := sent(map[string]any{"code": "000000", "direction": "in"})
		return map[string]operation{
			"listCards":    {},
			"listMyCards":  {},
			"getCardSheet": {id: more("card"), query: "?size=320"},
			"issueCard": {body: func(_ *world, p places) any {
				return newCard(p.more["cardholder"], p.more["gate"])
			}},
			"revokeCard":   {id: more("card"), body: reason},
			"revokeMyCard": {id: more("own_card")},
			"reissueCard":  {id: more("other_card"), body: reason},
			"issueStrip": {lacking: 409, id: func(p places) string { return p.pass },
				body: sent(map[string]any{"public_key": "02" + strings.Repeat("00", 31) + "01"})},
			"issueSpokenCode":     {id: func(p places) string { return p.pass }, body: site},
			"scanByGuard":         {id: more("gate"), body: sent(map[string]any{"scan_id": "guard-1", "code": "?", "direction": "in"})},
			"redeemSpokenCode":    {id: more("gate"), body: said},
			"enterSpokenCode":     {body: said},
			"recordManualPassage": {id: more("gate"), body: sent(map[string]any{"direction": "in", "reason": "no_phone"})},
			"lookUpResident":      {query: "?building=2&unit=1&room=301&initial=w"},
			"getStatistics":       {query: "?from=2026-11-01&to=2026-11-30"},
		}
	},
	furnish: func(t testing.TB, w *world, garden bool, p *places) {
		staff, resident, gate := w.person(manager), "林浩", w.Demo.Gates[east]
		if !garden {
			staff, resident, gate = w.person(otherManager), "何雨桐", w.Demo.Gates[harbourEast]
		}
		p.more["gate"] = gate.GateID
		var own, other string
		for _, r := range want[wire.ResidencyList](t, staff.get(t, "/v1/communities/"+p.cid+"/residencies?status=active"), 200).Items {
			switch {
			case r.PersonId == w.Demo.People[resident].PersonID:
				own = r.Id
			case r.Id != p.active:
				other = r.Id
			}
		}
		issue := func(residency string) string {
			return want[wire.Card](t, staff.post(t, "/v1/communities/"+p.cid+"/cards", newCard(residency, gate.GateID)), 201).Id
		}
		p.more["card"], p.more["own_card"] = issue(own), issue(own)
		p.more["cardholder"], p.more["other_card"] = own, p.more["card"]
		if garden {
			p.more["cardholder"], p.more["other_card"] = other, issue(other)
		}
	},
}

func newCard(residency, gate string) map[string]any {
	return map[string]any{"residency_id": residency, "gate_ids": []string{gate}, "last_day": "2027-06-30", "daily_cap": 6}
}
