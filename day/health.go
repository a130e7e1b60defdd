package day

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// canary is a symptom that nobody else ever wrote: it must not be found in the open.
const canary = "夜间偶咳鹦鹉七四一"

// late is how many owners never report, the last of the import.
const late = 2

// healthReports plays the reports of an emergency: consent, reports in time and
// late, what follows from them, and who may see it.
func (d *Day) healthReports() {
	d.consent()
	punctual := d.Households - late
	reported := 0
	for n := range punctual {
		if d.report(d.owner(n), map[string]any{"temperature_c": 36.5, "symptoms": []string{}, "exposure": false}).status == http.StatusCreated {
			reported++
		}
	}
	d.must("every owner but two reports", reported == punctual, reported)
	d.refusedReports()
	d.childReports()
	d.colours()
	d.fever()
	d.reminders(punctual)
	d.followUps()
	d.summary()
}

func (d *Day) report(c *caller, answers map[string]any) answer {
	return c.post("/v1/me/health-reports", answers)
}

// consent lets the owners agree to report, in the words of now.
func (d *Day) consent() {
	first := d.owner(0)
	d.refused("without consent no report is taken", d.report(first, map[string]any{"temperature_c": 36.5}), 403, "consent_required")
	version := ""
	for _, item := range first.get("/v1/me/consents").items("items") {
		if item.text("purpose") == "health_report" {
			version = item.text("text_version")
		}
	}
	d.refused("consent to words that are not those of now is refused", first.post("/v1/me/consents",
		map[string]any{"purpose": "health_report", "text_version": version + "9", "channel": "miniprogram"}), 409, "consent_text_outdated")
	given := 0
	for n := range d.Households {
		a := d.owner(n).post("/v1/me/consents", map[string]any{"purpose": "health_report", "text_version": version, "channel": "miniprogram"})
		if a.status == http.StatusCreated && a.text("state") == "given" {
			given++
		}
	}
	d.must("the owners agree to report", given == d.Households, given)
}

// refusedReports tries what is not asked and what is not one's own.
func (d *Day) refusedReports() {
	a := d.report(d.owner(0), map[string]any{"temperature_c": 36.5, "travel": []string{"上海"}})
	named := slices.ContainsFunc(a.items("errors"), func(e object) bool { return e.text("field") == "/travel" && e.text("code") == "not_needed" })
	d.check("a field that is not asked is refused by its name", a.status == 400 && named, a)
	d.refused("a temperature of nobody alive is refused", d.report(d.owner(0), map[string]any{"temperature_c": 365}), 400, "invalid")
	d.refused("a report for a neighbour is refused", d.report(d.owner(0), map[string]any{"person_id": d.owner(1).personID, "temperature_c": 36.5}), 404, "not_found")
	theirs := d.owner(1).all("/v1/me/health-reports")
	d.must("an owner sees the own reports", len(theirs) == 1 && theirs[0].text("person_id") == d.owner(1).personID, theirs)
	path := "/v1/health-reports/" + theirs[0].text("id") + "/corrections"
	d.refused("a neighbour's report cannot be corrected", d.owner(0).post(path, map[string]any{"temperature_c": 36.6}), 404, "not_found")
	a = d.owner(1).post(path, map[string]any{"temperature_c": 36.8, "symptoms": []string{}})
	d.check("one's own can, and becomes its second version", a.status == http.StatusCreated && a.number("version") == 2, a)
	now := d.owner(1).all("/v1/me/health-reports")
	d.check("the correction is what counts", len(now) == 1 && now[0].number("version") == 2 && now[0]["temperature_c"] == 36.8, now)
	d.refused("the property manager may not see who follows up whom", d.staff("钱经理").get(d.in("health-follow-ups?purpose=visit")), 403, "forbidden")
	d.refused("the other community's manager finds nothing here", d.staff("冯经理").get(d.in("emergencies")), 404, "not_found")
}

// childReports lets a carer report for a child without a phone.
func (d *Day) childReports() {
	carer := d.owner(2)
	child := d.carried(carer, 2, "child")
	a := d.report(carer, map[string]any{"person_id": child, "temperature_c": 36.9})
	d.check("a carer reports for a child without a phone", a.status == http.StatusCreated && a.text("person_id") == child, a)
	stands := d.standing(carer, child)
	d.check("the carer sees that the child is green", stands.text("colour") == "green" && stands["report_due"] == false, stands)
	d.refused("nobody else reports for the child", d.report(d.owner(3), map[string]any{"person_id": child, "temperature_c": 36.9}), 404, "not_found")
}

// carried adds the family of the nth household to the phone of its owner.
func (d *Day) carried(carer *caller, n int, relation string) string {
	homes := carer.get("/v1/me").items("residencies")
	if len(homes) == 0 {
		panic(stuck{fmt.Errorf("owner %d lives nowhere", n)})
	}
	a := carer.post("/v1/me/dependants", map[string]any{"household_id": homes[0].text("household_id"), "name": "家属" + ordinal(n), "relation": relation})
	d.must("the roster's "+relation+" is carried at once", a.status == http.StatusCreated && a.text("status") == "active", a)
	return a.text("person_id")
}

// standing is how a person stands, as the caller sees it.
func (d *Day) standing(c *caller, person string) object {
	for _, item := range c.get("/v1/me/emergency").items("items") {
		if item.text("person_id") == person {
			return item
		}
	}
	return object{}
}

// colours checks what follows from a report, with the reason.
func (d *Day) colours() {
	well := d.standing(d.owner(0), d.owner(0).personID)
	d.check("who is well is green, and reads why", well.text("colour") == "green" && well.text("why") != "", well)
	d.report(d.owner(4), map[string]any{"temperature_c": 37.1, "symptoms": []string{canary}})
	ill := d.standing(d.owner(4), d.owner(4).personID)
	d.check("a symptom makes yellow by its rule", ill.text("colour") == "yellow" && ill.text("rule") == "symptoms" && ill.text("why") != "", ill)
	me := d.owner(4).get("/v1/me")
	d.check("one's own page has the colour", me.text("colour") == "yellow", me)
	got, a := d.enters(d.owner(4))
	d.check("yellow is admitted, and the guard sees it", got == "admit ok" && a.in("display").text("colour") == "yellow", a)
	d.report(d.owner(5), map[string]any{"test_result": "positive"})
	sick := d.standing(d.owner(5), d.owner(5).personID)
	d.check("a positive test makes red by its rule", sick.text("colour") == "red" && sick.text("rule") == "positive_test", sick)
	got, a = d.enters(d.owner(5))
	d.check("red is refused at the gate", got == "refuse health_red", a)
	got, a = d.leaves(d.owner(5))
	d.check("red is not refused going out", !strings.HasPrefix(got, "refuse"), a)
	d.report(d.owner(5), map[string]any{"test_result": "negative"})
	got, a = d.enters(d.owner(5))
	d.check("a negative test opens the gate again", got == "admit ok", a)
}

// fever measures one at the gate.
func (d *Day) fever() {
	who := d.owner(6)
	got, a := d.passes(who, "东门", "in", 38.5)
	d.check("38.5 °C at the gate asks the guard", got == "refer temperature_high", a)
	hot := d.standing(who, who.personID)
	d.check("and makes yellow by the reading", hot.text("colour") == "yellow" && hot.text("rule") == "gate_fever", hot)
	got, a = d.passes(who, "东门", "in", 36.4)
	d.check("a second reading that is well opens", got == "admit ok", a)
	hot = d.standing(who, who.personID)
	d.check("and is green again", hot.text("colour") == "green", hot)
	got, a = d.passes(who, "西门", "out", 38.9)
	d.check("a fever is not refused going out", !strings.HasPrefix(got, "refuse"), a)
	d.passes(who, "东门", "in", 36.5)
}

// reminders lets a day pass in which half of the owners report in time.
func (d *Day) reminders(punctual int) {
	d.later(22 * time.Hour)
	for n := range punctual / 2 {
		d.report(d.owner(n), map[string]any{"temperature_c": 36.5})
	}
	before := make([]int, d.Households)
	for n := range d.Households {
		before[n] = d.owner(n).told("health_report_due")
	}
	d.later(3 * time.Hour)
	d.workOff()
	inTime, missed, silent := 0, 0, 0
	for n := range d.Households {
		told := d.owner(n).told("health_report_due") - before[n]
		switch {
		case n == 2 || n == 1 || n >= 4 && n <= 6: // the child's carer, and those who reported at another hour
		case n < punctual/2:
			inTime += told
		case n < punctual:
			missed += told
		default:
			silent += told
		}
	}
	others := punctual - punctual/2
	for n := 4; n <= 6; n++ {
		if n >= punctual/2 {
			others--
		}
	}
	d.check("who reported in time is left alone", inTime == 0, inTime)
	d.check("who did not is reminded, once", missed == others, missed, others)
	d.check("who never reported was reminded of that one report already", silent == 0, silent)
	got, a := d.enters(d.owner(d.Households - late - 1))
	d.check("the gate asks who is late again", got == "refer health_report_due", a)
	for n := punctual / 2; n < punctual; n++ {
		d.report(d.owner(n), map[string]any{"temperature_c": 36.4})
	}
	got, a = d.enters(d.owner(d.Households - late - 1))
	d.check("a late report opens the gate", got == "admit ok", a)
}

// followUps checks that only people of concern are named, and that they see it.
func (d *Day) followUps() {
	const purpose = "上门慰问"
	ill, well := d.owner(4), d.owner(0)
	d.report(ill, map[string]any{"symptoms": []string{canary}})
	d.refused("nobody looks without a purpose", d.staff("孙主任").get(d.in("health-follow-ups")), 400, "invalid")
	named := map[string]object{}
	concern := true
	for _, item := range d.staff("孙主任").all(d.in("health-follow-ups?limit=100&purpose=" + "%E4%B8%8A%E9%97%A8%E6%85%B0%E9%97%AE")) {
		named[item.text("person_id")] = item
		concern = concern && (item["report_due"] == true || item.text("colour") == "yellow" || item.text("colour") == "red")
	}
	d.check("the follow-up list names only people of concern", len(named) > 0 && concern, len(named))
	theirs := named[ill.personID]
	d.check("who is yellow is on it, with the home and a masked name", theirs.text("building") == homeAt(4).building && strings.Contains(theirs.text("name_masked"), "*"), theirs)
	_, there := named[d.owner(d.Households-1).personID]
	d.check("who never reported is on it", there)
	_, there = named[well.personID]
	d.check("who is well is not", !there)
	d.check("who was named sees who looked, and why", ill.looked(purpose), ill.get("/v1/me/access-log"))
	d.check("who was not named was not looked at", !well.looked(purpose))
	d.refused("the street may not see the list", d.staff("周科长").get(d.in("health-follow-ups?purpose=rounds")), 403, "forbidden")
}

// looked says whether staff looked at somebody for a purpose.
func (c *caller) looked(purpose string) bool {
	return slices.ContainsFunc(c.all("/v1/me/access-log?limit=100"), func(o object) bool {
		return o.text("purpose") == purpose && o.text("reader") != "" && o.text("role") == "committee_officer"
	})
}

// summary checks that the street counts and names nobody.
func (d *Day) summary() {
	a := d.staff("周科长").get(d.in("health-summary"))
	counts := a.in("counts")
	sum := counts.number("green") + counts.number("yellow") + counts.number("red") + counts.number("unknown")
	d.check("the street counts everybody by colour", a.status == 200 && sum == counts.number("people") && counts.number("people") > d.Households &&
		counts.number("green") >= d.Households-late-3 && counts.number("yellow") >= 1, a)
	rest := counts.number("people")
	for _, building := range a.items("buildings") {
		rest -= building.in("counts").number("people")
	}
	d.check("no difference of its numbers stands for fewer than five", rest == 0 || rest >= 5 || len(a.items("buildings")) == 0, a)
	text := string(a.body)
	d.check("and reads nobody's name, id or symptom", !strings.ContainsAny(text, "户*〇") && !strings.Contains(text, "person") && !strings.Contains(text, d.owner(4).personID) && !strings.Contains(text, canary), a)
}
