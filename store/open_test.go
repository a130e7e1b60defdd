package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
)

// A parameter that is passed over would connect in clear to who asked for TLS.
func TestMySQLAddressesAreTakenAsAWhole(t *testing.T) {
	t.Parallel()
	for rest, encrypted := range map[string]bool{"u:p@db.example/name": false, "u:p@db.example:3307/name?tls=true": true} {
		pool, record, err := mysqlDSN(rest)
		if err != nil || strings.Contains(pool, "tls=true") != encrypted || strings.Contains(record, "tls=true") != encrypted {
			t.Errorf("%s: %v", rest, err)
		}
	}
	for _, rest := range []string{"u:p@db.example/name?tls=1", "u:p@db.example/name?tls=true&x=y", "u:p@db.example/name?charset=gbk",
		"u:p@db.example/name#tls", "u:p@db.example/", "/name"} {
		if _, _, err := mysqlDSN(rest); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s is taken: %v", rest, err)
		}
	}
}

// The folder may be there already, and be open to others.
func TestTheFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "house.db")
	s, err := Open(t.Context(), Config{DSN: path}, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}
