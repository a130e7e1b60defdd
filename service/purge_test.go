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

// tableOfKind is where the rows of a kind are.
func tableOfKind(kind string) string {
	if kind == "declined residencies" {
		return "residencies"
	}
	return kind
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
		{"access_log", "INSERT INTO access_log (id, at, person_id, reader_id, reader_role, what) VALUES ('l', ?, 'p', 'r', 'guard', 'trail')", noon, 3 * 365 * day, step},
		{"sharing_ledger", "INSERT INTO sharing_ledger (id, at, community_id, recipient_id, recipient_kind, recipient_name, event_id, event_type, subject, fields, policy_version, purpose, agreement, sm3) VALUES ('l', ?, 'c', 'r', 'property', 'n', 'e', 't', 's', '', 1, 'p', 'a', 'h')", noon, 3 * 365 * day, step},
		{"privacy_findings", "INSERT INTO privacy_findings (id, kind, reader_id, day, at, looks, state) VALUES ('f', 'k', 'r', 1, ?, 21, 'closed')", noon, 3 * 365 * day, step},
		{"exports", "INSERT INTO exports (id, community_id, kind, purpose, ticket, author_id, approval_id, created_at) VALUES ('e', 'c', 'k', 'p', 't', 'a', 'b', ?)", noon, 3 * 365 * day, step},
		{"data_exports", "INSERT INTO data_exports (id, person_id, format, at) VALUES ('e', 'p', 'json', ?)", noon, day, step},
		{"consents", "INSERT INTO consents (id, person_id, purpose, text_version, text_hash, channel, given_at, withdrawn_at) VALUES ('c', 'p', 'sharing', '1', x'00', 'paper', 1, ?)", noon, 3 * 365 * day, step},
		{"declined residencies", "INSERT INTO residencies (id, community_id, household_id, person_id, relation, status, created_at, decided_at) VALUES ('r', 'c', 'h', 'p', 'owner', 'declined', 1, ?)", noon, 30 * day, step},
		{"roster_imports", "INSERT INTO roster_imports (id, community_id, created_by, created_at, dry_run, partial, state, rows_count, households_new, people_new, people_changed, unchanged, unknown_columns, error_count, errors) VALUES ('i', 'c', 's', ?, 0, 0, 'done', 0, 0, 0, 0, 0, '[]', 0, '[]')", noon, 90 * day, step},
		{"handovers", "INSERT INTO handovers (id, community_id, gate_id, state, author_id, since, created_at) VALUES ('h', 'c', 'g', 'accepted', 'a', 1, ?)", noon, 180 * day, step},
		{"gate_enrolments", "INSERT INTO gate_enrolments (code_hash, community_id, gate_id, profile, created_by, created_at, expires_at) VALUES ('h', 'c', 'g', 'reader', 's', 1, ?)", noon, day, step},
	} {
		t.Run(c.table, func(t *testing.T) {
			h := testkit.NewHouse(t)
			db := h.Probe(t)
			purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{}))
			if _, err := db.Exec(c.insert, c.value); err != nil {
				t.Fatal(err)
			}
			h.Clock.Advance(c.age)
			if n := purgedBy(t, purge)[c.table]; n != 0 || rowsIn(t, db, tableOfKind(c.table)) != 1 {
				t.Errorf("dropped %d at the age of %s", n, c.age)
			}
			h.Clock.Advance(c.step)
			if n := purgedBy(t, purge)[c.table]; n != 1 || rowsIn(t, db, tableOfKind(c.table)) != 0 {
				t.Errorf("dropped %d at the age of %s", n, c.age+c.step)
			}
		})
	}
}

// Passages go at the end of their time with what conflicts hold of them; the chain
// stays whole all the while.
func TestPurgeTakesOldPassagesAndTheirConflicts(t *testing.T) {
	g := testkit.NewGatehouse(t)
	const age = 7 * 24 * time.Hour
	purge := mustDo[*service.Purge](t)(service.NewPurge(g.Deps, service.Retention{Passages: age}))
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

// moved changes the one time that is set.
func moved(r service.Retention, by time.Duration) service.Retention {
	for _, d := range []*time.Duration{&r.Passages, &r.AccessLog, &r.Consents, &r.Declined, &r.RosterImports} {
		if *d != 0 {
			*d += by
		}
	}
	return r
}

func TestPurgeRefusesATimeOutOfBounds(t *testing.T) {
	h := testkit.NewHouse(t)
	const day = 24 * time.Hour
	for _, c := range []struct{ least, utmost service.Retention }{
		{service.Retention{Passages: 7 * day}, service.Retention{Passages: 180 * day}},
		{service.Retention{AccessLog: 180 * day}, service.Retention{AccessLog: 3650 * day}},
		{service.Retention{Consents: 180 * day}, service.Retention{Consents: 3650 * day}},
		{service.Retention{Declined: 7 * day}, service.Retention{Declined: 365 * day}},
		{service.Retention{RosterImports: 7 * day}, service.Retention{RosterImports: 365 * day}},
	} {
		mustDo[*service.Purge](t)(service.NewPurge(h.Deps, c.least))
		mustDo[*service.Purge](t)(service.NewPurge(h.Deps, c.utmost))
		for _, beyond := range []service.Retention{moved(c.least, -1), moved(c.utmost, 1)} {
			_, err := service.NewPurge(h.Deps, beyond)
			refusedAs(t, err, model.CodeInvalid)
		}
	}
}

func TestPurgeStopsWithItsContext(t *testing.T) {
	h := testkit.NewHouse(t)
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{}))
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
	purge := mustDo[*service.Purge](t)(service.NewPurge(h.Deps, service.Retention{}))
	if n := purgedBy(t, purge)["changes"]; n != 10_000 {
		t.Errorf("dropped %d", n)
	}
}
