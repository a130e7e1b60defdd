package day

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// visits are those who are let in by somebody else: invited, or asking at the gate.
func (d *Day) visits() {
	d.until(9)
	d.invited()
	d.visitPolicy()
	d.silentHost()
	d.everybodySilent()
	d.declinedByCommittee()
	d.delegated()
	d.courier()
	d.group()
	d.overstay()
	d.vehicle()
	d.recurring()
}

// visitor holds the token of one visit.
type visitor struct {
	*caller
	id string
}

// state is how the visit stands and what its visitor is told to do, such as
// "requested wait".
func (v visitor) state() string {
	a := v.get("/v1/visitor/visit")
	return a.text("state") + " " + a.text("next")
}

// codes are those of this window and the ones after it; empty when there are none.
func (v visitor) code() string {
	for _, item := range v.post("/v1/visitor/visit/codes", map[string]any{"count": 1}).items("codes") {
		return item.text("code")
	}
	return ""
}

// invite lets a resident invite somebody and gives the visit and the invitation,
// which stands behind the # of the link.
func (d *Day) invite(host *caller, wish map[string]any) (visit object, invitation string) {
	wish["household_id"] = host.home().text("household_id")
	a := host.post("/v1/visits", wish)
	d.must("a resident invites a visitor ("+wish["kind"].(string)+")", a.status == http.StatusCreated, a)
	_, invitation, _ = strings.Cut(a.text("share_url"), "#")
	return a.in("visit"), invitation
}

// accept exchanges the invitation for the visitor's token.
func (d *Day) accept(invitation string) (visitor, answer) {
	a := d.nobody().post("/v1/entry-invitations", map[string]any{"token": invitation, "name": "访客甲", "phone": "13600000001"})
	return visitor{d.bearer(a.text("visit_token")), a.in("visit").text("id")}, a
}

// home is the first home of a resident.
func (c *caller) home() object {
	for _, r := range c.get("/v1/me").items("residencies") {
		return r
	}
	return object{}
}

// cast is a resident of the cast, signed in.
func (d *Day) cast(name string) *caller {
	if c, ok := d.residents[name]; ok {
		return c
	}
	c := d.signIn(d.demo.People[name].WechatCode)
	c.passID, c.personID = d.demo.People[name].PassID, d.demo.People[name].PersonID
	d.residents[name] = c
	return c
}

// decided waits until a gate decides as it must: what was made a moment ago reaches
// the gate's memory within a second.
func (d *Day) decided(what, want string, scan func() (string, answer)) answer {
	var got string
	var a answer
	ok := d.soon(func() bool {
		got, a = scan()
		return got == want
	})
	d.check(what, ok, got, a)
	return a
}

// invited: the link's fragment is worth a token, once; its codes open the gates that
// the host named, until the window is over or the visitor has gone.
func (d *Day) invited() {
	host, now := d.cast("欧阳小燕"), d.now()
	visit, invitation := d.invite(host, map[string]any{"kind": "once", "valid_until": instant(now.Add(2 * time.Hour)), "gate_ids": []string{d.gateID("东门")}})
	d.check("the inviting host's word is enough: approved at once", visit.text("state") == "approved", visit)
	v, a := d.accept(invitation)
	d.must("the link's fragment is exchanged for the visitor's token", v.token != "", a)
	_, again := d.accept(invitation)
	d.check("and for one only: a second phone gets 409 claimed", again.status == http.StatusConflict && again.text("state") == "claimed", again)
	d.check("the visitor is told to show the code", v.state() == "approved show_code", v.state())
	d.decided("the code opens the gate that the host named", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), v.code(), "in", 0) })
	got, a := d.scan(d.gate("1号楼单元门"), v.code(), "in", 0)
	d.check("and no other: wrong_gate", got == "refuse wrong_gate", got, a)
	d.workOff()
	d.check("who was let in has arrived", v.state() == "arrived show_code", v.state())
	d.strangersOfVisit(v, host)
	code := v.code()
	left := v.post("/v1/visitor/visit/leave", nil)
	d.check("the visitor leaves", left.text("state") == "left", left)
	got, a = d.scan(d.gate("东门"), code, "in", 0)
	d.check("and the code is refused as revoked", got == "refuse revoked", got, a)
	d.windowOver(host)
}

// windowOver: nobody is let in by an invitation of yesterday.
func (d *Day) windowOver(host *caller) {
	_, invitation := d.invite(host, map[string]any{"kind": "once", "valid_until": instant(d.now().Add(30 * time.Minute))})
	v, _ := d.accept(invitation)
	d.later(30*time.Minute - 10*time.Second)
	code := v.code()
	d.must("a code is there until the end of the window", code != "", v.state())
	if _, err := d.private(http.MethodPost, "/demo/clock", map[string]any{"advance_seconds": 11}); err != nil {
		panic(stuck{err})
	}
	got, a := d.scan(d.gate("东门"), code, "in", 0)
	d.check("after the window the code is refused: pass_expired", got == "refuse pass_expired", got, a)
	d.workOff()
	d.check("who never came: the visit is expired", v.state() == "expired ask_guard", v.state())
}

// strangersOfVisit: a visit of somebody else looks like none.
func (d *Day) strangersOfVisit(v visitor, host *caller) {
	other := d.cast("王芳")
	_, invitation := d.invite(other, map[string]any{"kind": "once", "valid_until": instant(d.now().Add(time.Hour))})
	third, _ := d.accept(invitation)
	refused := 0
	for _, who := range []*caller{other, d.staff("冯经理"), d.staff("秦保安"), d.cast("何雨桐")} {
		for _, act := range []string{"", "/approve", "/cancel", "/leave"} {
			a := who.call(http.MethodPost, "/v1/visits/"+v.id+act, map[string]any{"reason": "nothing to see"}, nil)
			if act == "" {
				a = who.get("/v1/visits/" + v.id)
			} else if act != "/cancel" {
				a = who.post("/v1/visits/"+v.id+act, nil)
			}
			if a.status == http.StatusNotFound {
				refused++
			}
		}
	}
	d.check("neighbours and another community's staff get 404, to read and to act", refused == 16, refused)
	listed := slices.ContainsFunc(other.all("/v1/visits"), func(o object) bool { return o.text("id") == v.id })
	d.check("nor is it in a neighbour's list", !listed)
	read, own := third.get("/v1/visits/"+v.id), third.get("/v1/visitor/visit")
	d.check("another visit's token shows its own visit and nothing else", read.status >= 401 && read.status <= 404 && own.text("id") == third.id && third.id != v.id, read, own)
	d.check("and nobody without a token sees it", d.nobody().get("/v1/visits/"+v.id).status == http.StatusUnauthorized)
	third.post("/v1/visitor/visit/leave", nil)
	mine := host.get("/v1/visits/" + v.id)
	d.check("its host sees it, the visitor's name masked", mine.status == http.StatusOK && !strings.Contains(fmt.Sprint(mine.object), "访客甲"), mine)
}
