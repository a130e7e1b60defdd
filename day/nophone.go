package day

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/simulator"
)

// lane is how many people go each way, so that the numbers of the two may be told:
// below five people they are withheld.
const lane = 5

// noPhone is how those get in who show no phone.
func (d *Day) noPhone() {
	d.until(15)
	d.card()
	d.child()
	d.spoken()
	d.lookUp()
	d.lanes()
}

// carries lets a resident carry the person without a phone who stands on the roster of
// the home, and gives the dependant; who is carried already stays so.
func (d *Day) carries(n int, relation string) (*caller, object) {
	carer := d.residents[homeAt(n).owner]
	for _, known := range carer.get("/v1/me/dependants").items("items") {
		return carer, known
	}
	a := carer.post("/v1/me/dependants", map[string]any{"name": "家属" + ordinal(n), "relation": relation})
	if a.status != http.StatusCreated || a.text("status") != "active" {
		panic(stuck{errors.New("nobody is carried: " + a.String())})
	}
	return carer, a.object
}

// issueCard has a card made for a dependant that opens the east gate.
func (d *Day) issueCard(dependant object, most int) answer {
	return d.staff("钱经理").post(d.in("cards"), map[string]any{"residency_id": dependant.text("residency_id"), "gate_ids": []string{d.gateID("东门")},
		"daily_cap": most, "last_day": d.now().In(beijing).AddDate(0, 0, 20).Format(time.DateOnly)})
}

// readCard fetches the symbol of a card and reads it as a camera does.
func (d *Day) readCard(card answer) string {
	a := d.staff("钱经理").call(http.MethodGet, d.in("cards/"+card.text("id")+"/sheet?size=640"), nil, map[string]string{"Accept": "image/png"})
	code, err := simulator.ReadQR(a.body)
	if err != nil {
		panic(stuck{err})
	}
	d.cards[code] = true
	return code
}

// card: an old person with a printed card.
func (d *Day) card() {
	const most = 2
	carer, elder := d.carries(0, "elder")
	card := d.issueCard(elder, most)
	d.must("the property makes a card for an old person", card.status == http.StatusCreated, card)
	code := d.readCard(card)
	d.check("a camera reads the code off the printed symbol", code != "")
	face := d.staff("钱经理").get(d.in("cards/" + card.text("id") + "/sheet"))
	words, err := svgWords(face.body)
	d.check("the sheet names the community, not the person", err == nil && strings.Contains(words, "春晓花园") && !strings.Contains(words, "家属"+ordinal(0)), err, words)
	d.upTo("card", most, func() string { return code })
	got, a := d.scan(d.gate("1号楼单元门"), code, "in", 0)
	d.check("the card does not open another door: wrong_gate", got == "refuse wrong_gate", got, a)
	d.until(7)
	d.decided("the next day it opens again", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), code, "in", 0) })
	seen := carer.all("/v1/me/cards")
	d.check("the carer sees the card", len(seen) == 1 && seen[0].text("id") == card.text("id"), seen)
	d.check("a neighbour cannot report it lost: 404", d.cast("王芳").post("/v1/me/cards/"+card.text("id")+"/revoke", nil).status == http.StatusNotFound)
	lost := carer.post("/v1/me/cards/"+card.text("id")+"/revoke", nil)
	d.check("the carer reports it lost", lost.text("state") == "withdrawn", lost)
	d.later(window)
	began := d.now()
	a = d.decided("and it is refused as revoked", "refuse revoked", func() (string, answer) { return d.scan(d.gate("东门"), code, "in", 0) })
	d.check("within a second", d.now().Sub(began) < time.Second, a)
}

// svgWords are the texts of an image, which must be well-formed.
func svgWords(svg []byte) (string, error) {
	var out strings.Builder
	r := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := r.Token()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		if text, ok := token.(xml.CharData); ok {
			out.Write(text)
		}
	}
}

// child: a child without a phone goes in by a code on a parent's.
func (d *Day) child() {
	carer, child := d.carries(1, "child")
	pass := ""
	for _, p := range carer.all("/v1/me/passes") {
		if p.in("holder").text("person_id") == child.text("person_id") {
			pass = p.text("id")
		}
	}
	d.must("a child's pass is in the parent's list", pass != "")
	a := d.decided("its code on the parent's phone opens the gate", "admit ok", func() (string, answer) { return d.scan(d.gate("东门"), carer.code(pass), "in", 0) })
	d.check("another resident gets no code for it: 404", d.cast("王芳").post("/v1/me/passes/"+pass+"/codes", map[string]any{"count": 1}).status == http.StatusNotFound)
	own := func(c *caller) bool {
		return slices.ContainsFunc(c.all("/v1/me/passages?person_id="+child.text("person_id")), func(p object) bool { return p.text("id") == a.text("passage_id") })
	}
	d.check("the parent sees the child's passage", own(carer))
	stranger := d.cast("王芳").get("/v1/me/passages?person_id=" + child.text("person_id"))
	d.check("nobody else does: 404", stranger.status == http.StatusNotFound, stranger)
}

// spoken: six digits said to the guard, once.
func (d *Day) spoken() {
	me, guard := d.residents[homeAt(3).owner], d.staff("赵保安")
	path := "/v1/gates/" + d.gateID("东门") + "/spoken-codes"
	said := me.post("/v1/me/passes/"+me.passID+"/spoken-codes", map[string]any{"gate_id": d.gateID("东门")})
	d.must("a resident whose phone dies gets a code to say", len(said.text("code")) == 6, said)
	entry := map[string]any{"code": said.text("code"), "direction": "in", "scan_id": "day-spoken-1"}
	first := guard.post(path, entry)
	d.check("the guard types it: admitted", first.text("decision") == "admit", first)
	d.scans["day-spoken-1"] = first.text("passage_id")
	again := guard.post(path, entry)
	d.check("sent twice it is one passage", again.text("passage_id") == first.text("passage_id"), again)
	entry["scan_id"] = "day-spoken-2"
	second := guard.post(path, entry)
	d.check("said twice it is refused as used", second.text("decision") == "refuse" && second.text("reason") == "used", second)
	d.scans["day-spoken-2"] = second.text("passage_id")
	d.check("another community's guard cannot type it here: 404", d.staff("秦保安").post(path, entry).status == http.StatusNotFound)
}

// lookUp: a guard finds somebody by home and initial, and lets in by hand.
func (d *Day) lookUp() {
	guard, h := d.staff("赵保安"), homeAt(4)
	at := d.in("lookup?building=" + h.building + "&unit=" + h.unit + "&room=" + h.room + "&initial=")
	found := guard.get(at + "h").items("items")
	d.must("the guard finds who lives there by home and initial", len(found) == 1 && found[0].text("pass_id") == d.residents[h.owner].passID, found)
	d.check("masked", strings.Contains(found[0].text("name_masked"), "*"), found)
	d.check("with another initial nobody", len(guard.get(at+"x").items("items")) == 0)
	d.check("without one: 400", guard.get(at).status == http.StatusBadRequest)
	path := "/v1/gates/" + d.gateID("东门") + "/manual-passages"
	hand := map[string]any{"pass_id": found[0].text("pass_id"), "direction": "in", "scan_id": "day-hand-1"}
	d.check("by hand only with a reason: 400", guard.post(path, hand).status == http.StatusBadRequest)
	hand["reason"] = "phone_dead"
	a := guard.post(path, hand)
	d.check("lets in by hand", a.text("decision") == "admit" && a.text("reason") == "manual", a)
	d.scans["day-hand-1"] = a.text("passage_id")
	looks := d.residents[h.owner].all("/v1/me/access-log")
	d.check("the resident sees that somebody looked", slices.ContainsFunc(looks, func(l object) bool { return l.text("what") == "lookup" && l.text("role") == "guard" }), looks)
	revoked := guard.post(path, map[string]any{"direction": "in", "reason": "other"})
	d.check("reason other needs a note: 400", revoked.status == http.StatusBadRequest, revoked)
}

// lanes: enough people go each way, and the statistics say how they fare.
func (d *Day) lanes() {
	for n := 5; n < 5+lane; n++ {
		me := d.residents[homeAt(n).owner]
		got, a := d.scan(d.gate("东门"), me.code(me.passID), "in", 0)
		_, elder := d.carries(n, "elder")
		code := d.readCard(d.issueCard(elder, 5))
		ok := d.soon(func() bool {
			byCard, _ := d.scan(d.gate("东门"), code, "in", 0)
			return byCard == "admit ok"
		})
		if got != "admit ok" || !ok {
			d.check("a resident with a phone and one with a card go in", false, n, a)
		}
	}
	numbers := d.staff("周科长").get(d.in("statistics?from=" + d.today() + "&to=" + d.today()))
	access := numbers.in("equal_access")
	_, gap := access["median_gap_seconds"].(float64)
	_, refused := access["refusal_rate_gap"].(float64)
	d.check("the statistics tell the gap between phone and no phone", gap && refused && access.in("no_phone").number("attempts") >= lane, numbers)
	d.check("the guard sees no statistics: 403", d.staff("赵保安").get(d.in("statistics?from="+d.today()+"&to="+d.today())).status == http.StatusForbidden)
}
