package day

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// incidents is an alarm from a controller's own words to the review, and one that
// nobody takes on.
func (d *Day) incidents() {
	d.onDuty()
	controller := d.controller()
	d.dealtWith(controller)
	d.nobodyActs(controller)
	d.reported()
}

// controller makes a Hikvision controller at the east gate known, and gives its address.
func (d *Day) controller() string {
	a := d.staff("钱经理").post(d.in("devices"), map[string]any{"gate_id": d.gateID("东门"), "name": "东门控制器", "protocol": "hikvision", "serial": "DS-DAY-1"})
	d.must("a Hikvision controller is made known", a.status == http.StatusCreated && a.text("path") != "", a)
	return d.demo.DeviceURL + a.text("path")
}

// says lets a controller tell an event in its maker's words.
func (d *Day) says(url string, major, sub, serial int) bool {
	body := fmt.Sprintf(`{"eventType":"AccessControllerEvent","dateTime":%q,"channelID":1,"AccessControllerEvent":{"majorEventType":%d,"subEventType":%d,"serialNo":%d,"doorNo":1}}`,
		d.now().In(beijing).Format(time.RFC3339), major, sub, serial)
	a, err := d.http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	_ = a.Body.Close()
	return a.StatusCode == http.StatusOK
}

// onDuty puts the guard on duty at the gate.
func (d *Day) onDuty() {
	now := d.now()
	a := d.staff("钱经理").put(d.in("duty/shifts"), map[string]any{"post": "gate", "staff_id": d.staffID("赵保安"), "starts_at": instant(now.Add(-time.Hour)), "ends_at": instant(now.Add(8 * time.Hour))})
	d.must("the guard is on duty at the gate", a.status == http.StatusOK, a)
	seats := map[string]string{}
	for _, p := range d.staff("赵保安").get(d.in("duty/now")).items("items") {
		seats[p.text("post")] = p.text("seat")
	}
	d.check("the gate has a guard, the platform has the manager in his place", seats["gate"] == "duty" && seats["platform"] == "property_manager", seats)
}

// staffID is the account of a member of staff.
func (d *Day) staffID(name string) string {
	for _, s := range d.staff("钱经理").all("/v1/staff") {
		if s.text("username") == d.demo.People[name].Username {
			return s.text("id")
		}
	}
	return ""
}

// raised waits for the incident of a kind that stands open.
func (d *Day) raised(kind string) object {
	var found object
	d.soon(func() bool {
		for _, i := range d.staff("钱经理").get(d.in("incidents?state=raised&kind=" + kind)).items("items") {
			found = i
		}
		return found != nil
	})
	d.must("an incident is raised: "+kind, found != nil)
	return found
}

func (d *Day) dealtWith(controller string) {
	d.must("the controller says three times that a door was forced", d.says(controller, 5, 0x1b, 1) && d.says(controller, 5, 0x1b, 2) && d.says(controller, 5, 0x1b, 3))
	d.workOff()
	i := d.raised("forced")
	guard, manager := d.staff("赵保安"), d.staff("钱经理")
	d.check("it is one incident, told three times", i.number("alarms") == 3, i)
	d.check("it is the guard's, who is on duty", i.text("assignee_id") == d.staffID("赵保安") && i.text("assigned_as") == "duty", i)
	path := "/v1/incidents/" + i.text("id")
	step := func(c *caller, verb string, body any, state string) {
		a := c.post(path+"/"+verb, body)
		d.check("it is "+state, a.status == http.StatusOK && a.text("state") == state, a)
	}
	step(guard, "acknowledge", nil, "acknowledged")
	late := manager.post(path+"/acknowledge", nil)
	d.check("who comes second gets 409 and the state", late.status == http.StatusConflict && late.text("state") == "acknowledged", late)
	step(manager, "dispatch", map[string]any{"staff_id": d.staffID("赵保安"), "note": "带上对讲机"}, "dispatched")
	step(guard, "arrive", nil, "on_site")
	a := guard.post(path+"/evidence", map[string]any{"kind": "device_event", "ref": d.lastEvent(), "note": "门磁"})
	d.check("the guard points to what the controller said", a.status == http.StatusOK, a)
	step(manager, "resolve", map[string]any{"resolution": "resolved", "note": "搬家公司撬门，已登记"}, "resolved")
	own := manager.post(path+"/review", map[string]any{"note": "好"})
	d.check("who resolved it cannot review it", own.text("code") == "self_approval", own)
	step(d.staff("孙主任"), "review", map[string]any{"note": "处置得当"}, "reviewed")
}

// lastEvent is the last thing that a device said.
func (d *Day) lastEvent() string {
	for _, e := range d.staff("钱经理").get(d.in("device-events?kind=alarm&limit=1")).items("items") {
		return e.text("id")
	}
	return ""
}

// nobodyActs: a fire that nobody takes on goes up to the committee and the street.
func (d *Day) nobodyActs(controller string) {
	d.must("the controller says that there is fire", d.says(controller, 5, 0x34, 4))
	d.workOff()
	i := d.raised("fire")
	level := func() string { return d.staff("孙主任").get("/v1/incidents/" + i.text("id")).text("level") }
	d.check("it is linked to nothing that is over", i.text("related_id") == "", i)
	d.later(121 * time.Second)
	d.check("after two minutes it is the committee's", level() == "committee", level())
	d.later(121 * time.Second)
	d.check("after four it is the street's", level() == "street", level())
	d.workOff()
	d.check("each level once", level() == "street", level())
	a := d.staff("孙主任").post("/v1/incidents/"+i.text("id")+"/acknowledge", nil)
	d.check("the committee takes it on", a.text("state") == "acknowledged", a)
	a = d.staff("孙主任").post("/v1/incidents/"+i.text("id")+"/resolve", map[string]any{"resolution": "false_alarm", "note": "蒸汽误报"})
	d.check("and finds a false alarm", a.text("resolution") == "false_alarm", a)
	numbers := map[string]int{}
	for _, n := range d.staff("孙主任").get(d.in("incidents/statistics")).items("items") {
		numbers[n.text("kind")] = n.number("escalations")
	}
	d.check("the numbers say that it went up twice", numbers["fire"] == 2, numbers)
}

// reported is what a resident reports and is told of.
func (d *Day) reported() {
	who := d.cast("林浩")
	a := who.post("/v1/me/incidents", map[string]any{"community_id": d.garden(), "kind": "noise", "text": "凌晨装修"})
	d.must("a resident reports noise", a.status == http.StatusCreated, a)
	id := a.text("id")
	d.staff("赵保安").post("/v1/incidents/"+id+"/acknowledge", nil)
	d.check("he is told that somebody has taken it on", d.told(who, "incident_taken", id))
	d.check("and sees it in his list", len(who.get("/v1/me/incidents").items("items")) > 0)
}
