package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func jsonHas(text []byte, part string) bool { return bytes.Contains(text, []byte(part)) }

// canaries are words that may stand nowhere in the database.
const (
	canarySymptom = "金丝雀症状"
	canaryReason  = "金丝雀理由"
	canaryAppeal  = "金丝雀申诉"
)

// After the end no field of health can be read, on any replica; the counts are right
// although the work was cut off and shared by two; gates go on working.
func TestTheEndDestroysEverythingOfHealth(t *testing.T) {
	w := newWard(t)
	there, feed := replica(t, w.House, w.Clock)
	second, err := store.Open(t.Context(), store.Config{DSN: w.DSN}, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	second.UseRing(w.Directory.Ring())

	var all []tenant
	for _, room := range []string{"101", "102", "103"} {
		all = append(all, w.tenant(t, w.Garden, "1", room, true))
	}
	e := w.on(t, w.order(7))
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		w.report(t, p, model.HealthAnswers{Symptoms: []string{canarySymptom}, TemperatureTenths: 387})
	}
	w.showsAt(t, all[0], 391)
	in := w.against(all[1], model.EffectRed, 1<<40)
	in.Reason = canaryReason
	r := w.standing(t, in)
	if _, err := w.restrictions.Appeal(t.Context(), all[1].Caller, r.ID, canaryAppeal); err != nil {
		t.Fatal(err)
	}
	ban := w.standing(t, w.against(all[2], model.EffectBan, 1<<40)) // not of health: it stays
	// The second replica has the key in its memory.
	if _, err := second.View(t.Context()).LastHealthReport(e.ID, all[0].PersonID); err != nil {
		t.Fatal(err)
	}

	var wrapped []byte
	if err := w.Probe(t).QueryRowContext(t.Context(), "SELECT wrapped FROM data_keys WHERE subject_id = ?", e.ID).Scan(&wrapped); err != nil || len(wrapped) == 0 {
		t.Fatalf("the wrapped key is %x, %v", wrapped, err)
	}
	if _, err := w.emergencies.End(t.Context(), w.first, e.ID, "已平息"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.View(t.Context()).LastHealthReport(e.ID, all[0].PersonID); !model.IsNotFound(err) {
		t.Errorf("a report is read after the end: %v", err)
	}
	second.ForgetDataKey(e.ID) // as its feed does
	if _, err := second.View(t.Context()).LastHealthReport(e.ID, all[0].PersonID); !model.IsNotFound(err) {
		t.Errorf("the other replica reads a report after the end: %v", err)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, _ := there.Community(w.Garden.ID); c.Emergency != nil || c.Mode != model.ModeOrdinary {
		t.Error("the other replica is still in the emergency")
	}
	if _, err := w.emergencies.Certificate(t.Context(), e.ID); !model.IsNotFound(err) {
		t.Errorf("there is a certificate before anything is destroyed: %v", err)
	}

	cut, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.emergencies.Destroy(cut, store.Lease{}); err == nil {
		t.Error("a job that was cut off says nothing")
	}
	w.Update(t, func(tx *store.Tx) error { _, err := tx.DestroyRows(e.ID, "health_reports", 2); return err }) // crashed after a chunk
	var wait sync.WaitGroup
	var mu sync.Mutex
	certified := 0
	for range 2 {
		wait.Go(func() {
			n, err := w.emergencies.Destroy(context.Background(), store.Lease{})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			certified += n
			mu.Unlock()
		})
	}
	wait.Wait()
	if certified != 1 {
		t.Fatalf("certified %d times", certified)
	}
	for _, table := range store.HealthTables {
		if n := w.count(t, "SELECT COUNT(*) FROM "+table+" WHERE emergency_id = ?", e.ID); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	if n := w.count(t, "SELECT COUNT(*) FROM data_keys WHERE subject_id = ? AND wrapped IS NULL AND destroyed_at > 0", e.ID); n != 1 {
		t.Error("the key is still there")
	}
	if n := w.count(t, "SELECT COUNT(*) FROM passages WHERE temperature_tenths <> 0"); n != 0 {
		t.Errorf("%d passages hold a temperature", n)
	}
	w.wantCertificate(t, e.ID)
	w.wantNoCanary(t, canarySymptom, canaryReason, canaryAppeal, `"temperature_tenths"`, string(wrapped))
	w.wantReason(t, all[0], admission.ReasonOK)
	w.wantReason(t, all[1], admission.ReasonOK)
	w.wantReason(t, all[2], admission.ReasonRestricted)
	if list, err := w.restrictions.List(t.Context(), w.author, w.Garden.ID, "", service.Page{}); err != nil || len(list.Items) != 1 || list.Items[0].ID != ban.ID {
		t.Errorf("%+v, %v", list, err)
	}
}

func (w *ward) wantCertificate(t testing.TB, id string) {
	t.Helper()
	c, err := w.emergencies.Certificate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := w.Directory.Ring().Platform()
	if !gm.VerifySM2(key.Public(), c.Payload, c.Signature) || c.KeyID != service.PlatformKeyID(key.Number) {
		t.Error("the certificate does not verify")
	}
	if gm.VerifySM2(key.Public(), bytes.Replace(c.Payload, []byte(`"health_reports":3`), []byte(`"health_reports":2`), 1), c.Signature) {
		t.Error("an altered certificate verifies")
	}
	var body struct {
		Destroyed map[string]int64
		Key       map[string]string
	}
	if err := json.Unmarshal(c.Payload, &body); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int64{"appeals": 1, "restrictions": 1, "temperature_readings": 1, "health_reports": 3, "health_standings": 3} {
		if body.Destroyed[table] != want {
			t.Errorf("%s: %d destroyed, want %d", table, body.Destroyed[table], want)
		}
	}
	if len(body.Key["sm3_of_wrapped_key"]) != 64 {
		t.Errorf("the key is named %v", body.Key)
	}
}

// wantNoCanary looks through the files of the database; on a server the sealed
// columns were looked at table by table.
func (w *ward) wantNoCanary(t testing.TB, canaries ...string) {
	t.Helper()
	if w.Store.Dialect() != store.SQLite {
		return
	}
	looked := false
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(w.DSN + suffix)
		if err != nil && suffix == "" {
			t.Fatal(err)
		}
		looked = looked || strings.Contains(string(text), "应急〔2026〕7号")
		for _, canary := range canaries {
			if strings.Contains(string(text), canary) {
				t.Errorf("%q stands in the database", canary)
			}
		}
	}
	if !looked {
		t.Error("the database was not looked through")
	}
}
