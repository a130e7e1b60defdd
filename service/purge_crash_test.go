package service_test

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// oldLooks fills the access log with n lines of an age, their tickets named.
func oldLooks(t testing.TB, h *testkit.House, ticket string, n int, age time.Duration) {
	t.Helper()
	at := model.Millis(h.Clock.Now().Add(-age))
	h.Update(t, func(tx *store.Tx) error {
		var all []model.AccessEntry
		for i := range n {
			all = append(all, model.AccessEntry{ID: fmt.Sprintf("01ARZ3NDEKTSV4RR%s%06d", ticket[:4], i), At: at, PersonID: h.ID(), ReaderID: h.ID(), What: "trail", Ticket: fmt.Sprintf("%s-%03d", ticket, i)})
		}
		return tx.CreateAccessEntries(all)
	})
}

// A purge that is cut off in the middle has dropped whole chunks, nothing early,
// and goes on from there.
func TestAPurgeThatIsCutOffGoesOn(t *testing.T) {
	h := testkit.NewHouse(t)
	const kept = 180 * 24 * time.Hour
	oldLooks(t, h, "GONE", 50, kept+time.Millisecond)
	oldLooks(t, h, "KEPT", 5, kept)
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{AccessLog: kept}))
	purge.InChunks(7)
	db := h.Probe(t)
	fail := "CREATE TRIGGER power_cut BEFORE DELETE ON access_log WHEN OLD.ticket = 'GONE-030' BEGIN SELECT RAISE(ABORT, 'cut'); END"
	if h.Store.Dialect() == store.MySQL {
		fail = "CREATE TRIGGER power_cut BEFORE DELETE ON access_log FOR EACH ROW IF OLD.ticket = 'GONE-030' THEN SIGNAL SQLSTATE '45000'; END IF"
	}
	if _, err := db.Exec(fail); err != nil {
		t.Fatal(err)
	}
	if _, err := purge.Pass(t.Context(), store.Lease{}); err == nil {
		t.Fatal("the purge was not cut off")
	}
	if left := rowsIn(t, db, "access_log"); left <= 5 || left >= 55 || (55-left)%7 != 0 {
		t.Errorf("%d rows are left of 55", left)
	}
	if _, err := db.Exec("DROP TRIGGER power_cut"); err != nil {
		t.Fatal(err)
	}
	purgedBy(t, purge)
	if left := rowsIn(t, db, "access_log"); left != 5 {
		t.Errorf("%d rows are left in the end", left)
	}
}

// Between two chunks others come first: the purge rests after each full one, and
// not after the last.
func TestAPurgeRestsBetweenItsChunks(t *testing.T) {
	h := testkit.NewHouse(t)
	const kept = 180 * 24 * time.Hour
	oldLooks(t, h, "GONE", 25, kept+time.Millisecond)
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{AccessLog: kept}))
	purge.InChunks(10)
	var left []int
	db := h.Probe(t)
	purge.Rests(func(d time.Duration) {
		if d <= 0 || d > time.Second {
			t.Errorf("rests for %s", d)
		}
		left = append(left, rowsIn(t, db, "access_log"))
	})
	purgedBy(t, purge)
	if fmt.Sprint(left) != "[15 5]" {
		t.Errorf("rested with %v rows left", left)
	}
}

// Two replicas purging at the same time drop each row once.
func TestTwoReplicasPurgeTheSame(t *testing.T) {
	h := testkit.NewHouse(t)
	const kept = 180 * 24 * time.Hour
	oldLooks(t, h, "GONE", 60, kept+time.Millisecond)
	oldLooks(t, h, "KEPT", 5, kept)
	var counts [2]int64
	var done sync.WaitGroup
	for i := range counts {
		purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{AccessLog: kept}))
		purge.InChunks(7)
		done.Go(func() {
			out, err := purge.Pass(t.Context(), store.Lease{})
			if err != nil {
				t.Error(err)
			}
			for _, p := range out {
				if p.Kind == "access_log" {
					counts[i] = p.Count
				}
			}
		})
	}
	done.Wait()
	if left := rowsIn(t, h.Probe(t), "access_log"); left != 5 || counts[0]+counts[1] != 60 {
		t.Errorf("dropped %v, left %d", counts, left)
	}
}

// What was purged is not in the file either, once the log is folded in.
func TestPurgedRowsAreNotInTheFile(t *testing.T) {
	h := testkit.NewHouse(t)
	if h.Store.Dialect() != store.SQLite {
		t.Skip("reads the file")
	}
	oldLooks(t, h, "CANARY", 20, 3*365*24*time.Hour+time.Millisecond)
	found := func() int {
		if _, err := h.Probe(t).Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, file := range []string{h.DSN, h.DSN + "-wal"} {
			content, err := os.ReadFile(file)
			if err != nil && file == h.DSN {
				t.Fatal(err)
			}
			n += bytes.Count(content, []byte("CANARY-0"))
		}
		return n
	}
	if found() == 0 {
		t.Fatal("the test looks in the wrong place")
	}
	purgedBy(t, mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{})))
	if n := found(); n != 0 {
		t.Errorf("found %d times", n)
	}
}
