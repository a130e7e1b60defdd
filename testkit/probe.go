package testkit

import (
	"database/sql"
	"fmt"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Probe is a second connection to the house's database, for what only a test may
// do: look behind the store, and break things.
func (h *House) Probe(t testing.TB) *sql.DB {
	t.Helper()
	driver, dsn := "sqlite", "file:"+h.DSN+"?_pragma=busy_timeout(5000)"
	if h.Store.Dialect() == store.MySQL {
		driver, dsn = "mysql", driverDSN(h.DSN)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// FailInserts makes the database refuse each new row of a table in which a column
// has the given value, until the test ends.
func (h *House) FailInserts(t testing.TB, table, column, value string) {
	t.Helper()
	db := h.Probe(t)
	statement := fmt.Sprintf("CREATE TRIGGER fail_insert BEFORE INSERT ON %s WHEN NEW.%s = '%s' BEGIN SELECT RAISE(ABORT, 'poison'); END", table, column, value)
	if h.Store.Dialect() == store.MySQL {
		statement = fmt.Sprintf("CREATE TRIGGER fail_insert BEFORE INSERT ON %s FOR EACH ROW IF NEW.%s = '%s' THEN SIGNAL SQLSTATE '45000'; END IF", table, column, value)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP TRIGGER fail_insert"); err != nil {
			t.Error(err)
		}
	})
}

// Recipient stores a recipient that nothing is sent to, and gives its id.
func (h *House) Recipient(t testing.TB, c Community) string {
	t.Helper()
	id := h.ID()
	_, err := h.Probe(t).Exec(`INSERT INTO recipients (id, community_id, kind, name, url, state, wants_sm2, secret_ct, event_types, field_policy, policy_version, purpose, agreement, created_by, created_at)
		VALUES (?, ?, 'property', '物业', 'https://property.example/events', 'active', 0, 'x', '["cn.communitypass.passage.recorded"]', '{}', 1, '验证转发', 'A-1', '', 1)`, id, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Sequences lists the sequences of a recipient's events, in order.
func (h *House) Sequences(t testing.TB, recipientID string) []int64 {
	t.Helper()
	return column[int64](t, h.Probe(t), "SELECT sequence FROM outbox WHERE recipient_id = ? ORDER BY sequence", recipientID)
}

// Batches lists the seals over the passages of each commit.
func (h *House) Batches(t testing.TB) []model.PassageBatch {
	t.Helper()
	rows, err := h.Probe(t).Query("SELECT id, last_id, rows_count FROM passage_batches ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []model.PassageBatch
	for rows.Next() {
		var b model.PassageBatch
		if err := rows.Scan(&b.ID, &b.LastID, &b.RowsCount); err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// CountPassages counts the passages with ids from first to last.
func (h *House) CountPassages(t testing.TB, first, last string) int {
	t.Helper()
	return column[int](t, h.Probe(t), "SELECT COUNT(*) FROM passages WHERE id BETWEEN ? AND ?", first, last)[0]
}

func column[T any](t testing.TB, db *sql.DB, query string, args ...any) []T {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}
