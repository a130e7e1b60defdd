package day

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/simulator"
)

// books compares what devices were told with what is stored, and what is stored with
// what each recipient has.
func (f *fleet) books() {
	f.workOff()
	subjects := f.effects()
	for _, r := range f.recipients {
		f.compare(r, subjects)
		f.hours(r)
	}
}

// effects are what the devices led to, each once: the events that must have left, as
// "type subject".
func (f *fleet) effects() map[string]bool {
	manager, subjects := f.staff("钱经理"), map[string]bool{}
	admitted, events, alarms := map[string]int{}, map[string]int{}, map[string]int{}
	by := map[string]string{}
	for kind, u := range f.units {
		by[u.id] = kind
	}
	for _, p := range manager.all(f.in("passages?limit=200")) {
		kind := by[p.text("device_id")]
		if kind == "" {
			continue
		}
		subjects["cn.communitypass.passage.recorded "+p.text("id")] = kind != "vzenith" || p.text("decision") != "admit"
		if p.text("decision") == "admit" {
			admitted[kind]++
		}
		if kind == "vzenith" && p.text("decision") == "admit" {
			subjects["cn.communitypass.vehicle.passed "+p.text("id")] = true
		}
	}
	for _, e := range manager.all(f.in("device-events?limit=200")) {
		if e.text("kind") != "status" { // that a device fell silent is what we say of it
			events[by[e.text("device_id")]]++
		}
	}
	for _, i := range manager.all(f.in("incidents?limit=200")) {
		if kind := by[i.text("device_id")]; kind != "" {
			if i.text("kind") != "device_offline" { // which we say of it, not it
				alarms[kind] += i.number("alarms")
			}
			subjects["cn.communitypass.incident.changed "+i.text("id")] = true
		}
	}
	for _, kind := range []string{"vguang-mqtt", "hikvision", "zkteco", "vzenith"} {
		f.check(fmt.Sprintf("%s: %d times somebody was let in, %d passages that admit", kind, f.rounds, admitted[kind]), admitted[kind] == f.rounds, f.refusals(kind))
	}
	for _, kind := range []string{"vguang-mqtt", "hikvision", "zkteco", "dahua", "vzenith", "sia", "gb28181"} {
		f.check(fmt.Sprintf("%s: said %d times and again, kept %d times", kind, f.told[kind], events[kind]), events[kind] == f.told[kind])
	}
	for _, kind := range []string{"dahua", "sia", "gb28181"} {
		f.check(fmt.Sprintf("%s: %d alarms, counted %d times to incidents", kind, f.told[kind], alarms[kind]), alarms[kind] == f.told[kind])
	}
	for _, id := range f.calls {
		subjects["cn.communitypass.lift.called "+id] = true
	}
	return subjects
}

// refusals are why a device let somebody stand outside.
func (f *fleet) refusals(kind string) (out []string) {
	for _, p := range f.staff("钱经理").all(f.in("passages?limit=200")) {
		if p.text("device_id") == f.units[kind].id && p.text("decision") != "admit" {
			out = append(out, p.text("reason"))
		}
	}
	return out
}

// heard is an event as a recipient reads it.
type heard struct {
	simulator.PropertyEvent
	Subject string
	Time    time.Time
}

func (f *fleet) heardBy(r *recipient) []heard {
	var out []heard
	for _, e := range r.system.Received() {
		h := heard{PropertyEvent: e}
		var body struct {
			Subject string    `json:"subject"`
			Time    time.Time `json:"time"`
		}
		if err := json.Unmarshal(e.Body, &body); err != nil {
			panic(stuck{err})
		}
		h.Subject, h.Time = body.Subject, body.Time
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b heard) int { return int(a.Sequence - b.Sequence) })
	return out
}

// compare holds a recipient's book against ours, event by event.
func (f *fleet) compare(r *recipient, subjects map[string]bool) {
	ids, states := map[string]int{}, map[string]int{}
	for _, e := range f.staff("钱经理").all(r.path() + "/deliveries?limit=200") {
		ids[e.text("id")] = e.number("sequence")
		states[e.text("state")]++
	}
	got := f.heardBy(r)
	var wrong []string
	repeats, named := 0, map[string]int{}
	for n, e := range got {
		if ids[e.ID] != int(e.Sequence) || e.Sequence != int64(n+1) || !e.Verified || !e.Identical {
			wrong = append(wrong, fmt.Sprintf("%s %s: sequence %d (%d), verified %t, identical %t", e.Type, e.ID, e.Sequence, ids[e.ID], e.Verified, e.Identical))
		}
		repeats += e.Deliveries - 1
		named[e.Type+" "+e.Subject]++
	}
	f.check(fmt.Sprintf("%s has all of %d events, each signed, in one unbroken row; %d repeats are the same to the byte", r.name, len(ids), repeats),
		len(wrong) == 0 && len(got) == len(ids) && states["delivered"] == len(ids) && len(ids) > 0, wrong, len(got), states)
	f.check("some of it came twice to "+r.name+" and counts once", repeats > 0, repeats)
	var lost, doubled []string
	for what, must := range subjects {
		switch n := named[what]; {
		case must && n == 0:
			lost = append(lost, what)
		case n > 1 && !several(what):
			doubled = append(doubled, what)
		}
	}
	f.check(fmt.Sprintf("%s: 0 lost and 0 doubled of %d things", r.name, len(subjects)), len(lost)+len(doubled) == 0, "lost", lost, "doubled", doubled)
}

// several says whether a thing may be told of more than once, as an incident is that
// goes up.
func several(what string) bool {
	const incident = "cn.communitypass.incident.changed"
	return len(what) > len(incident) && what[:len(incident)] == incident
}

// hours compares the digests: count and SM3 over the ids of an hour, ours and the
// recipient's own.
func (f *fleet) hours(r *recipient) {
	byHour := map[time.Time][]heard{}
	for _, e := range f.heardBy(r) {
		hour := e.Time.UTC().Truncate(time.Hour)
		byHour[hour] = append(byHour[hour], e)
	}
	var wrong []string
	events := 0
	for hour, list := range byHour {
		var text []byte
		for _, e := range list {
			text = append(append(text, e.ID...), '\n')
		}
		events += len(list)
		a := f.staff("钱经理").get(r.path() + "/digest?hour=" + url.QueryEscape(instant(hour.Add(time.Minute))))
		if a.status != http.StatusOK || a.number("count") != len(list) || a.text("sm3") != hex.EncodeToString(gm.SM3(text)) {
			wrong = append(wrong, fmt.Sprintf("%s: %d events of ours, %v", instant(hour), len(list), a))
		}
	}
	f.check(fmt.Sprintf("%s: count and SM3 of %d hours with %d events are what it recomputed", r.name, len(byHour), events), len(wrong) == 0 && len(byHour) > 1, wrong)
}
