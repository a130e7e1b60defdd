package e2e_test

import (
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// rulesArea is the rules of a community, and rehearsals.
func rulesArea() area {
	rules := map[string]any{"kinds": map[string]any{"courier": map[string]any{"quota": 200}}}
	return area{
		operations: func() map[string]operation {
			return map[string]operation{
				"getRules":            {},
				"proposeRules":        {body: sent(map[string]any{"rules": rules}), last: true}, // once the one under way is withdrawn
				"listRuleVersions":    {},
				"getRuleVersion":      {id: more("rule_version")},
				"advanceRuleVersion":  {id: more("rule_version"), body: sent(map[string]any{"to": "warn"})},
				"withdrawRuleVersion": {id: more("rule_version"), body: reason},
				"rehearseRules":       {body: sent(map[string]any{"rules": rules, "days": 1})},
				"listRuleRehearsals":  {},
				"getRuleRehearsal":    {id: more("rule_rehearsal")},
				"setGateSettings":     {id: more("rule_gate"), body: sent(map[string]any{"passback": "off", "fallback": "ask_guard"})},
			}
		},
		furnish: func(t testing.TB, w *world, garden bool, p *places) {
			t.Helper()
			staff, gate := w.person(manager), east
			if !garden {
				staff, gate = w.person(otherManager), harbourEast
			}
			in := "/v1/communities/" + p.cid
			p.more["rule_gate"] = w.Demo.Gates[gate].GateID
			p.more["rule_rehearsal"] = want[wire.RuleRehearsal](t, staff.post(t, in+"/rule-rehearsals", map[string]any{"rules": rules, "days": 1}), 201).Id
			shown := want[wire.Rules](t, staff.get(t, in+"/rules"), 200)
			if shown.Proposal != nil {
				p.more["rule_version"] = shown.Proposal.Id
				return
			}
			p.more["rule_version"] = want[wire.RuleVersion](t, staff.do(t, request{method: "PUT", path: in + "/rules", body: map[string]any{"rules": rules}}), 201).Id
		},
	}
}
