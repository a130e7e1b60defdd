package service_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// midnight is the end of the day of testkit.Noon in UTC+8.
var midnight = model.FromMillis(anchor.Start(anchor.Next(anchor.Day(model.Millis(testkit.Noon)))))

// anchored is a sealed house with three days of acts and their anchors, the last
// day under way.
func anchored(t *testing.T) (*testkit.Gatehouse, *service.Anchors, []model.Anchor) {
	t.Helper()
	g, sealer := sealedHouse(t)
	anchors := service.NewAnchors(g.Deps, sealer)
	for range 3 {
		g.Clock.Advance(24 * time.Hour)
		if n := mustDo[int](t)(anchors.Pass(t.Context())); n != 1 {
			t.Fatalf("%d anchors of a day", n)
		}
		act(t, g.House, g.ID())
	}
	mustDo[int](t)(sealer.Seal(t.Context()))
	return g, anchors, mustDo[[]model.Anchor](t)(g.Store.View(t.Context()).AnchorsAfter("", 100))
}

func TestADayIsAnchoredAtItsEndAndNotBefore(t *testing.T) {
	g, sealer := sealedHouse(t)
	anchors := service.NewAnchors(g.Deps, sealer)
	g.Clock.Advance(midnight.Sub(g.Clock.Now()) - time.Millisecond)
	if n := mustDo[int](t)(anchors.Pass(t.Context())); n != 0 {
		t.Errorf("%d anchors before midnight", n)
	}
	act(t, g.House, "late")
	g.Clock.Advance(time.Millisecond)
	for i, want := range []int{1, 0, 0} {
		if n := mustDo[int](t)(anchors.Pass(t.Context())); n != want {
			t.Errorf("pass %d after midnight: %d anchors", i, n)
		}
	}
	head := mustDo[model.ChainLink](t)(g.Store.View(t.Context()).LastLink())
	last := mustDo[model.Anchor](t)(g.Store.View(t.Context()).LastAnchor())
	if last.Seq != head.Seq || last.Day != anchor.Day(model.Millis(testkit.Noon)) || last.Passages != 11 {
		t.Errorf("anchor %+v, head %d", last, head.Seq)
	}
	g.Clock.Advance(4 * 24 * time.Hour) // the server was off
	if n := mustDo[int](t)(anchors.Pass(t.Context())); n != 4 {
		t.Errorf("%d anchors after four days", n)
	}
}

func TestTwoReplicasAnchorOnce(t *testing.T) {
	g, sealer := sealedHouse(t)
	g.Clock.Advance(2 * 24 * time.Hour)
	total := 0
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			n, err := service.NewAnchors(g.Deps, sealer).Pass(context.Background())
			mu.Lock()
			defer mu.Unlock()
			if total += n; err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	// Who loses leaves the rest to the next pass.
	total += mustDo[int](t)(service.NewAnchors(g.Deps, sealer).Pass(t.Context()))
	if stored := mustDo[[]model.Anchor](t)(g.Store.View(t.Context()).AnchorsAfter("", 100)); total != 2 || len(stored) != 2 {
		t.Errorf("%d anchors made, %d stored", total, len(stored))
	}
}

func TestAnchorsLeaveTheDatabase(t *testing.T) {
	g, anchors, stored := anchored(t)
	file := anchor.File{Path: filepath.Join(t.TempDir(), "deep", "anchors.jsonl")}
	for i, want := range []int{3, 0} {
		if n := mustDo[int](t)(anchors.Copy(t.Context(), file)); n != want {
			t.Errorf("copy %d: %d lines", i, n)
		}
	}
	// A crash in the middle of a line: it is written anew.
	text := mustDo[[]byte](t)(os.ReadFile(file.Path))
	if err := os.WriteFile(file.Path, text[:len(text)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	if n := mustDo[int](t)(anchors.Copy(t.Context(), file)); n != 1 {
		t.Errorf("%d lines after a crash", n)
	}
	copies := mustDo[[]model.Anchor](t)(anchor.Read(mustDo[[]byte](t)(os.ReadFile(file.Path))))
	if len(copies) != len(stored) {
		t.Fatalf("%d copies of %d", len(copies), len(stored))
	}
	keys := mustDo[anchor.Keys](t)(anchors.Keys(t.Context()))
	report := mustDo[service.AnchorsReport](t)(anchors.Verify(t.Context(), keys, copies, ""))
	if report.Break != nil || report.Anchors != 3 || report.Copies != 3 {
		t.Errorf("report %+v %+v", report, report.Break)
	}
	g.Clock.Advance(25*time.Hour + time.Minute)
	report = mustDo[service.AnchorsReport](t)(anchors.Verify(t.Context(), keys, copies, ""))
	if report.Break == nil || report.Break.What != service.BreakAnchorMissing || report.Break.Day != anchor.Next(stored[2].Day) {
		t.Errorf("a day without anchor: %+v", report.Break)
	}
}

// Whatever is done to chain and anchors is found by the chain, the anchors or their
// copies, and named by its day.
func TestTamperingIsFoundByAnchors(t *testing.T) {
	const last = "(SELECT d FROM (SELECT MAX(day) AS d FROM audit_anchors) AS x)"
	const middle = "(SELECT d FROM (SELECT day AS d FROM audit_anchors ORDER BY day LIMIT 1 OFFSET 1) AS x)"
	cases := []struct {
		name       string
		statements []string
		what       string
	}{
		{"the chain and its records are cut off before the last anchor", []string{
			"DELETE FROM audit_log WHERE id IN (SELECT entry_id FROM audit_chain WHERE seq >= (SELECT seq FROM audit_anchors WHERE day = " + last + "))",
			"DELETE FROM audit_chain WHERE seq >= (SELECT seq FROM audit_anchors WHERE day = " + last + ")"}, service.BreakChainCut},
		{"with the last anchor as well", []string{
			"DELETE FROM audit_log WHERE id IN (SELECT entry_id FROM audit_chain WHERE seq >= (SELECT seq FROM audit_anchors WHERE day = " + last + "))",
			"DELETE FROM audit_chain WHERE seq >= (SELECT seq FROM audit_anchors WHERE day = " + last + ")",
			"DELETE FROM audit_anchors WHERE day = " + last}, service.BreakAnchorMissing},
		{"everything", []string{"DELETE FROM audit_anchors", "DELETE FROM audit_chain", "UPDATE audit_log SET sealed = 0", "UPDATE passage_batches SET sealed = 0"}, service.BreakAnchorMissing},
		{"a day's anchor is removed", []string{"DELETE FROM audit_anchors WHERE day = " + middle}, service.BreakAnchorMissing},
		{"the first anchor is removed", []string{"DELETE FROM audit_anchors WHERE day = (SELECT d FROM (SELECT MIN(day) AS d FROM audit_anchors) AS x)"}, service.BreakAnchorDetached},
		{"the last anchor is removed", []string{"DELETE FROM audit_anchors WHERE day = " + last}, service.BreakAnchorMissing},
		{"an anchor's number", []string{"UPDATE audit_anchors SET seq = seq - 1 WHERE day = " + middle}, service.BreakAnchorForged},
		{"an anchor's count", []string{"UPDATE audit_anchors SET passages = passages + 1 WHERE day = " + middle}, service.BreakAnchorForged},
		{"an anchor's time", []string{"UPDATE audit_anchors SET at = at + 1 WHERE day = " + middle}, service.BreakAnchorForged},
		{"an anchor's hash", []string{"UPDATE audit_anchors SET hash = previous_hash WHERE day = " + middle}, service.BreakAnchorForged},
		{"an anchor moved to another day", []string{"UPDATE audit_anchors SET day = '2031-01-01' WHERE day = " + last}, service.BreakAnchorMissing},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, anchors, copies := anchored(t)
			keys := mustDo[anchor.Keys](t)(anchors.Keys(t.Context()))
			db := g.Probe(t)
			for _, s := range c.statements {
				if _, err := db.Exec(s); err != nil {
					t.Fatal(err)
				}
			}
			chain := mustDo[service.VerifyReport](t)(service.NewSealer(g.Deps, 0).Verify(t.Context(), nil))
			report := mustDo[service.AnchorsReport](t)(anchors.Verify(t.Context(), keys, copies, ""))
			if report.Break == nil || report.Break.What != c.what || report.Break.Day == "" {
				t.Errorf("found %+v by anchors (%+v by the chain), want %s", report.Break, chain.Break, c.what)
			}
		})
	}
}

// A chain made anew from the first link, and anchors signed with a key of the
// forger's, are held against copies and keys that were kept elsewhere.
func TestAChainMadeAnewIsFound(t *testing.T) {
	g, anchors, copies := anchored(t)
	keys := mustDo[anchor.Keys](t)(anchors.Keys(t.Context()))
	db := g.Probe(t)
	for _, s := range []string{"DELETE FROM audit_anchors", "DELETE FROM audit_chain", "UPDATE audit_log SET sealed = 0", "UPDATE passage_batches SET sealed = 0",
		"UPDATE audit_log SET target_id = 'somebody else' WHERE target_id = 'thing-2'"} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	// The forger runs the program: chain and anchors are whole in themselves.
	mustDo[int](t)(service.NewSealer(g.Deps, 0).Seal(t.Context()))
	g.Clock.Advance(24 * time.Hour)
	mustDo[int](t)(anchors.Pass(t.Context()))
	report := mustDo[service.AnchorsReport](t)(anchors.Verify(t.Context(), keys, copies, ""))
	if report.Break == nil {
		t.Error("it was not found")
	}
}

// Passages go at the end of their time; neither chain nor anchors break by it.
func TestThePurgeBreaksNoAnchor(t *testing.T) {
	g, anchors, copies := anchored(t)
	g.Clock.Advance(31 * 24 * time.Hour)
	purge := mustDo[*service.Purge](t)(service.NewPurge(g.Deps, service.Retention{}))
	if _, err := purge.Pass(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		mustDo[int](t)(anchors.Pass(t.Context()))
	}
	if left := g.CountPassages(t, "", "Z"); left != 0 {
		t.Errorf("%d passages are left", left)
	}
	chain := mustDo[service.VerifyReport](t)(service.NewSealer(g.Deps, 0).Verify(t.Context(), nil))
	keys := mustDo[anchor.Keys](t)(anchors.Keys(t.Context()))
	report := mustDo[service.AnchorsReport](t)(anchors.Verify(t.Context(), keys, copies, ""))
	if chain.Break != nil || report.Break != nil || chain.Purged == 0 {
		t.Errorf("chain %+v, anchors %+v, %d purged", chain.Break, report.Break, chain.Purged)
	}
}

func TestAnchorLinesAreStrict(t *testing.T) {
	for _, bad := range []string{"{", `{"day":"2026-11-22","hash":"xyz"}`, `{"day":"2026-11-22","hash":"","kid":"nobody"}`} {
		if _, err := anchor.Read([]byte(bad + "\n")); err == nil || !strings.HasPrefix(err.Error(), "line 1") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
