package store_test

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

func steps(t *testing.T, dialect string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("migrations", dialect, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	return files
}

// Steps are numbered without a gap, the same in both dialects, and hold one
// statement each: MySQL commits at every one, so a second could be left undone.
func TestStepsAreSingleStatementsInBothDialects(t *testing.T) {
	lite, my := steps(t, "sqlite"), steps(t, "mysql")
	if len(lite) != len(my) {
		t.Fatalf("%d steps for SQLite, %d for MySQL", len(lite), len(my))
	}
	for i := range lite {
		name := filepath.Base(lite[i])
		if name != filepath.Base(my[i]) || !strings.HasPrefix(name, fmt.Sprintf("%05d_", i+1)) {
			t.Errorf("step %d is %s and %s", i+1, name, filepath.Base(my[i]))
		}
		for _, path := range []string{lite[i], my[i]} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), ";"); n != 1 || !strings.HasPrefix(string(text), "-- +goose Up\n") {
				t.Errorf("%s holds %d statements", path, n)
			}
		}
	}
}

// What was once released is never changed: databases out there have run it.
func TestStepsAreAppendOnly(t *testing.T) {
	var now []string
	for _, dialect := range []string{"sqlite", "mysql"} {
		for _, path := range steps(t, dialect) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			now = append(now, hex.EncodeToString(gm.SM3(text))+"  "+filepath.ToSlash(path))
		}
	}
	golden(t, "migrations.sm3", strings.Join(now, "\n")+"\n")
}

// The schema that comes of all steps is the one that was reviewed.
func TestSchemaIsTheReviewedOne(t *testing.T) {
	h := testkit.NewHouse(t)
	query := "SELECT m.name, p.name, p.type, p.\"notnull\" FROM sqlite_master AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' ORDER BY m.name, p.cid"
	if h.Store.Dialect() == store.MySQL {
		query = "SELECT table_name, column_name, column_type, is_nullable = 'NO' FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name NOT LIKE 'goose%' ORDER BY table_name, ordinal_position"
	}
	rows, err := h.Probe(t).Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var table, column, kind string
		var required int
		if err := rows.Scan(&table, &column, &kind, &required); err != nil {
			t.Fatal(err)
		}
		// MariaDB gives integers a display width, MySQL 8 does not.
		kind = strings.NewReplacer("bigint(20)", "bigint", "int(11)", "int").Replace(strings.ToLower(kind))
		lines = append(lines, fmt.Sprintf("%s.%s %s required=%d", table, column, kind, required))
	}
	golden(t, "schema."+string(h.Store.Dialect())+".txt", strings.Join(lines, "\n")+"\n")
}

// A migration that is cut short anywhere goes on from there, and a database made
// by any earlier step becomes the same as a new one.
func TestMigrationGoesOnFromAnyStep(t *testing.T) {
	ctx := context.Background()
	// Numbers rise, with gaps between them.
	names := steps(t, "sqlite")
	for _, done := range []int{1, 2, len(names) / 2, len(names) - 1} {
		cut, err := strconv.ParseInt(strings.SplitN(filepath.Base(names[done-1]), "_", 2)[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(ctx, store.Config{DSN: filepath.Join(t.TempDir(), "cut.db"), MaxConnections: 1}, model.SystemClock{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.MigrateTo(ctx, cut); err != nil {
			t.Fatal(err)
		}
		before, err := s.Schema(ctx)
		if err != nil || before.Current != cut || !before.Old() {
			t.Errorf("cut at %d: %+v, %v", cut, before, err)
		}
		if n, err := s.Migrate(ctx); err != nil || n != len(names)-done {
			t.Errorf("cut at %d: %d steps more, %v", cut, n, err)
		}
		after, err := s.Schema(ctx)
		if err != nil || after.Old() {
			t.Errorf("cut at %d: %+v, %v", cut, after, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old, now := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for _, line := range old {
		if !slices.Contains(now, line) {
			t.Errorf("%s: was %q and is no more", name, line)
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			t.Errorf("%s: %q is new; if that is meant, run with -update", name, line)
		}
	}
}
