package chaos_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// obey checks, after the faults, that what the gates were told is what is stored,
// and what was stored is what the property system got.
func (w *world) obey() {
	w.t.Helper()
	stored := w.passages()
	w.storedOnce(stored)
	w.admittedOnce()
	w.forwardedOnce(stored)
}

// passages lists all that are stored, as the manager sees them.
func (w *world) passages() map[string]wire.Passage {
	w.t.Helper()
	out := map[string]wire.Passage{}
	path := "/v1/communities/" + w.community() + "/passages?limit=200"
	for next := path; next != ""; {
		page := ask[wire.PassageList](w, http.MethodGet, next, w.staff(), nil)
		for _, p := range page.Items {
			if _, twice := out[p.Id]; twice {
				w.t.Errorf("passage %s is listed twice", p.Id)
			}
			out[p.Id] = p
		}
		next = ""
		if page.NextCursor != nil {
			next = path + "&cursor=" + url.QueryEscape(*page.NextCursor)
		}
	}
	return out
}

// storedOnce: each scan is one passage, and there is no passage without a scan.
func (w *world) storedOnce(stored map[string]wire.Passage) {
	w.t.Helper()
	scans := map[string]string{}
	for _, e := range w.book.answered {
		id := e.answer.PassageId
		if other, known := scans[id]; known && other != e.scan.ScanId {
			w.t.Errorf("passage %s answers two scans", id)
		}
		scans[id] = e.scan.ScanId
		p, found := stored[id]
		switch {
		case !found:
			w.t.Errorf("passage %s was acknowledged and is lost", id)
		case p.Decision != e.answer.Decision || p.Reason != e.answer.Reason:
			w.t.Errorf("passage %s was told as %s (%s) and is stored as %s (%s)", id, e.answer.Decision, e.answer.Reason, p.Decision, p.Reason)
		}
	}
	if len(stored) != len(scans) {
		w.t.Errorf("%d passages stored for %d scans", len(stored), len(scans))
	}
}

// admittedOnce: a code lets in once per direction and ring of gates.
func (w *world) admittedOnce() {
	w.t.Helper()
	admitted := map[string]map[string]bool{}
	for _, e := range w.book.answered {
		if e.answer.Decision != wire.Admit {
			continue
		}
		use := fmt.Sprint(e.scan.Code, e.scan.Direction, e.gate.perimeter)
		if admitted[use] == nil {
			admitted[use] = map[string]bool{}
		}
		if admitted[use][e.answer.PassageId] = true; len(admitted[use]) > 1 {
			w.t.Errorf("one code was admitted %d times: %v", len(admitted[use]), admitted[use])
		}
	}
	if len(admitted) == 0 {
		w.t.Error("nobody was admitted: the load shows nothing")
	}
}

// deliveries lists all of a recipient.
func (w *world) deliveries(recipientID string) []wire.Delivery {
	w.t.Helper()
	var out []wire.Delivery
	path := "/v1/recipients/" + recipientID + "/deliveries?limit=200"
	for next := path; next != ""; {
		page := ask[wire.DeliveryList](w, http.MethodGet, next, w.staff(), nil)
		out = append(out, page.Items...)
		next = ""
		if page.NextCursor != nil {
			next = path + "&cursor=" + url.QueryEscape(*page.NextCursor)
		}
	}
	return out
}

// forwardedOnce: one event for each passage, numbered without a gap, each arrived,
// and those that arrived twice the same both times.
func (w *world) forwardedOnce(stored map[string]wire.Passage) {
	w.t.Helper()
	w.drained()
	sequences, ids := map[int64]bool{}, map[string]int64{}
	for _, d := range w.deliveries(w.recipientID) {
		if d.State != wire.DeliveryStateDelivered || sequences[d.Sequence] {
			w.t.Errorf("delivery %s is %s, sequence %d", d.Id, d.State, d.Sequence)
		}
		sequences[d.Sequence], ids[d.Id] = true, d.Sequence
	}
	w.gapless("the test's property system", sequences)
	w.gapless("the demo's property system", w.demoSequences())
	if len(ids) != len(stored) {
		w.t.Errorf("%d events for %d passages", len(ids), len(stored))
	}
	subjects := map[string]bool{}
	for _, e := range w.property.Received() {
		var body struct{ Subject string }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			w.t.Error(err)
		}
		_, known := stored[body.Subject]
		if sequence, kept := ids[e.ID]; !kept || sequence != e.Sequence || !known || subjects[body.Subject] || !e.Verified || !e.Identical {
			w.t.Errorf("event %s (sequence %d, stored as %d) about %s (stored: %t, told before: %t): verified %t, identical %t",
				e.ID, e.Sequence, sequence, body.Subject, known, subjects[body.Subject], e.Verified, e.Identical)
		}
		subjects[body.Subject] = true
	}
	if len(subjects) != len(stored) {
		w.t.Errorf("%d of %d passages reached the property system", len(subjects), len(stored))
	}
}

func (w *world) gapless(who string, sequences map[int64]bool) {
	w.t.Helper()
	for n := int64(1); n <= int64(len(sequences)); n++ {
		if !sequences[n] {
			w.t.Errorf("%s: sequence %d is missing of %d", who, n, len(sequences))
			return
		}
	}
}

// demoSequences are those of the property system within the process, which dies
// with it: only the numbers can be checked.
func (w *world) demoSequences() map[int64]bool {
	w.t.Helper()
	out := map[int64]bool{}
	for _, d := range w.deliveries(w.demo().Property.RecipientID) {
		out[d.Sequence] = true
	}
	return out
}

// drained waits until nothing is on its way. What a killed process had leased is
// sent again when the lease has run out: the clock is moved for that.
func (w *world) drained() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	moved := false
	for begun := time.Now(); ; {
		r := ask[wire.Recipient](w, http.MethodGet, "/v1/recipients/"+w.recipientID, w.staff(), nil)
		if r.Waiting == 0 {
			return
		}
		if !moved && time.Since(begun) > 2*time.Second {
			w.advance(61 * time.Second)
			moved = true
		}
		if model.Wait(ctx, 100*time.Millisecond) != nil {
			w.t.Fatalf("%d events still wait", r.Waiting)
		}
	}
}

// sealed stops the program and verifies the chain over what it wrote, and the file
// itself where there is one.
func (w *world) sealed() {
	w.t.Helper()
	if code := w.program.Stop(w.t); code != 0 {
		w.t.Errorf("exit code %d\n%s", code, w.program.Log())
	}
	dsn := w.dsn
	if dsn == "" {
		dsn = w.file()
		w.intact()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	clock := model.SystemClock{}
	s, err := store.Open(ctx, store.Config{DSN: dsn}, clock)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	sealer := service.NewSealer(service.Deps{Store: s, Clock: clock, Log: slog.New(slog.DiscardHandler)}, 0)
	for n := 1; n > 0; {
		if n, err = sealer.Seal(ctx); err != nil {
			w.t.Fatal(err)
		}
	}
	report, err := sealer.Verify(ctx, nil)
	if err != nil || report.Break != nil {
		w.t.Fatalf("the chain: %v, %+v", err, report.Break)
	}
	if scans := w.scans(); report.Passages != scans {
		w.t.Errorf("the chain binds %d passages of %d", report.Passages, scans)
	}
	w.t.Logf("chain: %d links, %d batches, %d passages", report.Links, report.Batches, report.Passages)
}

// scans counts what was answered, each scan once.
func (w *world) scans() int {
	ids := map[string]bool{}
	for _, e := range w.book.answered {
		ids[e.scan.ScanId] = true
	}
	return len(ids)
}

// openFile opens the SQLite file of a program that is not running.
func (w *world) openFile() *sql.DB {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.file())
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// intact lets SQLite check its file.
func (w *world) intact() {
	w.t.Helper()
	db := w.openFile()
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		w.t.Errorf("integrity: %q %v", verdict, err)
	}
}
