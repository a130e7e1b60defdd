package service_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// rowsIn counts the rows of a table.
func rowsIn(t testing.TB, db *sql.DB, table string) int {
	t.Helper()
	var n int
	if err := db.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func purgedBy(t testing.TB, p *service.Purge) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, purged := range mustDo[[]service.Purged](t)(p.Pass(t.Context(), store.Lease{})) {
		out[purged.Kind] = purged.Count
	}
	return out
}

// Every kind of row stays up to the end of its time and is gone a moment later.
func TestPurgeKeepsToTheMoment(t *testing.T) {
	noon, window := model.Millis(testkit.Noon), int64(passcode.WindowAt(testkit.Noon))
	day, step := 24*time.Hour, time.Millisecond
	for _, c := range []struct {
		table, insert string
		value         int64
		age, step     time.Duration
	}{
		{"scan_ids", "INSERT INTO scan_ids (device_id, scan_id, passage_id, received_at) VALUES ('d', 's', 'p', ?)", noon, 7 * day, step},
		{"uses", "INSERT INTO uses (window_no, pass_number, direction, perimeter, passage_id) VALUES (?, 1, 1, 'site', 'p')", window, 7*day + 30*time.Second - step, step},
		{"changes", "INSERT INTO changes (kind, ref, community_id, at) VALUES ('keys', 'k', '', ?)", noon, time.Hour, step},
		{"idempotency_keys", "INSERT INTO idempotency_keys (caller, key_hash, request_digest, state, created_at, expires_at) VALUES ('c', 'k', 'd', 'answered', 1, ?)", noon, 0, step},
		{"sign_in_failures", "INSERT INTO sign_in_failures (id, bucket, at) VALUES ('f', 'b', ?)", noon, day, step},
		{"refresh_tokens", "INSERT INTO refresh_tokens (hash, session_id, issued_at, expires_at) VALUES ('h', 's', 1, ?)", noon, 7 * day, step},
		{"sessions", "INSERT INTO sessions (id, kind, account_id, person_id, created_at, expires_at) VALUES ('s', 'staff', 'a', 'p', 1, ?)", noon, 7 * day, step},
		{"gate_enrolments", "INSERT INTO gate_enrolments (code_hash, community_id, gate_id, profile, created_by, created_at, expires_at) VALUES ('h', 'c', 'g', 'reader', 's', 1, ?)", noon, day, step},
	} {
		t.Run(c.table, func(t *testing.T) {
			h := testkit.NewHouse(t)
			db := h.Probe(t)
			purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, 0))
			if _, err := db.Exec(c.insert, c.value); err != nil {
				t.Fatal(err)
			}
			h.Clock.Advance(c.age)
			if n := purgedBy(t, purge)[c.table]; n != 0 || rowsIn(t, db, c.table) != 1 {
				t.Errorf("dropped %d at the age of %s", n, c.age)
			}
			h.Clock.Advance(c.step)
			if n := purgedBy(t, purge)[c.table]; n != 1 || rowsIn(t, db, c.table) != 0 {
				t.Errorf("dropped %d at the age of %s", n, c.age+c.step)
			}
		})
	}
}

// Passages go at the end of their time with what conflicts hold of them; the chain
// stays whole all the while.
func TestPurgeTakesOldPassagesAndTheirConflicts(t *testing.T) {
	g := testkit.NewGatehouse(t)
	const age = 48 * time.Hour
	purge := mustDo[*service.Purge](t)(service.NewPurge(g.Deps, age))
	sealer := service.NewSealer(g.Deps, age)
	east, west := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)
	both := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	late := g.Pass(t, g.Garden, g.Person(t, "李四", "13800000002"))
	upload := func(reader *model.Caller, p model.Pass, at time.Time) {
		t.Helper()
		mustDo[[]service.OfflineResult](t)(g.Gates.Upload(t.Context(), reader, []service.OfflinePassage{offline(g.ID(), g.Code(t, p, at), at)}))
	}
	start := g.Clock.Now()
	upload(east, both, start)
	upload(west, both, start) // a conflict of two old passages
	upload(east, late, start)
	g.Clock.Advance(time.Hour)
	upload(west, late, start) // a conflict of an old and a newer one
	g.Scan(t, east, "not a code", admission.In)
	mustDo[int](t)(sealer.Seal(t.Context()))
	db := g.Probe(t)
	counts := func() [3]int {
		t.Helper()
		report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil))
		if report.Break != nil {
			t.Errorf("the chain is broken: %+v", report.Break)
		}
		return [3]int{rowsIn(t, db, "passages"), rowsIn(t, db, "conflicts"), rowsIn(t, db, "conflict_admissions")}
	}
	for _, c := range []struct {
		name string
		at   time.Duration // after the start
		want [3]int
	}{
		{"before the time", age - time.Hour, [3]int{5, 2, 4}},
		{"at the end of the first hour's time", age, [3]int{5, 2, 4}},
		{"a moment later", age + time.Millisecond, [3]int{2, 1, 1}},
		{"at the end of the second hour's time", age + time.Hour, [3]int{2, 1, 1}},
		{"a moment after that", age + time.Hour + time.Millisecond, [3]int{0, 0, 0}},
	} {
		g.Clock.Advance(start.Add(c.at).Sub(g.Clock.Now()))
		purgedBy(t, purge)
		if got := counts(); got != c.want {
			t.Errorf("%s: %v passages, conflicts, admissions, want %v", c.name, got, c.want)
		}
	}
}

func TestPurgeRefusesATimeTooShort(t *testing.T) {
	h := testkit.NewHouse(t)
	for _, age := range []time.Duration{-time.Hour, time.Millisecond, 24*time.Hour - 1} {
		_, err := service.NewPurge(h.Deps, age)
		refusedAs(t, err, model.CodeInvalid)
	}
	mustDo[*service.Purge](t)(service.NewPurge(h.Deps, 24*time.Hour))
}

func TestPurgeStopsWithItsContext(t *testing.T) {
	h := testkit.NewHouse(t)
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, 0))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := purge.Pass(ctx, store.Lease{}); model.CodeOf(err) != model.CodeTimeout {
		t.Errorf("got %v", err)
	}
}

// What is more than one transaction takes goes in several.
func TestPurgeGoesOnUntilNothingIsLeft(t *testing.T) {
	h := testkit.NewHouse(t)
	const digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	_, err := h.Probe(t).Exec("INSERT INTO changes (kind, ref, community_id, at) SELECT 'keys', 'k', '', a.n FROM " +
		digits + " AS a, " + digits + " AS b, " + digits + " AS c, " + digits + " AS d")
	if err != nil {
		t.Fatal(err)
	}
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, 0))
	if n := purgedBy(t, purge)["changes"]; n != 10_000 {
		t.Errorf("dropped %d", n)
	}
}
