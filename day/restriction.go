package day

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// restrictions plays a red one that nobody answers the appeal against, and a ban
// that is lifted by hand.
func (d *Day) restrictions() {
	author, second, who := d.staff("孙主任"), d.staff("吴副主任"), d.owner(3)
	red := func(changes map[string]any) map[string]any {
		body := map[string]any{"subject_kind": "person", "subject_id": who.personID, "effect": "red", "basis": "传染病防治法第三十九条", "reason": "密切接触者",
			"expires_at": d.after(7 * 24 * time.Hour)}
		for name, value := range changes {
			body[name] = value
		}
		return body
	}
	d.refused("a restriction of 15 days is refused", author.post(d.in("restrictions"), red(map[string]any{"expires_at": d.after(15 * 24 * time.Hour)})), 400, "invalid")
	d.refused("one without a basis is refused", author.post(d.in("restrictions"), red(map[string]any{"basis": ""})), 400, "invalid")
	d.refused("one against a stranger is refused", author.post(d.in("restrictions"), red(map[string]any{"subject_id": d.demo.People["何雨桐"].PersonID})), 404, "not_found")
	d.refused("the property manager may not propose one", d.staff("钱经理").post(d.in("restrictions"), red(nil)), 403, "forbidden")
	a := author.post(d.in("restrictions"), red(nil))
	d.must("an officer proposes a red restriction", a.status == http.StatusCreated && a.text("state") == "proposed", a)
	id := a.text("id")
	d.freshReport(who)
	got, at := d.enters(who)
	d.check("a proposal stops nobody", got == "admit ok" && len(who.all("/v1/me/restrictions")) == 0, at)
	d.refused("its author cannot approve it", author.post("/v1/restrictions/"+id+"/approve", nil), 409, "self_approval")
	second.get(d.in("restrictions")) // signs in anew when that is due, which moves the clock
	d.nextCode()
	code := who.code(who.passID)
	a = second.post("/v1/restrictions/"+id+"/approve", nil)
	d.must("another officer approves it", a.status == 200 && a.text("state") == "active", a)
	d.check("the gate refuses within a second", d.within(time.Second, func() bool {
		got, at = d.scan(d.gate("东门"), code, "in", 0)
		return got == "refuse health_red"
	}), at)
	got, at = d.leaves(who)
	d.check("going out is not refused", !strings.HasPrefix(got, "refuse"), at)
	d.appeal(id, who, author, second)
	d.ban(author, second)
}

// within asks again and again until something is so, for a time at most.
func (d *Day) within(limit time.Duration, so func() bool) bool {
	over := time.After(limit)
	for {
		if so() {
			return true
		}
		select {
		case <-d.ctx.Done():
			return false
		case <-over:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freshReport makes the gate ask for nothing but what the chapter is about.
func (d *Day) freshReport(c *caller) { d.report(c, map[string]any{"temperature_c": 36.5}) }

// appeal objects, and nobody answers for 48 hours.
func (d *Day) appeal(id string, who, author, second *caller) {
	mine := who.all("/v1/me/restrictions")
	d.check("the person reads basis, reason and end", len(mine) == 1 && mine[0].text("basis") != "" && mine[0].text("reason") != "" && mine[0].text("expires_at") != "", mine)
	d.check("and is told, without what or why", who.told("restriction_set") == 1)
	path := "/v1/me/restrictions/" + id + "/appeals"
	d.refused("a neighbour cannot appeal against it", d.owner(0).post(path, map[string]any{"text": "不是我"}), 404, "not_found")
	a := who.post(path, map[string]any{"text": "我当时不在本市"})
	d.must("the person appeals", a.status == http.StatusCreated && a.text("state") == "open", a)
	answer := "/v1/appeals/" + a.text("id") + "/decision"
	d.refused("one appeal at a time", who.post(path, map[string]any{"text": "再次申诉"}), 409, "conflict")
	no := map[string]any{"decision": "uphold", "reason": "依据充分"}
	d.refused("who set it does not judge the appeal", author.post(answer, no), 409, "self_approval")
	d.refused("nor does who approved it", second.post(answer, no), 409, "self_approval")
	d.later(47 * time.Hour)
	d.freshReport(who)
	got, at := d.enters(who)
	d.check("an hour before the time is over the gate still refuses", got == "refuse health_red", at)
	d.later(time.Hour)
	got, at = d.enters(who)
	d.check("after 48 hours without an answer it has lifted by itself, and the gate admits", got == "admit ok", at)
	d.check("the person is told so", who.told("restriction_auto_lifted") == 1)
	mine = who.all("/v1/me/restrictions")
	d.check("and reads that nobody answered", len(mine) == 1 && mine[0].text("state") == "lifted" && mine[0].text("end_reason") == "appeal_unanswered", mine)
	d.refused("an answer that comes too late does not count", d.staff("周科长").post(answer, no), 409, "state_changed")
}

// ban sets one that does not rest on health, and lifts it by hand.
func (d *Day) ban(author, second *caller) {
	who := d.owner(7)
	d.freshReport(who)
	a := author.post(d.in("restrictions"), map[string]any{"subject_kind": "person", "subject_id": who.personID, "effect": "ban", "basis": "（2026）浙01民初7号裁定",
		"reason": "人身安全保护令", "expires_at": d.after(24 * time.Hour)})
	path := "/v1/restrictions/" + a.text("id")
	second.post(path+"/approve", nil)
	got, at := d.enters(who)
	d.check("a ban is refused as a restriction", got == "refuse restricted", at)
	a = second.post(path+"/lift", map[string]any{"reason": "裁定已撤销"})
	d.check("it is lifted by hand, with a reason", a.status == 200 && a.text("state") == "lifted", a)
	got, at = d.enters(who)
	d.check("and the gate admits", got == "admit ok", at)
	d.refused("it cannot be lifted twice", second.post(path+"/lift", map[string]any{"reason": "裁定已撤销"}), 409, "state_changed")
	listed := author.all(d.in("restrictions?state=active"))
	d.check("no restriction is left", !slices.ContainsFunc(listed, func(o object) bool { return o.text("state") == "active" }), listed)
}
