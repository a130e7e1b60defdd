package day

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"communitypass.cn/communitypass/gm"
)

// endEmergency ends the first emergency by hand and lets another one lapse; what is
// left of either is a certificate.
func (d *Day) endEmergency() {
	report := d.owner(4).all("/v1/me/health-reports")
	path := "/v1/emergencies/" + d.played.first
	d.refused("the property manager may not end it", d.staff("钱经理").post(path+"/end", map[string]any{"reason": "no more"}), 403, "forbidden")
	a := d.staff("孙主任").post(path+"/end", map[string]any{"reason": "疫情结束"})
	d.must("the committee ends the emergency before its date", a.status == 200 && (a.text("state") == "ended" || a.text("state") == "destroyed"), a)
	d.refused("it ends once", d.staff("吴副主任").post(path+"/end", map[string]any{"reason": "疫情结束"}), 409, "state_changed")
	d.healthIsOff(report)
	d.gatesGoOn()
	d.workOff()
	d.certificate(d.played.first, "hand")
	d.nothingLeft()
	d.lapse()
}

// healthIsOff asks for everything of health in ordinary mode.
func (d *Day) healthIsOff(report []object) {
	id := ""
	if len(report) > 0 {
		id = report[0].text("id")
	}
	who, officer := d.owner(4), d.staff("孙主任")
	for what, a := range map[string]answer{
		"a report":      d.report(who, map[string]any{"temperature_c": 36.5}),
		"own reports":   who.get("/v1/me/health-reports"),
		"a correction":  who.post("/v1/health-reports/"+id+"/corrections", map[string]any{"temperature_c": 36.5}),
		"the follow-up": officer.get(d.in("health-follow-ups?purpose=rounds")),
		"the summary":   d.staff("周科长").get(d.in("health-summary")),
		"a red restriction": officer.post(d.in("restrictions"), map[string]any{"subject_kind": "person", "subject_id": who.personID, "effect": "red",
			"basis": "没有依据", "reason": "没有依据", "expires_at": d.after(time.Hour)}),
	} {
		d.refused(what+" answers that there is no emergency", a, 409, "not_in_emergency")
	}
	me := who.get("/v1/me")
	d.check("one's own page has no colour any more", me.status == 200 && me.object["colour"] == nil, me)
	d.check("nor is anything asked", len(who.get("/v1/me/emergency").items("items")) == 0)
}

// gatesGoOn checks that nobody meets what is over.
func (d *Day) gatesGoOn() {
	got, a := d.enters(d.owner(d.Households - 1))
	d.check("who never reported is admitted", got == "admit ok", a)
	got, a = d.enters(d.owner(4))
	d.check("who was yellow is admitted, and no colour is shown", got == "admit ok" && a.in("display")["colour"] == nil, a)
	got, a = d.passes(d.owner(6), "东门", "in", 38.5)
	d.check("a temperature is judged no more", got == "admit ok", a)
}

// certificate fetches one without a credential and verifies it.
func (d *Day) certificate(id, by string) {
	a := d.nobody().get("/v1/emergencies/" + id + "/certificate")
	d.must("anybody can fetch the certificate", a.status == 200 && a.text("algorithm") == "SM2SM3", a)
	keys := d.nobody().get("/.well-known/jwks.json")
	d.check("its signature is right by the published key", signed(a, keys, a.text("payload")) == nil, signed(a, keys, a.text("payload")))
	flipped := []byte(a.text("payload"))
	flipped[len(flipped)/2] ^= 1
	d.check("with one bit flipped it is wrong", signed(a, keys, string(flipped)) != nil)
	var says struct {
		EmergencyID string         `json:"emergency_id"`
		OrderNumber string         `json:"order_number"`
		EndedBy     string         `json:"ended_by"`
		Destroyed   map[string]int `json:"destroyed"`
		Key         struct {
			Fingerprint string `json:"sm3_of_wrapped_key"`
		} `json:"key"`
	}
	err := json.Unmarshal([]byte(a.text("payload")), &says)
	d.check("it names the emergency, the order and by what it ended", err == nil && says.EmergencyID == id && strings.HasPrefix(says.OrderNumber, orderNumber) &&
		says.EndedBy == by && len(says.Key.Fingerprint) == 64, a)
	rows := 0
	for _, n := range says.Destroyed {
		rows += n
	}
	d.check("and how much was destroyed", by == "clock" || rows >= 3*d.Households, says.Destroyed)
	text := string(a.body)
	d.check("and nobody", !strings.ContainsAny(text, "户*") && !strings.Contains(text, canary) && !strings.Contains(text, d.owner(4).personID), a)
}

// signed verifies a certificate with the key set alone.
func signed(certificate, keys answer, payload string) error {
	for _, k := range keys.items("keys") {
		if k.text("kid") != certificate.text("key_id") {
			continue
		}
		x, errX := base64.RawURLEncoding.DecodeString(k.text("x"))
		y, errY := base64.RawURLEncoding.DecodeString(k.text("y"))
		signature, errS := base64.StdEncoding.DecodeString(certificate.text("signature"))
		if errX != nil || errY != nil || errS != nil {
			return fmt.Errorf("not readable: %v", certificate)
		}
		public, err := gm.ParsePublic(append(append([]byte{4}, x...), y...))
		if err != nil {
			return err
		}
		if !gm.VerifySM2(public, []byte(payload), signature) {
			return fmt.Errorf("wrong signature")
		}
		return nil
	}
	return fmt.Errorf("no key %s", certificate.text("key_id"))
}

// nothingLeft looks for what was reported in the files of the database; a file that
// holds the order number shows that looking finds what is there.
func (d *Day) nothingLeft() {
	if d.Database != "" {
		return // its files are not ours to read
	}
	where, files := map[string][]string{}, 0
	err := filepath.WalkDir(d.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		held, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, text := range []string{canary, orderNumber} {
			if bytes.Contains(held, []byte(text)) {
				where[text] = append(where[text], entry.Name())
			}
		}
		return nil
	})
	d.check("the order number is found in the database's files", err == nil && len(where[orderNumber]) > 0, err, files)
	d.check("what was reported is found in none, nor in the log", err == nil && len(where[canary]) == 0, where[canary])
}

// lapse begins the emergency that was prepared, and leaves it to the clock.
func (d *Day) lapse() {
	path := "/v1/emergencies/" + d.played.second
	a := d.staff("周科长").post(path+"/approve", nil)
	d.must("the emergency that was prepared begins now", a.status == http.StatusOK && a.text("state") == "active", a)
	d.workOff() // residents are told, and have a day from then
	a = d.report(d.owner(4), map[string]any{"symptoms": []string{canary}})
	d.check("reports are asked again", a.status == http.StatusCreated, a)
	ends, err := time.Parse(time.RFC3339, d.staff("周科长").get(path).text("ends_at"))
	if err != nil {
		panic(stuck{err})
	}
	d.later(ends.Sub(d.now()) - time.Minute)
	got, at := d.enters(d.owner(d.Households - 1))
	d.check("until its last minute it is in force", got == "refer health_report_due", at)
	d.later(time.Minute)
	got, at = d.enters(d.owner(d.Households - 1))
	d.check("at its end it lapses by itself", got == "admit ok", at)
	d.refused("and health is off", d.report(d.owner(4), map[string]any{"temperature_c": 36.5}), 409, "not_in_emergency")
	d.workOff()
	d.certificate(d.played.second, "clock")
	d.nothingLeft()
}
