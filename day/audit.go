package day

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// audit is what an auditor reads, what a third party can prove, and how accounts of
// staff are kept apart.
func (d *Day) audit() {
	d.until(22)
	d.readLog()
	d.proveAct()
	d.administrators()
	d.password()
}

// readLog: acts of the day are in the log, and reading it is one of them.
func (d *Day) readLog() {
	auditor := d.staff("谢审计")
	for _, act := range [][2]string{{"visit.policy", "who changed the rules for visits"}, {"export.download", "who took names in clear"},
		{"card.issue", "who made a card"}, {"passage.manual", "who let in by hand"}} {
		list := auditor.get("/v1/audit?community_id=" + d.garden() + "&action=" + act[0])
		d.check("the log says "+act[1], len(list.items("items")) > 0, list)
	}
	reads := auditor.get("/v1/audit?action=audit.read&limit=1").items("items")
	d.check("and who read the log", len(reads) == 1, reads)
	d.check("a manager does not read it: 403", d.staff("钱经理").get("/v1/audit").status == http.StatusForbidden)
	now := d.now()
	file := auditor.get("/v1/audit/export?from=" + url.QueryEscape(instant(now.Add(-24*time.Hour))) + "&to=" + url.QueryEscape(instant(now)))
	lines := bytes.Split(bytes.TrimSpace(file.body), []byte("\n"))
	whole := file.status == http.StatusOK && len(lines) > 10
	for _, line := range lines {
		whole = whole && json.Valid(line)
	}
	d.check("the last day of it leaves as JSON lines", whole, len(lines), file.status)
}

// proveAct: an act is in the chain, and the chain's head is signed; checked with
// nothing but the answers.
func (d *Day) proveAct() {
	auditor := d.staff("谢审计")
	act := auditor.get("/v1/audit?community_id=" + d.garden() + "&action=visit.policy&limit=1").items("items")[0]
	d.later(24 * time.Hour) // the head is signed when its day is over
	proof := object{}
	d.must("the day's head of the chain is signed", d.soon(func() bool {
		d.workOff()
		proof = d.proof(auditor, act.text("id"))
		return proof["anchor"] != nil
	}), proof)
	keys := d.nobody().get("/.well-known/jwks.json").object
	err := proven(proof, keys)
	d.check("a third party proves the act from the answers alone", err == nil, err)
	actor := proof.in("entry")["actor_id"]
	proof.in("entry")["actor_id"] = "somebody else"
	d.check("another actor does not prove", proven(proof, keys) != nil)
	proof.in("entry")["actor_id"] = actor
	proof.in("anchor")["entries"] = float64(proof.in("anchor").number("entries") + 1)
	d.check("nor does another anchor", proven(proof, keys) != nil)
}

// proof is the whole proof of an act, its pages put together; without an anchor when
// the day is not over.
func (d *Day) proof(auditor *caller, id string) object {
	whole := auditor.get("/v1/audit/proof?entry_id=" + id)
	if whole.status != http.StatusOK {
		return object{}
	}
	links, _ := whole.object["links"].([]any)
	for page := whole.object; page["next_seq"] != nil; {
		page = auditor.get(fmt.Sprintf("/v1/audit/proof?entry_id=%s&after_seq=%d", id, page.number("next_seq"))).object
		more, _ := page["links"].([]any)
		if links = append(links, more...); page["anchor"] != nil {
			whole.object["anchor"] = page["anchor"]
		}
	}
	whole.object["links"] = links
	return whole.object
}

// administrators: who runs the system, who says who may what, and who looks at both
// are never one account.
func (d *Day) administrators() {
	chief := d.staff("郑系统")
	refused, tried := 0, 0
	for _, name := range []string{"谢审计", "韩安全"} {
		for _, role := range []string{"system_admin", "security_admin", "auditor"} {
			if role == d.demo.People[name].Role {
				continue
			}
			tried++
			a := chief.post("/v1/staff/"+d.account(name)+"/grants", map[string]any{"role": role, "scope_kind": "platform"})
			if a.status == http.StatusConflict && a.text("code") == "roles_exclude" || role == "system_admin" && a.status == http.StatusForbidden {
				refused++
			}
		}
	}
	d.check("the three administrators exclude each other", refused == tried, refused, tried)
	own := chief.post("/v1/staff/"+d.account("郑系统")+"/grants", map[string]any{"role": "auditor", "scope_kind": "platform"})
	d.check("nor does the system's administrator audit himself", own.status == http.StatusConflict || own.status == http.StatusForbidden, own)
	guard := d.staff("赵保安").post("/v1/staff/"+d.account("赵保安")+"/grants", map[string]any{"role": "property_manager", "scope_kind": "community", "scope_id": d.garden()})
	d.check("a guard cannot make himself manager: 403", guard.status == http.StatusForbidden, guard)
}

// account is the account of a member of staff.
func (d *Day) account(name string) string {
	for _, s := range d.staff("郑系统").all("/v1/staff") {
		if s.text("username") == d.demo.People[name].Username {
			return s.text("id")
		}
	}
	panic(stuck{fmt.Errorf("%s has no account", name)})
}

// password: who changes it signs in with the new one, and the other sign-ins end.
func (d *Day) password() {
	who := d.demo.People["赵保安"]
	signIn := func(password string) answer {
		return d.nobody().post("/v1/sessions/staff", map[string]any{"username": who.Username, "password": password})
	}
	other, now := d.bearer(signIn(who.Password).text("access_token")), d.bearer(signIn(who.Password).text("access_token"))
	const changed = "Evening-Shift-2031"
	wrong := now.post("/v1/staff/me/password", map[string]any{"current": "Morning-Shift-2031", "new": changed})
	d.check("no new password without the old one", wrong.status >= 400 && wrong.status < 500, wrong)
	a := now.post("/v1/staff/me/password", map[string]any{"current": who.Password, "new": changed})
	d.check("a guard changes the password", a.status == http.StatusNoContent, a)
	d.check("the other sign-ins end", other.get(d.in("passages")).status == http.StatusUnauthorized && now.get(d.in("passages")).status == http.StatusOK)
	d.check("the old password is worth nothing", signIn(who.Password).status == http.StatusUnauthorized)
	d.check("the new one signs in", signIn(changed).status == http.StatusCreated)
	who.Password = changed
	d.demo.People["赵保安"] = who
	delete(d.staffed, "赵保安")
}
