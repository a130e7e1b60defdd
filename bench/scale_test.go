//go:build bench && scale

package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// TestScale is a community of 200,000 residents and ten million passages on MariaDB:
// lists must cost the same on their first page and on their last, with much behind
// them and with little, and the purge of a month must not be felt at the gate.
func TestScale(t *testing.T) {
	dsn := os.Getenv("BENCH_MYSQL_DSN")
	if dsn == "" {
		t.Fatal("BENCH_MYSQL_DSN must name a server where databases may be made")
	}
	t.Setenv("TEST_MYSQL_DSN", dsn)
	t.Cleanup(testkit.DropDatabases)
	residents, passages := amount(t, "SCALE_RESIDENTS", 200_000, 10_000), amount(t, "SCALE_PASSAGES", 10_000_000, 200_000)

	n := &town{rig: newRig(t, gateScans)}
	n.passes = nil
	var err error
	if n.db, err = sql.Open("mysql", driverForm(n.DSN)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A test's database is emptied row by row, which is not for as many as these.
		for _, table := range []string{"passages", "passes", "persons", "residencies", "residency_names", "data_keys", "households",
			"visits", "approvals", "audit_log", "outbox", "uses", "scan_ids"} {
			if _, err := n.db.Exec("TRUNCATE TABLE " + table); err != nil {
				t.Error(err)
			}
		}
		_ = n.db.Close()
	})
	n.settle(t, max(residents/100, 2000))
	n.walk(t, passages/100, passages)
	n.live(t)
	few := n.pages(t)
	n.settle(t, residents)
	n.walk(t, passages, passages)
	n.live(t)
	many := n.pages(t)
	target, meets := atMost(1.5)
	for _, name := range sortedNames(many) {
		m := many[name]
		publish(figure{name + ", middle page/first page", ratios(m.middle, m.first), target, meets, m.detail(m.middle)})
		publish(figure{name + ", last page/first page", ratios(m.last, m.first), target, meets, m.detail(m.last)})
		publish(figure{name + ", first page with much behind it/little", ratios(m.first, few[name].first), target, meets,
			fmt.Sprintf("%.2f ms to %.2f ms", median(m.first), median(few[name].first))})
	}
	n.purge(t)
}

func amount(t *testing.T, name string, standard, least int) int {
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		t.Fatalf("%s must be a number from %d", name, least)
	}
	return n
}

// depth is what a page of a list cost, in milliseconds, at its beginning, in its
// middle and at its end.
type depth struct{ first, middle, last []float64 }

func (d depth) detail(of []float64) string {
	return fmt.Sprintf("%.2f ms to %.2f ms", median(of), median(d.first))
}

func ratios(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}

func sortedNames[V any](m map[string]V) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// purge drops a month of passages while the gate works, and compares the scans of
// that time with those of an undisturbed one before it.
func (n *town) purge(t *testing.T) {
	_, token := n.Device(t, n.Garden.Entrance)
	addr := site(t, n.server.Handler)
	n.passes = n.passes[:gateScans]
	round := func() float64 {
		return shoot(t, addr, gateConnections, n.scansOf(t, gateScans, token, n.code), `"decision":"admit"`).p99
	}
	round() // warms up
	still := []float64{round(), round(), round()}
	purge, err := service.NewPurge(n.Deps, service.Retention{})
	if err != nil {
		t.Fatal(err)
	}
	before := n.count(t)
	done := make(chan error, 1)
	began := time.Now()
	go func() {
		_, err := purge.Pass(context.Background(), store.Lease{})
		done <- err
	}()
	var during []float64
	for {
		p99 := round()
		select {
		case err = <-done:
		default:
			during = append(during, p99)
			n.tell("purge, rounds of scans beside it", len(during), 0)
			continue
		}
		break // the purge ended within this round, so it does not count
	}
	if err != nil || len(during) == 0 {
		t.Fatalf("%d rounds beside the purge: %v", len(during), err)
	}
	dropped := before - n.count(t) + gateScans*(len(during)+1)
	fmt.Printf("scale purge %d passages in %.0f s, %d scans meanwhile\n", dropped, time.Since(began).Seconds(), gateScans*len(during))
	if dropped < n.passages*2/5 {
		t.Fatalf("a month of passages is not %d", dropped)
	}
	still = append(still, round(), round(), round())
	target, meets := atMost(2)
	ratio := make([]float64, len(during))
	for i := range during {
		ratio[i] = during[i] / median(still)
	}
	publish(figure{"p99 of scans during the purge of a month/undisturbed", ratio, target, meets, fmt.Sprintf("%.1f ms to %.1f ms", median(during), median(still))})
}

func (n *town) count(t *testing.T) (passages int) {
	if err := n.db.QueryRow("SELECT COUNT(*) FROM passages").Scan(&passages); err != nil {
		t.Fatal(err)
	}
	return passages
}
