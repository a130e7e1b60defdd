package day

import (
	"net/http"
	"strings"
	"time"
)

// ruleChanges rehearses a quota on what the gates recorded, puts it on trial, and
// lets it stop so many people that the rules before come back.
func (d *Day) ruleChanges() {
	d.morning()
	carers := []*caller{d.owner(8), d.owner(9)}
	passes := []string{carers[0].passID, d.passOf(carers[0], d.carried(carers[0], 8, "child")), d.passOf(carers[1], d.carried(carers[1], 9, "elder"))}
	holders := []*caller{carers[0], carers[0], carers[1]}
	enter := func(i int) (string, answer) {
		d.nextCode()
		return d.scan(d.gate("东门"), holders[i].code(passes[i]), "in", 0)
	}
	admitted := 0
	for range 3 {
		for i := range passes {
			if got, _ := enter(i); got == "admit ok" {
				admitted++
			}
		}
	}
	d.must("an adult, a child and an old person come home three times each", admitted == 9, admitted)
	rules := d.quotaOf(2)
	rehearsal := d.rehearse(rules)
	id := d.propose(rules, rehearsal)
	d.onTrial(id, enter)
	d.inForce(id, enter)
}

// morning waits for eight o'clock of a day on which nobody has passed yet, nor on
// the day before.
func (d *Day) morning() {
	now := d.now().In(time.FixedZone("", 8*60*60))
	d.later(time.Date(now.Year(), now.Month(), now.Day()+2, 8, 0, 0, 0, now.Location()).Sub(now))
}

// passOf is the pass of somebody who is carried.
func (d *Day) passOf(carer *caller, person string) string {
	for _, p := range carer.all("/v1/me/passes") {
		if p.in("holder").text("person_id") == person {
			return p.text("id")
		}
	}
	d.must("who is carried has a pass on the carer's phone", false, person)
	return ""
}

// quotaOf are the rules in force with so many admissions a day for residents.
func (d *Day) quotaOf(n int) object {
	rules := d.staff("孙主任").get(d.in("rules")).in("rules")
	rules["kinds"] = map[string]any{"resident": map[string]any{"quota": n}}
	return rules
}

// rehearse replays the day and gives the rehearsal's id.
func (d *Day) rehearse(rules object) string {
	d.refused("a guard may not rehearse rules", d.staff("赵保安").post(d.in("rule-rehearsals"), map[string]any{"rules": rules, "days": 1}), 403, "forbidden")
	a := d.staff("孙主任").post(d.in("rule-rehearsals"), map[string]any{"rules": rules, "days": 1})
	d.must("a rehearsal replays what was recorded", a.status == http.StatusCreated && a.object["complete"] == true && a.number("replayed") == 9 && a.number("unlike_record") == 0, a)
	d.check("three passages would have been refused for the quota", a.in("newly_refused").number("quota_reached") == 3 && len(a.in("newly_referred")) == 0, a)
	people := a.in("people_stopped")
	d.check("that is three people, a child and an old person among them", people.number("all") == 3 && people.number("children") == 1 && people.number("elders") == 1, people)
	d.check("and nobody's name", !strings.Contains(string(a.body), "户主") && !strings.Contains(string(a.body), "家属") && !strings.Contains(string(a.body), "*"), a)
	return a.text("id")
}

// propose puts the rules on trial, with a watch that a few passages decide.
func (d *Day) propose(rules object, rehearsal string) string {
	draft := map[string]any{"rules": rules, "rehearsal_id": rehearsal, "watch": map[string]any{"hours": 2, "threshold_percent": 50, "least_passages": 5}}
	draft["rules"] = d.quotaOf(3)
	d.refused("a rehearsal of other rules does not stand for these", d.staff("孙主任").put(d.in("rules"), draft), 400, "invalid")
	draft["rules"] = rules
	a := d.staff("孙主任").put(d.in("rules"), draft)
	d.must("the rules are proposed, and begin in the shadow", a.status == http.StatusCreated && a.text("phase") == "shadow", a)
	d.refused("one proposal at a time", d.staff("吴副主任").put(d.in("rules"), draft), 409, "state_changed")
	return a.text("id")
}

func (d *Day) advance(who, id, to string) answer {
	return d.staff(who).post(d.in("rule-versions/"+id+"/advance"), map[string]any{"to": to})
}

// onTrial goes from shadow to warn: nobody is stopped yet.
func (d *Day) onTrial(id string, enter func(int) (string, answer)) {
	got, quiet := enter(0)
	d.check("in the shadow nobody notices", got == "admit ok", quiet)
	d.refused("its author cannot advance it", d.advance("孙主任", id, "warn"), 409, "self_approval")
	d.refused("the property manager may not", d.advance("钱经理", id, "warn"), 403, "forbidden")
	a := d.advance("吴副主任", id, "warn")
	d.must("a second person announces it", a.status == 200 && a.text("phase") == "warn", a)
	got, at := enter(0)
	d.check("then the gate admits and warns", got == "admit ok" && at.text("message") != quiet.text("message"), at, quiet)
	version := d.staff("孙主任").get(d.in("rule-versions/" + id))
	d.check("the differences are counted, by reason", d.soon(func() bool {
		version = d.staff("孙主任").get(d.in("rule-versions/" + id))
		return counted(version, "shadow", "refuse") == 1 && counted(version, "warn", "refuse") == 1
	}), version)
}

// counted is what the trial of a version counted in a phase.
func counted(version answer, phase, what string) int {
	n := 0
	for _, t := range version.items("trials") {
		if t.text("phase") == phase {
			for _, count := range t.in("would_" + what) {
				f, _ := count.(float64)
				n += int(f)
			}
		}
	}
	return n
}

// inForce enforces the version until it stops too many.
func (d *Day) inForce(id string, enter func(int) (string, answer)) {
	before := d.staff("孙主任").get(d.in("rules")).number("version")
	a := d.advance("周科长", id, "enforce")
	d.must("the street puts it in force", a.status == 200 && a.text("phase") == "enforce" && a.number("version") == before+1, a)
	refused := 0
	for i := range 5 {
		if got, at := enter(i % 3); got == "refuse quota_reached" && at.number("rule_version") == before+1 {
			refused++
		}
	}
	d.check("five of five are refused for the quota, by the new number", refused == 5, refused)
	version := answer{}
	d.check("that is past the threshold: the rules before come back by themselves", d.soon(func() bool {
		d.workOff()
		version = d.staff("孙主任").get(d.in("rule-versions/" + id))
		return version.text("phase") == "rolled_back"
	}), version)
	now := d.staff("孙主任").get(d.in("rules"))
	d.check("under a number of their own", now.number("version") == before+2 && version.number("restored_version") == before+2, now)
	got, at := enter(1)
	d.check("and the child is let in", got == "admit ok", at)
	d.refused("what was rolled back cannot be advanced", d.advance("吴副主任", id, "enforce"), 409, "state_changed")
}
