package service_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// sealedHouse has some acts and some passages, all in the chain.
func sealedHouse(t *testing.T) (*testkit.Gatehouse, *service.Sealer) {
	t.Helper()
	g := testkit.NewGatehouse(t)
	sealer := service.NewSealer(g.Deps, 0)
	reader := g.Reader(t, g.Garden.Entrance)
	for i := range 6 {
		act(t, g.House, fmt.Sprint("thing-", i))
		pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
		g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), admission.In)
		g.Clock.Advance(time.Second)
	}
	// One batch of several passages.
	var uploads []service.OfflinePassage
	for range 5 {
		pass := g.Pass(t, g.Garden, g.Person(t, "李四", "13800000002"))
		uploads = append(uploads, offline(g.ID(), g.Code(t, pass, g.Clock.Now()), g.Clock.Now()))
	}
	mustDo[[]service.OfflineResult](t)(g.Gates.Upload(t.Context(), reader, uploads))
	if n := mustDo[int](t)(sealer.Seal(t.Context())); n < 13 {
		t.Fatalf("%d entries sealed", n)
	}
	return g, sealer
}

func act(t testing.TB, h *testkit.House, target string) {
	t.Helper()
	err := h.Store.Update(context.Background(), func(tx *store.Tx) error {
		return tx.Audit(nil, h.Garden.ID, "thing.do", "thing", target, map[string]string{"state": "done"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWholeChainVerifies(t *testing.T) {
	g, sealer := sealedHouse(t)
	var heard []int
	report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), func(n int) { heard = append(heard, n) }))
	if report.Break != nil || report.Links < 13 || report.Passages != 11 || report.Batches < 7 || report.HeadSeq != int64(report.Links) || len(report.Head) != 32 {
		t.Errorf("report %+v", report)
	}
	if len(heard) == 0 || heard[len(heard)-1] != report.Links+report.Passages {
		t.Errorf("progress %v", heard)
	}
	if n := mustDo[int](t)(sealer.Seal(t.Context())); n != 0 {
		t.Errorf("%d entries sealed twice", n)
	}
	// What is written afterwards continues the chain and does not change its past.
	act(t, g.House, "thing-more")
	g.Scan(t, g.Reader(t, g.Garden.Back), "not a code", admission.In)
	unsealed := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	if unsealed.Break != nil || !bytes.Equal(unsealed.Head, report.Head) {
		t.Errorf("before sealing: %+v", unsealed)
	}
	mustDo[int](t)(sealer.Seal(t.Context()))
	later := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	if later.Break != nil || later.Links != report.Links+2 {
		t.Errorf("after sealing: %+v", later)
	}
}

func TestAnEmptyChainVerifies(t *testing.T) {
	h := testkit.NewHouse(t)
	report := mustDo[service.VerifyReport](t)(service.NewSealer(h.Deps, 0).Verify(t.Context(), nil))
	if report.Break != nil || report.Links != 0 || report.Head != nil {
		t.Errorf("report %+v", report)
	}
}

// Whatever is changed behind the store is found, and named.
func TestTamperingIsFound(t *testing.T) {
	const someAct = "(SELECT id FROM (SELECT id FROM audit_log ORDER BY id LIMIT 1 OFFSET 2) AS x)"
	const somePassage = "(SELECT id FROM (SELECT id FROM passages ORDER BY id LIMIT 1 OFFSET 3) AS x)"
	const lastPassage = "(SELECT id FROM (SELECT id FROM passages ORDER BY id DESC LIMIT 1) AS x)"
	const someBatch = "(SELECT id FROM (SELECT id FROM passage_batches ORDER BY id LIMIT 1 OFFSET 2) AS x)"
	columns := "community_id, gate_id, device_id, kind, direction, perimeter, decision, reason, rule_version, online, scanned_at, received_at, outcome"
	cases := []struct{ name, statement, what string }{
		{"an act's target", "UPDATE audit_log SET target_id = 'other' WHERE id = " + someAct, service.BreakEntryAltered},
		{"an act's detail", "UPDATE audit_log SET detail = '{}' WHERE id = " + someAct, service.BreakEntryAltered},
		{"an act's time", "UPDATE audit_log SET at = at - 1 WHERE id = " + someAct, service.BreakEntryAltered},
		{"an act's actor", "UPDATE audit_log SET actor_id = 'somebody' WHERE id = " + someAct, service.BreakEntryAltered},
		{"an act is removed", "DELETE FROM audit_log WHERE id = " + someAct, service.BreakEntryMissing},
		{"an act is slipped in", "INSERT INTO audit_log SELECT '00000000000000000000000000', at, community_id, actor_kind, actor_id, action, target_kind, target_id, detail, 1 FROM audit_log WHERE id = " + someAct, service.BreakEntryUnlinked},
		{"a passage's time", "UPDATE passages SET scanned_at = scanned_at + 1 WHERE id = " + somePassage, service.BreakPassagesAltered},
		{"a passage's pass", "UPDATE passages SET pass_number = pass_number + 1 WHERE id = " + somePassage, service.BreakPassagesAltered},
		{"a refusal made an admission", "UPDATE passages SET decision = 'refuse' WHERE id = " + lastPassage, service.BreakPassagesAltered},
		{"online made offline", "UPDATE passages SET online = 1 - online WHERE id = " + lastPassage, service.BreakPassagesAltered},
		{"how a pass was shown", "UPDATE passages SET way = 'card' WHERE id = " + lastPassage, service.BreakPassagesAltered},
		{"a passage is removed", "DELETE FROM passages WHERE id = " + somePassage, service.BreakPassagesMissing},
		{"the last passage is removed", "DELETE FROM passages WHERE id = " + lastPassage, service.BreakPassagesMissing},
		{"a passage is slipped in before all", "INSERT INTO passages (id, " + columns + ") SELECT '00000000000000000000000000', " + columns + " FROM passages WHERE id = " + somePassage, service.BreakPassageAdded},
		{"a passage is slipped in after all", "INSERT INTO passages (id, " + columns + ") SELECT '7ZZZZZZZZZZZZZZZZZZZZZZZZZ', " + columns + " FROM passages WHERE id = " + somePassage, service.BreakPassageAdded},
		{"a passage is slipped in between", "INSERT INTO passages (id, " + columns + ") SELECT (SELECT CONCAT(SUBSTR(last_id, 1, 25), 'Z') FROM passage_batches WHERE last_id NOT LIKE '%Z' ORDER BY id LIMIT 1), " + columns + " FROM passages WHERE id = " + somePassage, service.BreakPassageAdded},
		{"a batch's count", "UPDATE passage_batches SET rows_count = rows_count + 1 WHERE id = " + someBatch, service.BreakEntryAltered},
		{"a batch's end", "UPDATE passage_batches SET last_id = CONCAT(SUBSTR(last_id, 1, 25), CASE SUBSTR(last_id, 26) WHEN 'Z' THEN 'Y' ELSE 'Z' END) WHERE id = " + someBatch, service.BreakEntryAltered},
		{"a batch's seal", "UPDATE passage_batches SET digest = hash FROM_CHAIN WHERE id = " + someBatch, service.BreakEntryAltered},
		{"a batch is removed", "DELETE FROM passage_batches WHERE id = " + someBatch, service.BreakEntryMissing},
		{"a link is removed", "DELETE FROM audit_chain WHERE seq = 4", service.BreakLinkMissing},
		{"the first link is removed", "DELETE FROM audit_chain WHERE seq = 1", service.BreakLinkMissing},
		{"the last link is removed", "DELETE FROM audit_chain WHERE seq = (SELECT n FROM (SELECT MAX(seq) AS n FROM audit_chain) AS x)", service.BreakEntryUnlinked},
		{"a link's hash", "UPDATE audit_chain SET hash = digest WHERE seq = 4", service.BreakLinkAltered},
		{"a link's digest", "UPDATE audit_chain SET digest = hash WHERE seq = 4", service.BreakLinkAltered},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, sealer := sealedHouse(t)
			tamper(t, g.Probe(t), g.Store.Dialect(), c.statement)
			report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
			if report.Break == nil || report.Break.What != c.what {
				t.Fatalf("found %+v, want %s", report.Break, c.what)
			}
			if report.Break.ID == "" {
				t.Errorf("the break is not named: %+v", report.Break)
			}
		})
	}
}

// tamper runs a statement of a test in the words of the dialect; it must hit
// exactly one row.
func tamper(t testing.TB, db *sql.DB, d store.Dialect, statement string) {
	t.Helper()
	statement = strings.Replace(statement, "hash FROM_CHAIN", "(SELECT hash FROM audit_chain WHERE seq = 1)", 1)
	if d == store.SQLite {
		statement = strings.Replace(statement, "CONCAT(SUBSTR(last_id, 1, 25), 'Z')", "SUBSTR(last_id, 1, 25) || 'Z'", 1)
	}
	result, err := db.Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n != 1 {
		t.Fatalf("%d rows were hit", n)
	}
}

// A batch whose passages are gone is well when it is old enough, and only as a whole.
func TestOldPassagesMayBeGone(t *testing.T) {
	g, sealer := sealedHouse(t)
	db := g.Probe(t)
	remove := func(rest string) {
		t.Helper()
		if _, err := db.Exec("DELETE FROM passages " + rest); err != nil {
			t.Fatal(err)
		}
	}
	g.Clock.Advance(service.DefaultPassageAge - time.Minute)
	remove("WHERE id = (SELECT id FROM (SELECT id FROM passages ORDER BY id LIMIT 1) AS x)") // a batch of one, 30 days old
	report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	if report.Break != nil || report.Purged != 1 {
		t.Errorf("one batch gone: %+v, %+v", report, report.Break)
	}
	last := "WHERE id = (SELECT id FROM (SELECT id FROM passages ORDER BY id DESC LIMIT 1) AS x)"
	g.Clock.Advance(time.Hour)
	remove(last) // of a batch of five, or of several
	if b := lastBatch(t, g); b.RowsCount > 1 {
		report = mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
		if report.Break == nil || report.Break.What != service.BreakPassagesMissing {
			t.Errorf("part of an old batch gone: %+v", report.Break)
		}
	}
	remove("")
	report = mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	if report.Break != nil || report.Purged != report.Batches {
		t.Errorf("all gone: %+v, %+v", report, report.Break)
	}
	g.Clock.Advance(-2 * time.Hour)
	report = mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	if report.Break == nil || report.Break.What != service.BreakPassagesMissing {
		t.Errorf("gone before their time: %+v", report.Break)
	}
}

func lastBatch(t testing.TB, g *testkit.Gatehouse) model.PassageBatch {
	t.Helper()
	all := g.Batches(t)
	return all[len(all)-1]
}

// Replicas seal at once while gates record: every entry stands in the chain once.
func TestReplicasSealOneChain(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	var work sync.WaitGroup
	done := make(chan struct{})
	for i := range 2 {
		work.Go(func() {
			for n := range 20 {
				act(t, g.House, fmt.Sprint("thing-", i, "-", n))
				g.Scan(t, reader, "not a code", admission.In)
			}
		})
	}
	var sealers sync.WaitGroup
	var report service.VerifyReport
	for range 3 {
		sealer := service.NewSealer(g.Deps, 0)
		sealers.Go(func() {
			for {
				if _, err := sealer.Seal(context.Background()); err != nil {
					t.Error(err)
					return
				}
				if r, err := sealer.Verify(context.Background(), nil); err != nil || r.Break != nil {
					t.Errorf("while others write: %+v, %v", r.Break, err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	work.Wait()
	close(done)
	sealers.Wait()
	sealer := service.NewSealer(g.Deps, 0)
	for mustDo[int](t)(sealer.Seal(t.Context())) > 0 {
	}
	report = mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	entries := mustDo[[]model.AuditEntry](t)(g.Store.View(t.Context()).AuditEntries("", "", 1000))
	if report.Break != nil || report.Links != len(entries)+len(g.Batches(t)) || report.Passages != 40 {
		t.Errorf("%+v, %+v: %d acts, %d batches", report, report.Break, len(entries), len(g.Batches(t)))
	}
}

// Had the chain not bound the batch's own row, this would look like a purge.
func TestABatchIsNotPassedOffAsAnOldOne(t *testing.T) {
	g, sealer := sealedHouse(t)
	db, b := g.Probe(t), lastBatch(t, g)
	const old = "00000000000000000000000000"
	for _, statement := range []string{
		"DELETE FROM passages WHERE id >= '" + b.ID + "'",
		"UPDATE audit_chain SET entry_id = '" + old + "' WHERE entry_id = '" + b.ID + "'",
		"UPDATE passage_batches SET id = '" + old + "', last_id = '" + old + "' WHERE id = '" + b.ID + "'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
	if report.Break == nil || report.Break.What != service.BreakEntryAltered || report.Break.ID != old {
		t.Errorf("found %+v", report.Break)
	}
}
