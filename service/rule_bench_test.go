package service_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"

	"github.com/oklog/ulid/v2"
)

// BenchmarkRehearsal replays 100,000 passages a day of 5,000 passes, for one day or
// for as many as REHEARSAL_DAYS says.
func BenchmarkRehearsal(b *testing.B) {
	days, _ := strconv.Atoi(os.Getenv("REHEARSAL_DAYS"))
	days = max(days, 1)
	g := testkit.NewGatehouse(b)
	passes := make([]model.Pass, 5000)
	person := g.Person(b, "张三", "13800000001")
	for i := range passes {
		passes[i] = g.Pass(b, g.Garden, person)
	}
	g.Clock.Advance(time.Duration(days) * 24 * time.Hour)
	fillPassages(b, g, passes, days)
	rules := service.NewRules(g.Deps)
	var draft admission.Rules
	draft.Kinds.Resident.Quota = 10
	draft.Kinds.Resident.Hours = admission.Hours{{Days: admission.EveryDay, From: 6 * 60, To: 23 * 60}}
	b.ResetTimer()
	for range b.N {
		got, err := rules.Rehearse(b.Context(), g.Manager(g.Garden), g.Garden.ID, draft, min(days, 30))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(got.Counts.Passages), "passages")
		b.ReportMetric(float64(got.Counts.Passages)/b.Elapsed().Seconds()*float64(b.N), "passages/s")
		if !got.Complete {
			b.Logf("incomplete: %+v", got.Counts)
		}
	}
}

// fillPassages writes passages behind the recorder's back.
func fillPassages(b *testing.B, g *testkit.Gatehouse, passes []model.Pass, days int) {
	b.Helper()
	db := g.Probe(b)
	begun := g.Clock.Now().Add(-time.Duration(days) * 24 * time.Hour)
	for day := range days {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		insert, err := tx.Prepare(`INSERT INTO passages (id, community_id, gate_id, device_id, pass_number, kind, direction, perimeter, window_no, decision, reason,
			rule_version, online, scanned_at, received_at, outcome) VALUES (?, ?, ?, '', ?, 'resident', ?, 'site', ?, 'admit', 'ok', 1, 1, ?, ?, 'decided')`)
		if err != nil {
			b.Fatal(err)
		}
		for n := range 100_000 {
			at := begun.Add(time.Duration(day)*24*time.Hour + time.Duration(n)*864*time.Millisecond)
			ms := model.Millis(at)
			id := ulid.MustNew(uint64(ms), ulid.DefaultEntropy()).String()
			p := passes[rand.N(len(passes))]
			_, err := insert.Exec(id, g.Garden.ID, g.Garden.Entrance.ID, p.Number, []string{"in", "out"}[n%2], n/35+day*2880, ms, ms)
			if err != nil {
				b.Fatal(fmt.Errorf("passage %d: %w", n, err))
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}
