package store_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// many is how many rows each table has: a quarter belongs to each of four.
const many = 2000

// ofWhom are four communities, people or homes, as the column has it.
type ofWhom [4]string

func (w ofWhom) at(i int) string { return w[i%4] }

// keyAt is the id of a row, in the order of the rows.
func keyAt(i int) string { return fmt.Sprintf("%026d", i) }

// filled says what the columns hold that matter for a list; the rest is filled by
// type.
type filled func(i int) map[string]any

// plant fills a table.
func plant(t *testing.T, h *testkit.House, db *sql.DB, table string, n int, with filled) {
	t.Helper()
	columns := columnsOf(t, h, db, table, with(0))
	const atOnce = 100
	for from := 0; from < n; from += atOnce {
		var marks []string
		var args []any
		for i := from; i < min(from+atOnce, n); i++ {
			row := with(i)
			for _, c := range columns {
				value, ok := row[c.name]
				if !ok {
					value = c.filler(i)
				}
				args = append(args, value)
			}
			marks = append(marks, "("+strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")+")")
		}
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.quoted
		}
		if _, err := db.Exec("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES "+strings.Join(marks, ", "), args...); err != nil {
			t.Fatal(table, err)
		}
	}
	if h.Store.Dialect() == store.MySQL {
		if _, err := db.Exec("ANALYZE TABLE " + table); err != nil {
			t.Fatal(err)
		}
	}
}

type filledColumn struct{ name, quoted, kind string }

func (c filledColumn) filler(i int) any {
	switch {
	case c.name == "id" || c.name == "root_id" || c.name == "pass_id":
		return keyAt(i)
	case strings.Contains(c.kind, "int"):
		return 0
	case strings.Contains(c.kind, "blob") || strings.Contains(c.kind, "binary"):
		return []byte(fmt.Sprintf("%032d", i))
	}
	return "x"
}

// columnsOf lists the columns that are given or must have a value.
func columnsOf(t *testing.T, h *testkit.House, db *sql.DB, table string, given map[string]any) []filledColumn {
	t.Helper()
	query, quote := `SELECT name, type, "notnull" = 1 AND dflt_value IS NULL FROM pragma_table_info(?)`, `"`
	if h.Store.Dialect() == store.MySQL {
		query, quote = "SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?", "`"
	}
	rows, err := db.Query(query, table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []filledColumn
	for rows.Next() {
		var c filledColumn
		var must bool
		if err := rows.Scan(&c.name, &c.kind, &must); err != nil {
			t.Fatal(err)
		}
		if _, ok := given[c.name]; ok || must {
			c.kind, c.quoted = strings.ToLower(c.kind), quote+c.name+quote
			out = append(out, c)
		}
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		t.Fatalf("%s has %d columns: %v", table, len(out), err)
	}
	return out
}
