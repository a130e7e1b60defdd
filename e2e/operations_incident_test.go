package e2e_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// incidentArea is incidents and who is on duty.
func incidentArea() area { return area{operations: incidentOperations, furnish: furnishIncidents} }

func incidentOperations() map[string]operation {
	return map[string]operation{
		"listIncidents":         {query: "?state=raised"},
		"raiseIncident":         {body: sent(newIncident)},
		"streamIncidents":       {query: "?max_seconds=0"},
		"getIncidentStatistics": {},
		"getIncident":           {id: more("incident")},
		"acknowledgeIncident":   {id: more("incident raised")},
		"dispatchIncident":      {id: more("incident acknowledged"), body: func(_ *world, p places) any { return map[string]any{"staff_id": p.staff} }},
		"arriveAtIncident":      {id: more("incident dispatched")},
		"resolveIncident":       {id: more("incident on_site"), body: sent(map[string]any{"resolution": "resolved", "note": "已处理"})},
		"reviewIncident":        {id: more("incident resolved"), body: note},
		"addIncidentNote":       {id: more("incident"), body: note},
		"addIncidentEvidence": {id: more("incident"), body: func(_ *world, p places) any {
			return map[string]any{"kind": "passage", "ref": p.passage}
		}},
		"listMyIncidents": {},
		"reportIncident": {body: func(_ *world, p places) any {
			return map[string]any{"community_id": p.cid, "kind": "noise", "text": "楼上太吵"}
		}},
		"listDutyShifts": {},
		"putDutyShift": {body: func(w *world, p places) any {
			return w.shift(p.staff, time.Duration(w.turn.Add(1))*time.Second)
		}},
		"deleteDutyShift": {id: more("shift"), last: true},
		"getDutyNow":      {},
		// One waits at the gate already; the other is over, and the manager's.
		"getHandover":      {id: more("gate")},
		"listHandovers":    {id: more("gate")},
		"handOver":         {id: more("gate"), body: sent(map[string]any{"note": "东侧灯坏"}), lacking: 409},
		"acceptHandover":   {id: more("handover"), lacking: 409},
		"withdrawHandover": {id: more("handover"), lacking: 409},
	}
}

var newIncident = map[string]any{"kind": "facility", "text": "路灯坏了"}

func note(*world, places) any { return map[string]any{"note": "已查看"} }

// shift is one of an hour at the gate, from a while ago.
func (w *world) shift(staff string, ago time.Duration) map[string]any {
	now := w.now(w.t)
	return map[string]any{"post": "gate", "staff_id": staff, "starts_at": at(now.Add(-ago)), "ends_at": at(now.Add(time.Hour))}
}

// furnishIncidents brings one incident into each state.
func furnishIncidents(t testing.TB, w *world, garden bool, p *places) {
	t.Helper()
	staff := w.person(manager)
	if !garden {
		staff = w.person(otherManager)
	}
	in := "/v1/communities/" + p.cid + "/"
	steps := []struct {
		verb string
		body any
	}{{"acknowledge", nil}, {"dispatch", map[string]any{"staff_id": p.staff}}, {"arrive", nil}, {"resolve", map[string]any{"resolution": "resolved", "note": "好"}}}
	for n, state := range []string{"", " raised", " acknowledged", " dispatched", " on_site", " resolved"} {
		i := want[wire.Incident](t, staff.post(t, in+"incidents", newIncident), 201)
		p.more["incident"+state] = i.Id
		for _, s := range steps[:max(0, n-1)] {
			i = want[wire.Incident](t, staff.post(t, "/v1/incidents/"+i.Id+"/"+s.verb, s.body), 200)
		}
		if state != "" && " "+string(i.State) != state {
			t.Fatalf("the incident is %s, want%s", i.State, state)
		}
	}
	gate := "/v1/gates/" + p.more["gate"] + "/handovers"
	p.more["handover"] = want[wire.Handover](t, staff.post(t, gate, map[string]any{"note": "一切正常"}), 201).Id
	want[wire.Handover](t, staff.post(t, "/v1/handovers/"+p.more["handover"]+"/withdraw", nil), 200)
	want[wire.Handover](t, staff.post(t, gate, map[string]any{"unsent": 1}), 201)
	p.more["shift"] = want[wire.DutyShift](t, staff.do(t, request{method: "PUT", path: in + "duty/shifts", body: w.shift(p.staff, time.Hour)}), 200).Id
}

// TestAnAlarmBecomesAnIncident is an alarm of a door controller, from its own words to
// the review, over HTTP.
func TestAnAlarmBecomesAnIncident(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.push(t, "dahua", "ALARM1")
	guardian := w.person(guard)
	forced := `{"Code":"BreakIn","Action":"Start","Index":0,"Data":{"RealUTC":` + "1795320000" + `,"Door":"1"}}`
	for n := range 3 {
		p.says(t, p.url, strings.Replace(forced, `"Index":0`, `"Index":`+string(rune('0'+n)), 1), 200, "")
	}
	var found wire.Incident
	soon(t, "the alarm is one incident", func() bool {
		for _, i := range want[wire.IncidentList](t, guardian.get(t, p.in+"incidents?kind=forced"), 200).Items {
			found = i
		}
		return found.Alarms == 3
	})
	if found.Severity != "major" || found.DeviceId == nil || *found.DeviceId != p.device.Id || found.AssignedAs != "property_manager" {
		t.Errorf("raised as %+v", found)
	}
	id := "/v1/incidents/" + found.Id
	want[wire.Incident](t, guardian.post(t, id+"/acknowledge", nil), 200)
	p.staff.post(t, id+"/acknowledge", nil).wants(t, 409, "state_changed")
	guardian.post(t, id+"/resolve", map[string]any{"resolution": "resolved", "note": "好", "extra": 1}).wants(t, 400, "invalid")
	want[wire.Incident](t, guardian.post(t, id+"/resolve", map[string]any{"resolution": "false_alarm", "note": "搬家具"}), 200)
	guardian.post(t, id+"/review", map[string]any{"note": "自己复核"}).wants(t, 403, "forbidden")
	done := want[wire.Incident](t, w.person(committee).post(t, id+"/review", map[string]any{"note": "属实"}), 200)
	if done.State != "reviewed" || done.Timeline == nil || len(*done.Timeline) < 6 {
		t.Errorf("it ended as %+v", done)
	}
	if live := p.staff.get(t, p.in+"incidents/events?max_seconds=0&last_event_id=00000000000000000000000000"); !strings.Contains(string(live.body), `"state":"reviewed"`) {
		soon(t, "the stream has it", func() bool {
			again := p.staff.get(t, p.in+"incidents/events?max_seconds=0&last_event_id=00000000000000000000000000")
			return strings.Contains(string(again.body), `"state":"reviewed"`)
		})
	}
	resident := w.person("林浩")
	mine := want[wire.OwnIncident](t, resident.post(t, "/v1/me/incidents", map[string]any{"community_id": w.garden(), "kind": "noise", "text": "凌晨装修"}), 201)
	w.person("何雨桐").get(t, "/v1/incidents/"+mine.Id).wants(t, 403, "forbidden")
	for where, text := range w.traces(t) { // those whom it concerns are shown it, and nobody else
		for _, words := range []string{"凌晨装修", "搬家具"} {
			if !strings.HasPrefix(where, "answer ") && strings.Contains(string(text), words) {
				t.Errorf("what was said of an incident stands in %s", where)
			}
		}
	}
}
