package day

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/sheet"
)

// leaver is the number of the household whose owner takes everything along and goes.
const leaver = 11

// ownData is one person's data: who looked, what there is, and that it goes.
func (d *Day) ownData() {
	d.until(20)
	me := d.residents[homeAt(leaver).owner]
	code := me.code(me.passID)
	got, a := d.scan(d.gate("东门"), code, "in", 0)
	d.check("a resident goes in as ever", got == "admit ok", got, a)
	d.agrees(me)
	d.trail(me)
	d.unmasked(me)
	d.takeAlong(me)
	d.deleted(me)
}

// agrees: to the current text of a purpose, and back.
func (d *Day) agrees(me *caller) {
	version := ""
	for _, c := range me.get("/v1/me/consents").items("items") {
		if c.text("purpose") == "sharing" {
			version = c.text("text_version")
		}
	}
	old := me.post("/v1/me/consents", map[string]any{"purpose": "sharing", "text_version": "0", "channel": "miniprogram"})
	d.check("consent to an outdated text is none: 409", old.status == http.StatusConflict, old)
	given := me.post("/v1/me/consents", map[string]any{"purpose": "sharing", "text_version": version, "channel": "miniprogram"})
	d.check("consent to the current text is kept with its version", given.status == http.StatusCreated && given.text("state") == "given", given)
}

// trail: staff look with a purpose and a ticket, and the person sees it.
func (d *Day) trail(me *caller) {
	manager, now := d.staff("钱经理"), d.now()
	wish := map[string]any{"pass_id": me.passID, "from": instant(now.Add(-time.Hour)), "until": instant(now.Add(time.Minute))}
	d.check("no look at a trail without a purpose and a ticket: 400", manager.post(d.in("trails"), wish).status == http.StatusBadRequest)
	wish["purpose"], wish["ticket"] = "dispute", "DAY-1"
	seen := manager.post(d.in("trails"), wish)
	d.check("with both the property sees the trail", seen.status == http.StatusOK && len(seen.items("items")) > 0, seen)
	d.check("the guard never does: 403", d.staff("赵保安").post(d.in("trails"), wish).status == http.StatusForbidden)
	d.check("nor another community's manager: 404", d.staff("冯经理").post(d.in("trails"), wish).status == http.StatusNotFound)
	looks := me.all("/v1/me/access-log")
	mine := slices.ContainsFunc(looks, func(l object) bool {
		return l.text("what") == "trail" && l.text("purpose") == "dispute" && l.text("role") == "property_manager"
	})
	d.check("the person sees who looked and why, not the name", mine && !strings.Contains(fmt.Sprint(looks), "钱"), looks)
}

// unmasked: a file with names in clear needs two people, and is fetched once.
func (d *Day) unmasked(me *caller) {
	author := d.staff("钱经理")
	asked := author.post(d.in("exports"), map[string]any{"kind": "roster_unmasked", "purpose": "inspection", "ticket": "DAY-2"})
	d.must("a manager asks for the roster in clear", asked.text("state") == "pending", asked)
	path := d.in("exports/" + asked.text("id"))
	d.check("and gets no file yet: 409", author.get(path+"/file").status == http.StatusConflict)
	own := author.post(path+"/approve", nil)
	d.check("nobody approves the own request: 409", own.status == http.StatusConflict && own.text("code") == "self_approval", own)
	yes := d.staff("孙主任").post(path+"/approve", nil)
	d.check("the committee agrees", yes.text("state") == "approved", yes)
	d.check("only the author may fetch it: 403", d.staff("蒋主管").get(path+"/file").status == http.StatusForbidden)
	file := author.get(path + "/file")
	rows, err := sheet.Read(d.ctx, file.body, sheet.Limits{Rows: 100_000, Columns: 50, Unpacked: 256 << 20})
	d.check("the file has the names, and whose copy it is", err == nil && len(rows) > d.Households && strings.Contains(fmt.Sprint(rows), homeAt(leaver).owner) && strings.Contains(fmt.Sprint(rows[0]), "DAY-2"), err, len(rows))
	d.check("a second time there is none: 409", author.get(path+"/file").status == http.StatusConflict)
	d.check("everybody in it sees that it was taken", slices.ContainsFunc(me.all("/v1/me/access-log"), func(l object) bool { return l.text("purpose") == "inspection" }))
}

// takeAlong: everything that is stored, in two forms.
func (d *Day) takeAlong(me *caller) {
	h := homeAt(leaver)
	all := me.get("/v1/me/data-export")
	tables := all.in("tables")
	d.check("the export has the own name and phone in clear", strings.Contains(fmt.Sprint(tables.items("persons")), h.owner) && strings.Contains(fmt.Sprint(tables.items("persons")), h.phone), all)
	d.check("passages, consents, passes, homes and who looked", len(tables.items("passages")) > 0 && len(tables.items("consents")) > 0 && len(tables.items("passes")) > 0 &&
		len(tables.items("residencies")) > 0 && len(tables.items("access_log")) > 0, all)
	others := fmt.Sprint(tables)
	d.check("and nobody else", !strings.Contains(others, homeAt(0).owner) && !strings.Contains(others, homeAt(0).phone))
	zipped := me.get("/v1/me/data-export?format=csv")
	pack, err := zip.NewReader(bytes.NewReader(zipped.body), int64(len(zipped.body)))
	d.must("the same as CSV files in a zip", err == nil, err, zipped)
	names, found := map[string]bool{}, false
	for _, f := range pack.File {
		names[strings.TrimSuffix(f.Name, ".csv")] = true
		text, err := contents(f)
		found = found || err == nil && bytes.Contains(text, []byte(h.owner))
	}
	missing := ""
	for table := range tables {
		if !names[table] {
			missing += table + " "
		}
	}
	d.check("one for each table, with the same in it", missing == "" && found, missing)
}

func contents(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 16<<20))
}

// deleted: one call, and nothing is left that opens a gate or tells the name.
func (d *Day) deleted(me *caller) {
	d.later(window)
	h, before, code := homeAt(leaver), me.get("/v1/me").in("person").text("id"), me.code(me.passID)
	d.must("a code is on the phone", code != "")
	renew := me.renew
	me.renew = nil // who is gone does not sign in again by accident
	gone := me.delete("/v1/me")
	began := d.now()
	d.check("everything is deleted with one call", gone.status == http.StatusNoContent, gone)
	d.decided("the code on the phone is refused as revoked", "refuse revoked", func() (string, answer) { return d.scan(d.gate("东门"), code, "in", 0) })
	d.check("within a second", d.now().Sub(began) < time.Second)
	d.check("the sign-in has ended: 401", me.get("/v1/me").status == http.StatusUnauthorized)
	trail := d.staff("钱经理").post(d.in("trails"), map[string]any{"pass_id": me.passID, "purpose": "incident", "ticket": "DAY-3",
		"from": instant(d.now().Add(-time.Hour)), "until": instant(d.now().Add(time.Minute))})
	d.check("staff find no trail of the person any more: 404", trail.status == http.StatusNotFound, trail)
	found, looked := d.traces(nameOf(h.owner), phoneOf(h.phone))
	if looked {
		d.check("the database holds no trace of name and phone", len(found) == 0, found)
	}
	me.renew = renew
	me.token = renew()
	back := me.get("/v1/me")
	d.check("who comes back is a new person, with no home and no consent", back.in("person").text("id") != before && len(back.items("residencies")) == 0 && len(back.items("consents")) == 0, back)
}
