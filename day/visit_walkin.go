package day

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// answerMinutes is how long whoever is asked about a visit may take.
const answerMinutes = 5

// visitPolicy lets the property ask host, property and committee for whoever asks at
// the gate.
func (d *Day) visitPolicy() {
	manager := d.staff("钱经理")
	step := func(who, silence string) map[string]any {
		return map[string]any{"who": who, "minutes": answerMinutes, "on_silence": silence}
	}
	once := map[string]any{"kind": "once", "at_gate": true, "guard_minutes": answerMinutes, "fallback": "decline", "max_party_size": 5, "max_hours": 24,
		"steps": []any{step("host", "guard"), step("property", "decline"), step("committee", "decline")}}
	version := manager.get(d.in("visit-policies")).number("version")
	set := manager.put(d.in("visit-policies"), map[string]any{"version": version, "items": []any{once}})
	d.must("the property sets the chain host, property, committee", set.status == http.StatusOK && set.number("version") == version+1, set)
	stale := manager.put(d.in("visit-policies"), map[string]any{"version": version, "items": []any{once}})
	d.check("a rule written over an older version is refused: 412", stale.status == http.StatusPreconditionFailed, stale)
}

// poster is the entry code that hangs at the east gate.
func (d *Day) poster() string {
	for _, e := range d.demo.EntryCodes {
		if e.GateID == d.gateID("东门") {
			return e.Code
		}
	}
	return ""
}

// walkIn is somebody who scans the poster, fills in the form and waits.
func (d *Day) walkIn(kind, name string, h home) visitor {
	path := "/v1/entry/" + d.poster()
	form := d.nobody().get(path)
	offered := slices.ContainsFunc(form.items("kinds"), func(k object) bool { return k.text("kind") == kind })
	d.check("the poster's form offers "+kind, form.status == http.StatusOK && offered, form)
	a := d.nobody().post(path+"/visits", map[string]any{"kind": kind, "name": name, "phone": "13600000002", "building": h.building, "unit": h.unit, "room": h.room})
	d.must("a walk-in asks without signing in", a.status == http.StatusCreated && a.text("visit_token") != "", a)
	return visitor{d.bearer(a.text("visit_token")), a.in("visit").text("id")}
}

// castHome is where the Ouyang family lives.
var castHome = home{building: "1", unit: "1", room: "101"}

// waitsFor is who may answer now, as the guard sees it.
func (d *Day) waitsFor(v visitor) string {
	list, _ := d.staff("赵保安").get("/v1/visits/" + v.id).object["waits_for"].([]any)
	if len(list) == 0 {
		return ""
	}
	last, _ := list[len(list)-1].(string)
	return last
}

// asked says whether a visit is among what waits for a resident.
func (c *caller) asked(v visitor) bool {
	return slices.ContainsFunc(c.all("/v1/me/approvals"), func(a object) bool { return a.text("subject_id") == v.id })
}

func (c *caller) approve(v visitor) answer { return c.post("/v1/visits/"+v.id+"/approve", nil) }

// silent lets the time of whoever is asked pass.
func (d *Day) silent() { d.later(answerMinutes*time.Minute + time.Second) }

// doubleTap: a form that was sent twice is one request.
func (d *Day) doubleTap() {
	send := func(purpose string) answer {
		form := map[string]any{"kind": "once", "name": "来客子", "phone": "13600000003", "building": "1", "unit": "1", "room": "101", "purpose": purpose}
		return d.nobody().call(http.MethodPost, "/v1/entry/"+d.poster()+"/visits", form, map[string]string{"Idempotency-Key": "day-double-tap-1"})
	}
	first, again, other := send("送东西"), send("送东西"), send("看朋友")
	d.check("a form that was sent twice is one visit with one token", first.status == http.StatusCreated && again.in("visit").text("id") == first.in("visit").text("id") &&
		again.text("visit_token") == first.text("visit_token"), first, again)
	d.check("another form with the same key is refused: 422", other.status == http.StatusUnprocessableEntity, other)
	d.bearer(first.text("visit_token")).post("/v1/visitor/visit/leave", nil)
}

// silentHost: the host does not answer, so the next of the family is asked; then the
// property, where two answer at once, and the committee.
func (d *Day) silentHost() {
	d.doubleTap()
	v := d.walkIn("once", "来客乙", castHome)
	wife, husband := d.cast("欧阳小燕"), d.cast("林浩")
	d.check("the visitor waits", v.state() == "requested wait", v.state())
	d.check("and has no code", v.code() == "")
	d.check("the owner is asked, the family not yet", wife.asked(v) && !husband.asked(v))
	d.silent()
	d.check("the host was silent: the ladder asks the next of the family", husband.asked(v))
	d.check("who is told by a message", d.told(husband, "visit_next", v.id))
	d.check("the visitor still waits", v.state() == "requested wait", v.state())
	a := husband.approve(v)
	d.check("he agrees: the property is next", a.status == http.StatusOK && d.waitsFor(v) == "property", a)
	late := wife.approve(v)
	d.check("the host who answers too late gets 409 and whose turn it is", late.status == http.StatusConflict && late.text("state") == "property", late)
	d.twoAtOnce(v)
	early := d.staff("赵保安").approve(v)
	d.check("a guard cannot answer for the committee: 409", early.status == http.StatusConflict, early)
	last := d.staff("孙主任").approve(v)
	d.check("the committee agrees: approved", last.text("state") == "approved", last)
	over := d.staff("吴副主任").approve(v)
	d.check("her deputy gets 409 with the state approved", over.status == http.StatusConflict && over.text("state") == "approved", over)
	d.check("the visitor sees it and is told to show the code", v.state() == "approved show_code", v.state())
	d.decided("the code opens the east gate", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), v.code(), "in", 0) })
	d.decided("and the door on the way to the home", "admit ok", func() (string, answer) { return d.scan(d.gate("1号楼单元门"), v.code(), "in", 0) })
	v.post("/v1/visitor/visit/leave", nil)
}

// twoAtOnce lets two of the property answer at the same moment.
func (d *Day) twoAtOnce(v visitor) {
	both := []*caller{d.staff("钱经理"), d.staff("蒋主管")}
	answers := make([]answer, len(both))
	var all sync.WaitGroup
	for i, c := range both {
		all.Go(func() { answers[i] = c.once(http.MethodPost, "/v1/visits/"+v.id+"/approve", nil, nil) })
	}
	all.Wait()
	slices.SortFunc(answers, func(a, b answer) int { return a.status - b.status })
	d.check("two of the property answer at once: one decides", answers[0].status == http.StatusOK, answers[0])
	d.check("and the other gets 409 with the state", answers[1].status == http.StatusConflict && answers[1].text("state") == "committee", answers[1])
}

// told says whether a message about something is in somebody's inbox.
func (d *Day) told(c *caller, template, subjectID string) bool {
	return slices.ContainsFunc(c.all("/v1/me/messages"), func(m object) bool { return m.text("template") == template && m.text("subject_id") == subjectID })
}

// everybodySilent: nobody of the home answers, so the guard does; for another visit he
// is silent too, and the community's default ends it.
func (d *Day) everybodySilent() {
	h := homeAt(0)
	v := d.walkIn("once", "来客丙", h)
	d.silent()
	d.check("nobody else lives there who could answer: the guard is asked", d.waitsFor(v) == "guard", d.waitsFor(v))
	a := d.staff("赵保安").approve(v)
	d.check("the guard answers in the home's place", a.status == http.StatusOK && d.waitsFor(v) == "property", a)
	d.staff("钱经理").approve(v)
	a = d.staff("孙主任").approve(v)
	d.check("and the chain goes on to its end", a.text("state") == "approved", a)
	v.post("/v1/visitor/visit/leave", nil)

	v = d.walkIn("once", "来客丁", h)
	d.silent()
	d.silent()
	last := v.get("/v1/visitor/visit")
	d.check("everybody was silent: the request ends and says nobody_answered", last.text("state") == "expired" && last.text("reason") == "nobody_answered", last)
	d.check("the visitor is told to ask the guard", last.text("next") == "ask_guard", last)
}

// declinedByCommittee: the last of the chain refuses, and the visitor sees why.
func (d *Day) declinedByCommittee() {
	v := d.walkIn("once", "来客戊", homeAt(0))
	d.residents[homeAt(0).owner].approve(v)
	d.staff("蒋主管").approve(v)
	a := d.staff("吴副主任").post("/v1/visits/"+v.id+"/decline", map[string]any{"reason": "施工，暂不接待"})
	d.check("the committee declines", a.text("state") == "declined", a)
	seen := v.get("/v1/visitor/visit")
	d.check("the visitor sees that, the reason, and whom to ask", seen.text("state") == "declined" && seen.text("reason") == "施工，暂不接待" && seen.text("next") == "ask_guard", seen)
	d.check("and gets no code", v.code() == "")
	late := d.staff("孙主任").approve(v)
	d.check("who agrees afterwards gets 409 declined", late.status == http.StatusConflict && late.text("state") == "declined", late)
}

// delegated: who is away lets another of the household answer.
func (d *Day) delegated() {
	wife, husband := d.cast("欧阳小燕"), d.cast("林浩")
	home := wife.home().text("household_id")
	set := wife.put("/v1/me/visit-delegate", map[string]any{"household_id": home, "delegate_person_id": husband.personID, "until": instant(d.now().Add(time.Hour))})
	d.check("the owner names a delegate for an hour", set.status == http.StatusOK && len(set.items("items")) == 1, set)
	v := d.walkIn("once", "来客己", castHome)
	a := husband.approve(v)
	d.check("who answers in her place at once", a.status == http.StatusOK && d.waitsFor(v) == "property", a)
	v.post("/v1/visitor/visit/leave", nil)
	d.check("the visitor changes his mind: cancelled", v.state() == "cancelled nothing", v.state())
	wife.put("/v1/me/visit-delegate", map[string]any{"household_id": home})
	v = d.walkIn("once", "来客庚", castHome)
	a = husband.approve(v)
	d.check("a delegation that was taken back is none: 409", a.status == http.StatusConflict, a)
	v.post("/v1/visitor/visit/leave", nil)
}
