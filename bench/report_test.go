//go:build bench

package bench

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/testkit"

	"github.com/gin-gonic/gin"
)

// figure is one measured ratio, or an amount where there is nothing to compare with.
type figure struct {
	name string
	// rounds are the ratios of the rounds; the median is what counts.
	rounds []float64
	target string
	// meets says whether a value reaches the target.
	meets func(float64) bool
	// detail is the absolute figures behind it, which drift.
	detail string
}

func atLeast(goal float64) (string, func(float64) bool) {
	return fmt.Sprintf("≥%g", goal), func(v float64) bool { return v >= goal }
}

func atMost(goal float64) (string, func(float64) bool) {
	return fmt.Sprintf("≤%g", goal), func(v float64) bool { return v <= goal }
}

// report collects the figures of the run.
var report struct {
	sync.Mutex
	figures []figure
}

// publish prints a figure. A goal that is missed fails nothing: on a busy machine
// one run says little, and the table says it anyway.
func publish(f figure) {
	fmt.Printf("bench %s ratio=%.3f target=%s\n", f.name, median(f.rounds), f.target)
	report.Lock()
	defer report.Unlock()
	report.figures = append(report.figures, f)
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	code := m.Run()
	printTable()
	if code != 0 {
		os.Exit(code)
	}
}

func printTable() {
	var b strings.Builder
	b.WriteString("\n| what | median | rounds | target | met | behind it (median) |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, f := range report.figures {
		met := "no"
		if f.meets(median(f.rounds)) {
			met = "yes"
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f–%.2f | %s | %s | %s |\n", f.name, median(f.rounds),
			slices.Min(f.rounds), slices.Max(f.rounds), f.target, met, f.detail)
	}
	fmt.Print(b.String())
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// inTurn times ours and the floor alternately, each n times a round, and gives the
// ratios of their times and the median time of one call of each.
func inTurn(rounds, n int, ours, floor func()) (ratios []float64, detail string) {
	var a, b []float64
	for round := range rounds {
		pair := [2]float64{}
		for i := range 2 {
			which := (i + round) % 2
			run := [2]func(){ours, floor}[which]
			began := time.Now()
			for range n {
				run()
			}
			pair[which] = float64(time.Since(began).Nanoseconds()) / float64(n) / 1000
		}
		a, b, ratios = append(a, pair[0]), append(b, pair[1]), append(ratios, pair[0]/pair[1])
	}
	return ratios, fmt.Sprintf("%.1f µs to %.1f µs", median(a), median(b))
}

// onDatabases runs a measurement on SQLite, and on MySQL where there is one.
func onDatabases(t *testing.T, measure func(t *testing.T, name string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Setenv("TEST_MYSQL_DSN", "")
		measure(t, "sqlite")
	})
	t.Run("mysql", func(t *testing.T) {
		dsn := os.Getenv("BENCH_MYSQL_DSN")
		if dsn == "" {
			t.Skip("BENCH_MYSQL_DSN names no server")
		}
		t.Setenv("TEST_MYSQL_DSN", dsn)
		t.Cleanup(testkit.DropDatabases)
		measure(t, "mysql")
	})
}
