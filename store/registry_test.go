package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// A column that nobody has thought about fails the build, in either dialect; so
// does an entry without a column.
func TestEveryColumnIsPersonalOrDeclaredNot(t *testing.T) {
	registry := map[string][]string{}
	for table, columns := range model.ImpersonalColumns {
		registry[table] = slices.Clone(columns)
	}
	for _, f := range model.PersonalFields() {
		registry[f.Table] = append(registry[f.Table], f.Column)
	}
	for dialect, schema := range map[string]map[string][]string{"sqlite": sqliteSchema(t), "mysql": mysqlSchema(t)} {
		if len(schema) < 30 {
			t.Errorf("%s: the test sees only %d tables", dialect, len(schema))
		}
		for table, columns := range schema {
			for _, c := range columns {
				if !slices.Contains(registry[table], c) {
					t.Errorf("%s: %s.%s is neither personal nor declared impersonal (model/registry.go)", dialect, table, c)
				}
			}
		}
		for table, columns := range registry {
			for _, c := range columns {
				if !slices.Contains(schema[table], c) {
					t.Errorf("%s: the registry names %s.%s, which does not exist", dialect, table, c)
				}
			}
		}
	}
}

// sqliteSchema runs the steps and asks the database what there is.
func sqliteSchema(t *testing.T) map[string][]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "schema.db")
	s, err := store.Open(t.Context(), store.Config{DSN: path}, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT m.name, p.name FROM sqlite_master AS m, pragma_table_info(m.name) AS p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		out[table] = append(out[table], column)
	}
	return out
}

var (
	mysqlTable = regexp.MustCompile("(?m)^(?:CREATE|ALTER) TABLE `?([a-z0-9_]+)`?")
	// A column stands on a line of its own, or is added by a step of its own.
	mysqlColumn = regexp.MustCompile("(?m)^\\s+(?:ADD COLUMN )?`([a-z0-9_]+)` |ADD COLUMN `?([a-z0-9_]+)`? ")
)

// mysqlSchema reads the steps of the other dialect, which SQLite cannot run.
func mysqlSchema(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("migrations/mysql/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		table := mysqlTable.FindSubmatch(text)
		if table == nil {
			continue // an index
		}
		for _, c := range mysqlColumn.FindAllSubmatch(text, -1) {
			out[string(table[1])] = append(out[string(table[1])], string(c[1])+string(c[2]))
		}
	}
	return out
}
