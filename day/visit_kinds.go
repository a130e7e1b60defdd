package day

import (
	"fmt"
	"net/http"
	"time"
)

// limit notes how many admissions a pass has a day, in a direction and a ring of
// gates, by one passage of it. The laws hold it against all passages.
func (d *Day) limit(passage answer, most int) {
	if id := passage.text("passage_id"); id != "" {
		d.limits[id] = most
	}
}

// upTo admits a pass most times, with a code of its own each time, and not once more.
func (d *Day) upTo(who string, most int, code func() string) {
	for n := range most {
		what := fmt.Sprintf("%s: entry %d of %d", who, n+1, most)
		a := d.decided(what, "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), code(), "in", 0) })
		d.limit(a, most)
		d.later(window)
	}
	got, a := d.scan(d.gate("东门"), code(), "in", 0)
	d.check(who+": and not once more, quota_reached", got == "refuse quota_reached", got, a)
}

// courierEntries and courierWindow are what a courier has.
const (
	courierEntries = 3
	courierWindow  = 2 * time.Hour
)

// courier: a short window and few entries.
func (d *Day) courier() {
	v := d.walkIn("courier", "快递员", homeAt(1))
	a := d.residents[homeAt(1).owner].approve(v)
	d.check("the home alone lets a courier in", a.text("state") == "approved", a)
	d.upTo("courier", courierEntries, v.code)
	seen := v.get("/v1/visitor/visit")
	from, until := parsed(seen.text("valid_from")), parsed(seen.text("valid_until"))
	d.check("a courier's window is two hours", until.Sub(from).Round(time.Second) == courierWindow, from, until)
	d.later(until.Sub(d.now()) - time.Minute)
	d.check("to its last minute there are codes", v.code() != "")
	d.later(time.Minute)
	d.check("after which there are no codes", v.code() == "")
}

func parsed(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(stuck{err})
	}
	return t
}

// group: one invitation for as many as were named.
func (d *Day) group() {
	const people = 3
	host := d.residents[homeAt(2).owner]
	_, invitation := d.invite(host, map[string]any{"kind": "group", "party_size": people, "valid_until": instant(d.now().Add(2 * time.Hour))})
	v, a := d.accept(invitation)
	d.check("a group of three has one visit", a.in("visit").number("party_size") == people, a)
	d.upTo("group", people, v.code)
	path := "/v1/visits/" + v.id + "/restrict"
	wide := host.post(path, map[string]any{"reason": "只走西门", "gate_ids": []string{d.gateID("1号楼单元门")}})
	d.check("a visit cannot be restricted to what it never opened: 400", wide.status == http.StatusBadRequest, wide)
	narrow := host.post(path, map[string]any{"reason": "只走西门", "gate_ids": []string{d.gateID("西门")}})
	d.check("the host restricts the group to the west gate", narrow.status == http.StatusOK && len(narrow.items("gates")) == 1, narrow)
	d.decided("the east gate says wrong_gate", "refuse wrong_gate", func() (string, answer) { return d.scan(d.gate("东门"), v.code(), "in", 0) })
	v.post("/v1/visitor/visit/leave", nil)
}

// overstay: who is still inside after the window is told to the host, who lets him
// stay longer.
func (d *Day) overstay() {
	host := d.residents[homeAt(2).owner]
	_, invitation := d.invite(host, map[string]any{"kind": "once", "valid_until": instant(d.now().Add(time.Hour))})
	v, _ := d.accept(invitation)
	d.check("the host's word stands; property and committee are asked", v.state() == "requested wait" && d.waitsFor(v) == "property", d.waitsFor(v))
	d.staff("钱经理").approve(v)
	d.staff("孙主任").approve(v)
	d.decided("a guest for an hour comes in", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), v.code(), "in", 0) })
	d.workOff()
	d.later(time.Hour + time.Minute)
	d.workOff()
	d.check("and stays longer: overstayed, told to leave", v.state() == "overstayed leave", v.state())
	d.check("the host is told", d.told(host, "visit_overstay", v.id))
	a := host.post("/v1/visits/"+v.id+"/extend", map[string]any{"valid_until": instant(d.now().Add(time.Hour))})
	d.check("the host lets the guest stay an hour more", a.text("state") == "arrived", a)
	d.check("which the visitor sees", v.state() == "arrived show_code", v.state())
	got, out := d.scan(d.gate("西门"), v.code(), "out", 0)
	d.check("going out is open", got == "admit ok", got, out)
	d.check("the host notes that the guest has gone", host.post("/v1/visits/"+v.id+"/leave", nil).text("state") == "left")
}

// recurring: on the days and in the hours that the host named, again and again.
func (d *Day) recurring() {
	d.until(14)
	host := d.residents[homeAt(2).owner]
	today, tomorrow := weekday(d.now()), weekday(d.now().AddDate(0, 0, 1))
	_, invitation := d.invite(host, map[string]any{"kind": "recurring", "valid_until": instant(d.now().AddDate(0, 0, 14)),
		"hours": []any{map[string]any{"days": []string{today}, "from": "14:00", "to": "15:00"}}})
	v, a := d.accept(invitation)
	d.through(v)
	d.check("a recurring visit keeps its hours", len(a.in("visit").items("hours")) == 1, a)
	enter := func() (string, answer) { return d.scan(d.gate("东门"), v.code(), "in", 0) }
	d.decided("in its hour the visitor comes in", "admit ok", enter)
	d.until(15)
	d.decided("an hour later it is outside_hours", "refuse outside_hours", enter)
	d.until(14)
	d.decided("nor tomorrow ("+tomorrow+")", "refuse outside_hours", enter)
	for range 6 {
		d.until(14)
	}
	d.decided("a week later again", "admit ok", enter)
	d.check("the host ends it", host.post("/v1/visits/"+v.id+"/leave", nil).text("state") == "left")
}

// vehicle: an invitation with a number plate, which the host alone sees whole.
func (d *Day) vehicle() {
	host := d.residents[homeAt(2).owner]
	visit, invitation := d.invite(host, map[string]any{"kind": "vehicle", "plate": "京A12345", "valid_until": instant(d.now().Add(2 * time.Hour))})
	d.check("an invitation names a vehicle", visit.text("plate") != "", visit)
	v, _ := d.accept(invitation)
	d.through(v)
	d.decided("its driver comes in with the code", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), v.code(), "in", 0) })
	d.check("and leaves", v.post("/v1/visitor/visit/leave", nil).text("state") == "left")
}

// through lets property and committee say yes where they are asked.
func (d *Day) through(v visitor) {
	for _, who := range []string{"钱经理", "孙主任"} {
		if v.state() == "requested wait" {
			d.staff(who).approve(v)
		}
	}
	d.must("it is approved", v.state() == "approved show_code", v.state(), d.waitsFor(v))
}
