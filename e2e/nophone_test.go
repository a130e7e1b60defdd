package e2e_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/simulator"
)

// TestNoPhone is how somebody gets in who shows no phone.
func TestNoPhone(t *testing.T) {
	t.Parallel()
	w := start(t)
	t.Run("a printed card", w.printedCard)
	t.Run("a code that is said", w.saidCode)
	t.Run("found by a guard and let in by hand", w.byHand)
}

// residencyOf is the active residency of somebody in the garden.
func (w *world) residencyOf(t *testing.T, name string) string {
	t.Helper()
	for _, r := range want[wire.ResidencyList](t, w.person(manager).get(t, w.in("residencies")+"?status=active"), 200).Items {
		if r.PersonId == w.Demo.People[name].PersonID {
			return r.Id
		}
	}
	t.Fatalf("%s lives nowhere", name)
	return ""
}

func (w *world) printedCard(t *testing.T) {
	staff, gate := w.person(manager), w.Demo.Gates[east]
	made := want[wire.Card](t, staff.post(t, w.in("cards"), newCard(w.residencyOf(t, "林浩"), gate.GateID)), 201)
	sheet := w.in("cards/" + made.Id + "/sheet")
	picture := staff.do(t, request{method: "GET", path: sheet + "?size=640", header: map[string]string{"Accept": "image/png"}})
	if picture.wants(t, 200); picture.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the headers are %v", picture.header)
	}
	code, err := simulator.ReadQR(picture.body)
	if err != nil {
		t.Fatal(err)
	}
	if read, there := zbar(t, picture.body); there && read != code {
		t.Errorf("zbar reads %q", read)
	}
	face := staff.get(t, sheet)
	face.wants(t, 200)
	texts := svgTexts(t, face.body)
	for _, text := range []string{w.Demo.Communities[0].Name, "林*", made.LastDay, "拾到请交还", "If found"} {
		if !strings.Contains(texts, text) {
			t.Errorf("the card does not say %s: %s", text, texts)
		}
	}
	soon(t, "the gate knows the card's group", func() bool {
		return w.gate(east).decide(t, w.scan(t, code, "in")).Reason == "ok"
	})
	staff.post(t, w.in("cards/"+made.Id+"/revoke"), map[string]string{"reason": "lost in the park"}).wants(t, 200)
	decided(t, w.gate(east).decide(t, w.scan(t, code, "in")), "refuse", "revoked")
	staff.get(t, sheet).wants(t, 409, "pass_invalid")
}

// svgTexts are the texts of an image, which must be well-formed.
func svgTexts(t *testing.T, svg []byte) string {
	t.Helper()
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			out.Write(text)
		}
	}
}

func (w *world) saidCode(t *testing.T) {
	me, gate := w.person("林浩"), w.Demo.Gates[east].GateID
	w.newWindow(t)
	said := want[wire.SpokenCode](t, me.post(t, "/v1/me/passes/"+w.Demo.People["林浩"].PassID+"/spoken-codes", map[string]string{"gate_id": gate}), 201)
	entry := map[string]string{"code": said.Code, "direction": "in", "scan_id": w.unique("said")}
	first := want[wire.ScanDecision](t, w.person(guard).post(t, "/v1/gates/"+gate+"/spoken-codes", entry), 200)
	decided(t, first, "admit", "ok")
	if again := want[wire.ScanDecision](t, w.person(guard).post(t, "/v1/gates/"+gate+"/spoken-codes", entry), 200); again.PassageId != first.PassageId {
		t.Errorf("sent again it is another passage")
	}
	entry["scan_id"] = w.unique("said")
	decided(t, want[wire.ScanDecision](t, w.gate(east).post(t, "/v1/gate/spoken-codes", entry), 200), "refuse", "used")
	listed := want[wire.PassageList](t, w.person(guard).get(t, w.in("passages")+"?decision=admit&limit=1"), 200).Items[0]
	if listed.Id != first.PassageId || listed.StaffId == nil || listed.DeviceId != nil || listed.Way == nil || *listed.Way != "spoken" {
		t.Errorf("the passage is listed as %+v", listed)
	}
}

func (w *world) byHand(t *testing.T) {
	c, gate := w.person(guard), w.Demo.Gates[east].GateID
	var home wire.Residency
	for _, r := range want[wire.ResidencyList](t, w.person(manager).get(t, w.in("residencies")+"?status=active"), 200).Items {
		if r.PersonId == w.Demo.People["林浩"].PersonID {
			home = r
		}
	}
	path := w.in("lookup") + "?building=" + home.Building + "&unit=" + home.Unit + "&room=" + home.Room + "&initial="
	found := want[wire.LookupAnswer](t, c.get(t, path+"l"), 200).Items
	if len(found) != 1 || found[0].NameMasked != "林*" || found[0].PassId == nil {
		t.Fatalf("found %+v", found)
	}
	if none := want[wire.LookupAnswer](t, c.get(t, path+"x"), 200).Items; len(none) != 0 {
		t.Errorf("found %+v", none)
	}
	c.get(t, path+"").wants(t, 400, "invalid")
	c.get(t, path+"%E6%9E%97").wants(t, 400, "invalid")
	hand := map[string]any{"pass_id": *found[0].PassId, "direction": "in", "reason": "phone_dead"}
	decided(t, want[wire.ScanDecision](t, c.post(t, "/v1/gates/"+gate+"/manual-passages", hand), 201), "admit", "manual")
	today := w.now(t).Add(8 * time.Hour).Format(time.DateOnly) // in Beijing
	numbers := want[wire.Statistics](t, w.person(manager).get(t, w.in("statistics")+"?from="+today+"&to="+today), 200)
	if numbers.Passages == 0 {
		t.Errorf("nothing was counted: %+v", numbers)
	}
}
