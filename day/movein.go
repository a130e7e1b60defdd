package day

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"communitypass.cn/communitypass/sheet"
)

// home is an imported household, and who of it has a phone.
type home struct {
	building, unit, room, owner, phone string
}

// homeAt is the nth household of the import. Buildings begin at 101, where the cast
// has none.
func homeAt(n int) home {
	return home{building: fmt.Sprint(101 + n/40), unit: fmt.Sprint(1 + n/20%2), room: fmt.Sprintf("%d0%d", 1+n%20/4, 1+n%4),
		owner: "户主" + ordinal(n), phone: fmt.Sprintf("1370%07d", n)}
}

// ordinal writes a number in Chinese digits, since names have none of the others.
func ordinal(n int) string {
	digits := []rune("〇一二三四五六七八九")
	var out []rune
	for _, c := range fmt.Sprintf("%03d", n) {
		out = append(out, digits[c-'0'])
	}
	return string(out)
}

// moveIn imports the roster from a workbook, and lets the owners claim their homes.
func (d *Day) moveIn() {
	rows := [][]string{{"楼栋", "单元", "房号", "姓名", "手机号", "关系", "车牌"}}
	for n := range d.Households {
		h := homeAt(n)
		rows = append(rows, []string{h.building, h.unit, h.room, h.owner, h.phone, "业主", fmt.Sprintf("京a·%05d", n)},
			[]string{h.building, h.unit, h.room, "家属" + ordinal(n), "", "家属", ""})
	}
	var file bytes.Buffer
	if err := sheet.Write(&file, sheet.XLSX, rows); err != nil {
		panic(stuck{err})
	}
	manager := d.staff("钱经理")
	kind := map[string]string{"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	dry := manager.call(http.MethodPost, d.in("roster-imports?dry_run=true"), file.Bytes(), kind)
	d.check("a dry run finds every household and stores none", dry.number("households_new") == d.Households && dry.number("error_count") == 0, dry)
	made := manager.call(http.MethodPost, d.in("roster-imports?dry_run=false"), file.Bytes(), kind)
	d.must("the roster is imported from the .xlsx", made.status == http.StatusCreated && made.number("households_new") == d.Households, made)
	again := manager.call(http.MethodPost, d.in("roster-imports?dry_run=false"), file.Bytes(), kind)
	d.check("importing it again changes nothing", again.number("households_new") == 0 && again.number("people_new") == 0, again)

	parked := 0
	for _, home := range manager.all(d.in("households?limit=200")) {
		if list, _ := home["plates_masked"].([]any); len(list) == 1 && strings.HasPrefix(fmt.Sprint(list[0]), "京A***") {
			parked++
		}
	}
	d.check("the plates of the .xlsx are read, normalised and shown masked", parked == d.Households, parked)

	active := 0
	for n := range d.Households {
		if d.claim(homeAt(n), n) {
			active++
		}
	}
	d.must("every owner signs in with WeChat and has a pass at once", active == d.Households, active)
	first := d.residents[homeAt(0).owner]
	got, a := d.scan(d.gate("东门"), first.code(first.passID), "in", 0)
	d.check("an owner's code opens the east gate", got == "admit ok", a)
}

// claim gives an owner a phone and claims the home with it.
func (d *Day) claim(h home, n int) bool {
	user := map[string]any{"wechat_code": fmt.Sprintf("wx-day-%d", n), "phone_code": fmt.Sprintf("phone-day-%d", n), "open_id": fmt.Sprintf("o-day-%d", n), "phone": h.phone}
	if _, err := d.private(http.MethodPost, "/demo/phones", user); err != nil {
		panic(stuck{err})
	}
	c := d.signIn(user["wechat_code"].(string))
	c.post("/v1/me/phone", map[string]any{"code": user["phone_code"]})
	r := c.post("/v1/residencies", map[string]any{"community_id": d.garden(), "building": h.building, "unit": h.unit, "room": h.room, "name": h.owner, "relation": "owner"})
	for _, p := range c.get("/v1/me/passes").items("items") {
		c.passID = p.text("id")
	}
	d.residents[h.owner] = c
	return r.text("status") == "active" && c.passID != ""
}
