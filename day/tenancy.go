package day

import (
	"net/http"
	"strings"
	"time"
)

// tenancy are those who live or work here for a time: a tenant until the lease is
// over, a helper in some hours of the week. And staff look people up.
func (d *Day) tenancy() {
	d.until(10)
	d.lease()
	d.helper()
	d.searches()
}

// newcomer gives somebody who is on no roster a phone, and signs in with it.
func (d *Day) newcomer(key, phone string) *caller {
	user := map[string]any{"wechat_code": "wx-" + key, "phone_code": "phone-" + key, "open_id": "o-" + key, "phone": phone}
	if _, err := d.private(http.MethodPost, "/demo/phones", user); err != nil {
		panic(stuck{err})
	}
	c := d.signIn("wx-" + key)
	c.post("/v1/me/phone", map[string]any{"code": "phone-" + key})
	return c
}

// holding notes the caller's only pass.
func (c *caller) holding() string {
	c.passID = ""
	for _, p := range c.get("/v1/me/passes").items("items") {
		c.passID = p.text("id")
	}
	return c.passID
}

// lease: a claim that the roster does not know waits for staff, who set its end. The
// code of the last second is refused in the first one after it.
func (d *Day) lease() {
	home := homeAt(10)
	tenant := d.newcomer("tenant", "13800009001")
	claim := tenant.post("/v1/residencies", map[string]any{"community_id": d.garden(), "building": home.building, "unit": home.unit, "room": home.room, "name": "祖承租", "relation": "tenant"})
	d.must("a tenant whom no roster knows waits for staff", claim.text("status") == "pending" && tenant.holding() == "", claim)
	path := d.in("residencies/" + claim.text("id"))
	ends := d.now().Add(3 * time.Hour).Truncate(time.Second)
	a := d.staff("钱经理").post(path+"/approve", map[string]any{"lease_until": instant(ends)})
	d.must("the property approves until the lease is over", a.status == http.StatusOK && a.text("status") == "active" && parsed(a.text("lease_until")).Equal(ends) && tenant.holding() != "", a)
	d.decided("the tenant comes in", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), tenant.code(tenant.passID), "in", 0) })
	d.later(ends.Sub(d.now()) - 20*time.Second)
	code := tenant.code(tenant.passID)
	d.must("there are codes up to the last minute", code != "")
	d.nextCode() // the clock alone: no job has run yet
	got, at := d.scan(d.gate("东门"), code, "in", 0)
	d.check("the moment the lease is over, the gate says pass_expired", got == "refuse pass_expired", got, at)
	d.workOff()
	d.check("and the residency is ended, with no pass left", tenant.residency(claim.text("id")).text("status") != "active" && tenant.code(tenant.passID) == "", tenant.get("/v1/me"))
	late := d.staff("钱经理").post(path+"/lease", map[string]any{"lease_until": instant(d.now().Add(time.Hour))})
	d.check("a lease that is over is not made longer: 409", late.status == http.StatusConflict, late)
}

// residency is one of the caller's own, by its id.
func (c *caller) residency(id string) object {
	for _, r := range c.get("/v1/me").items("residencies") {
		if r.text("id") == id {
			return r
		}
	}
	return object{}
}

// helper: from ten to noon, today and every day of the week but tomorrow.
func (d *Day) helper() {
	d.until(10)
	host := d.owner(11)
	home := host.home().text("household_id")
	var days []string
	for n := range 7 {
		if n != 1 {
			days = append(days, weekday(d.now().AddDate(0, 0, n)))
		}
	}
	wish := map[string]any{"household_id": home, "name": "贾家政", "phone": "13800009002", "until": instant(d.now().AddDate(0, 1, 0)),
		"hours": []any{map[string]any{"days": days, "from": "10:00", "to": "12:00"}}}
	added := host.post("/v1/me/helpers", wish)
	d.must("an owner adds a helper with hours", added.status == http.StatusCreated && added.text("status") == "invited", added)
	helper := d.newcomer("helper", "13800009002")
	d.must("who confirms the phone has joined", helper.holding() != "", helper.get("/v1/me"))
	enter := func() (string, answer) { return d.scan(d.gate("东门"), helper.code(helper.passID), "in", 0) }
	d.decided("in these hours the helper comes in", "admit ok", enter)
	d.until(12)
	d.decided("at noon it is outside_hours", "refuse outside_hours", enter)
	got, a := d.scan(d.gate("东门"), helper.code(helper.passID), "out", 0)
	d.check("going out is not refused", got == "admit ok" || got == "refer outside_hours", got, a)
	d.until(10)
	d.decided("nor tomorrow at ten", "refuse outside_hours", enter)
	d.until(10)
	d.decided("but on the day after", "admit ok", enter)
	gone := host.delete("/v1/me/helpers/" + added.text("id"))
	code := helper.code(helper.passID)
	d.check("the owner takes the helper out: no code from then on", gone.status == http.StatusNoContent && code == "", gone)
}

func weekday(t time.Time) string {
	return [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[t.In(beijing).Weekday()]
}

// searches: by the whole name or the first letters of it in pinyin.
func (d *Day) searches() {
	manager, home := d.staff("钱经理"), homeAt(11)
	find := func(who *caller, wish map[string]any) answer { return who.post(d.in("residency-searches"), wish) }
	byName := find(manager, map[string]any{"name": home.owner})
	d.check("staff find a resident by the whole name, shown masked", len(byName.items("items")) == 1 && !strings.Contains(string(byName.body), home.owner), byName)
	byInitials := find(manager, map[string]any{"initials": "hz", "building": home.building})
	d.check("and by the first letters in pinyin, in a building", byInitials.status == http.StatusOK && len(byInitials.items("items")) > 0, byInitials)
	none := find(manager, map[string]any{"initials": "zzzz"})
	d.check("letters of nobody find nobody", none.status == http.StatusOK && len(none.items("items")) == 0, none)
	d.refused("half a question is refused", find(manager, map[string]any{"status": "active"}), http.StatusBadRequest, "invalid")
	d.refused("the other community's manager finds nothing here", find(d.staff("冯经理"), map[string]any{"name": home.owner}), http.StatusNotFound, "not_found")
}
