package testkit

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// MySQLDSN is TEST_MYSQL_DSN: a server, as mysql://user:password@host:port/, on
// which tests may make databases of their own. Empty means SQLite.
func MySQLDSN() string { return os.Getenv("TEST_MYSQL_DSN") }

// OpenStore opens a migrated and empty database that goes with the test, and says
// where it is.
func OpenStore(t testing.TB, clock model.Clock) (*store.Store, string) {
	t.Helper()
	dsn := sqliteCopy(t)
	if server := MySQLDSN(); server != "" {
		dsn = borrowMySQL(t, server)
	}
	s, err := store.Open(context.Background(), store.Config{DSN: dsn}, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, dsn
}

// template is a migrated SQLite file, made once per process: copying it is much
// quicker than running every step again.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "communitypass-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(dsn string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 1}, model.SystemClock{})
	if err != nil {
		return err
	}
	if _, err := s.Migrate(ctx); err != nil {
		_ = s.Close()
		return err
	}
	return s.Close()
}

func sqliteCopy(t testing.TB) string {
	t.Helper()
	content, err := template()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pool holds migrated databases of this process that no test uses now.
var pool struct {
	sync.Mutex
	free []string
	made int
}

// borrowMySQL hands out an empty database and takes it back, emptied, after the
// test: making one takes seconds.
func borrowMySQL(t testing.TB, server string) string {
	t.Helper()
	server = strings.TrimRight(server, "/")
	pool.Lock()
	defer pool.Unlock()
	var name string
	if n := len(pool.free); n > 0 {
		name, pool.free = pool.free[n-1], pool.free[:n-1]
	} else {
		pool.made++
		name = fmt.Sprintf("cp_test_%d_%d", os.Getpid(), pool.made)
		execMySQL(t, server+"/", "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
		if err := migrate(server + "/" + name); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		emptyMySQL(t, server+"/"+name)
		pool.Lock()
		defer pool.Unlock()
		pool.free = append(pool.free, name)
	})
	return server + "/" + name
}

// Main runs a package's tests and then drops the databases that they made:
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
func Main(m *testing.M) {
	code := m.Run()
	DropDatabases()
	os.Exit(code)
}

// DropDatabases drops what was made on TEST_MYSQL_DSN, once nothing is open on it.
func DropDatabases() {
	pool.Lock()
	defer pool.Unlock()
	server := strings.TrimRight(MySQLDSN(), "/")
	if server == "" || pool.made == 0 {
		return
	}
	db, err := sql.Open("mysql", driverDSN(server+"/"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer db.Close()
	for i := 1; i <= pool.made; i++ {
		if _, err := db.Exec(fmt.Sprintf("DROP DATABASE IF EXISTS cp_test_%d_%d", os.Getpid(), i)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	pool.free, pool.made = nil, 0 // so that a later test makes its own
}

func execMySQL(t testing.TB, dsn, statement string) {
	t.Helper()
	db, err := sql.Open("mysql", driverDSN(dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func emptyMySQL(t testing.TB, dsn string) {
	t.Helper()
	db, err := sql.Open("mysql", driverDSN(dsn))
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	rows, err := db.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name <> 'goose_db_version'")
	if err != nil {
		t.Error(err)
		return
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Error(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range tables {
		// DELETE is quicker than TRUNCATE on small tables.
		if _, err := db.Exec("DELETE FROM `" + name + "`"); err != nil {
			t.Error(err)
		}
	}
}

// driverDSN turns mysql://user:password@host:port/name into the driver's form.
func driverDSN(dsn string) string {
	rest := strings.TrimPrefix(dsn, "mysql://")
	at := strings.LastIndex(rest, "@")
	host, name, _ := strings.Cut(rest[at+1:], "/")
	return rest[:at] + "@tcp(" + host + ")/" + name
}
