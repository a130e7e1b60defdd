package day

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// emergencies are those of the day, by what becomes of them.
type emergencies struct {
	// first is ended by hand, second prepared beside it and left to lapse.
	first, second string
}

// orderNumber stands in the open on everything that is public of the emergency.
const orderNumber = "望江街道〔2026〕17号"

// owner is the nth owner of the import.
func (d *Day) owner(n int) *caller { return d.residents[homeAt(n).owner] }

// refused checks that an answer is a refusal of a kind.
func (d *Day) refused(what string, a answer, status int, code string) {
	d.check(what, a.status == status && a.text("code") == code, a)
}

// told counts the messages of a kind in somebody's inbox.
func (c *caller) told(template string) int {
	n := 0
	for _, m := range c.all("/v1/me/messages?limit=100") {
		if m.text("template") == template && m.text("text") != "" {
			n++
		}
	}
	return n
}

// passes shows a fresh code of somebody's own pass at a gate.
func (d *Day) passes(c *caller, gate, direction string, temperature float64) (string, answer) {
	d.nextCode()
	return d.scan(d.gate(gate), c.code(c.passID), direction, temperature)
}

// enters goes in by the east gate.
func (d *Day) enters(c *caller) (string, answer) { return d.passes(c, "东门", "in", 0) }

// leaves goes out by the west gate.
func (d *Day) leaves(c *caller) (string, answer) { return d.passes(c, "西门", "out", 0) }

// after is an instant from now on, as it is written.
func (d *Day) after(by time.Duration) string { return d.now().Add(by).UTC().Format(time.RFC3339) }

// order is a declaration that is right, but for what changes.
func (d *Day) order(changes map[string]any) map[string]any {
	body := map[string]any{"order_number": orderNumber, "reason": "流感高发", "scope": []string{d.garden()}, "ends_at": d.after(20 * 24 * time.Hour),
		"impact_assessment": "个人信息保护影响评估第7号", "fields": []string{"temperature_c", "symptoms", "exposure", "test_result"}, "report_every_hours": 24}
	for name, value := range changes {
		body[name] = value
		if value == nil {
			delete(body, name)
		}
	}
	return body
}

// declareEmergency switches the garden into emergency mode, with all that keeps it
// from happening by one hand.
func (d *Day) declareEmergency() {
	author := d.staff("孙主任")
	d.refused("an emergency of 31 days is refused", author.post(d.in("emergencies"), d.order(map[string]any{"ends_at": d.after(31 * 24 * time.Hour)})), 400, "invalid")
	d.refused("one without an impact assessment is refused", author.post(d.in("emergencies"), d.order(map[string]any{"impact_assessment": nil})), 400, "invalid")
	d.refused("one without an order number is refused", author.post(d.in("emergencies"), d.order(map[string]any{"order_number": nil})), 400, "invalid")
	d.refused("one that has ended before it begins is refused", author.post(d.in("emergencies"), d.order(map[string]any{"ends_at": d.after(-time.Hour)})), 400, "invalid")
	d.refused("the property manager may not declare one", d.staff("钱经理").post(d.in("emergencies"), d.order(nil)), 403, "forbidden")
	d.refused("ordinary days ask for no health report", d.owner(0).post("/v1/me/health-reports", map[string]any{"temperature_c": 36.5}), 409, "not_in_emergency")

	a := author.post(d.in("emergencies"), d.order(nil))
	d.must("the committee declares an emergency for the garden", a.status == http.StatusCreated && a.text("state") == "declared", a)
	d.played.first = a.text("id")
	d.approveEmergency(author)
	d.announced()
	d.secondEmergency(author)
	d.reportsFallDue()
}

// approveEmergency lets two people approve, neither of them the author.
func (d *Day) approveEmergency(author *caller) {
	path := "/v1/emergencies/" + d.played.first + "/approve"
	first := d.staff("吴副主任")
	d.refused("its author cannot approve it", author.post(path, nil), 409, "self_approval")
	d.refused("the property manager cannot approve it", d.staff("钱经理").post(path, nil), 403, "forbidden")
	a := first.post(path, nil)
	d.check("one approver is not enough", a.status == 200 && a.text("state") == "declared", a)
	d.refused("the same person cannot approve it twice", first.post(path, nil), 409, "already_approved")
	got, at := d.enters(d.owner(0))
	d.check("nothing changes at the gate meanwhile", got == "admit ok", at)
	a = d.staff("周科长").post(path, nil)
	d.must("the second approver puts it in force", a.status == 200 && a.text("state") == "active", a)
	d.refused("a third approval finds it in force", first.post(path, nil), 409, "state_changed")
}

// announced checks that residents hear of it, once.
func (d *Day) announced() {
	d.workOff()
	d.workOff()
	told := 0
	for n := range d.Households {
		told += d.owner(n).told("emergency_started")
	}
	d.check("every owner is told of it once, however often the job runs", told == d.Households, told)
	items := d.owner(0).get("/v1/me/emergency").items("items")
	d.check("an owner sees what is asked, until when and that nothing is due yet", len(items) == 1 && items[0].text("emergency_id") == d.played.first &&
		items[0].text("ends_at") != "" && items[0]["report_due"] == false && len(fieldsOf(items[0])) == 4, items)
	got, a := d.enters(d.owner(0))
	d.check("before the first report is due the gate admits", got == "admit ok", a)
}

func fieldsOf(o object) []any {
	list, _ := o["fields"].([]any)
	return list
}

// secondEmergency prepares another one, which cannot begin beside the first.
func (d *Day) secondEmergency(author *caller) {
	a := author.post(d.in("emergencies"), d.order(map[string]any{"order_number": orderNumber + "之二", "ends_at": d.after(10 * 24 * time.Hour)}))
	d.played.second = a.text("id")
	path := "/v1/emergencies/" + d.played.second + "/approve"
	d.staff("吴副主任").post(path, nil)
	d.refused("a second emergency cannot begin beside the first", d.staff("周科长").post(path, nil), 409, "emergency_exists")
	var states []string
	for _, e := range author.all(d.in("emergencies")) {
		states = append(states, e.text("state"))
	}
	slices.Sort(states)
	d.check("the list shows one active and one declared", strings.Join(states, " ") == "active declared", states)
}

// reportsFallDue waits for the first day to be over, without any report.
func (d *Day) reportsFallDue() {
	d.later(24 * time.Hour)
	got, a := d.enters(d.owner(0))
	d.check("after a day without a report the gate asks the guard", got == "refer health_report_due", a)
	d.check("it says what to do next", a.text("message") != "" && a.text("next") != "", a)
	got, a = d.leaves(d.owner(0))
	d.check("nobody is refused going out", strings.HasPrefix(got, "admit ") || strings.HasPrefix(got, "refer "), a)
	d.check("who owes a report is reminded", d.owner(0).told("health_report_due") == 1)
}
