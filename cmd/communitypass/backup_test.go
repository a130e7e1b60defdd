package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A backup comes back the same, only with its master key, and replaces nothing.
func TestABackupComesBack(t *testing.T) {
	environ := complete(t)
	folder := t.TempDir()
	environ = append(without(without(environ, "DATABASE"), "DATA_DIR"), "COMMUNITYPASS_DATA_DIR="+folder)
	database, file := filepath.Join(folder, serverDatabase), filepath.Join(t.TempDir(), "today.cpbk")
	ok := func(args ...string) {
		t.Helper()
		if r := execute(t, environ, args...); r.code != exitOK {
			t.Fatalf("%q: %+v", args, r)
		}
	}
	refused := func(why string, environ []string, args ...string) {
		t.Helper()
		if r := execute(t, environ, args...); r.code != exitFailed || !strings.Contains(r.err, why) {
			t.Errorf("%q: %+v", args, r)
		}
	}
	refused("does not exist", environ, "backup", file)
	ok("migrate")
	ok("backup", file)
	refused("was not written", environ, "backup", file)
	sealed, err := os.ReadFile(file)
	if err != nil || bytes.Contains(sealed, []byte("SQLite")) || bytes.Contains(sealed, []byte("data_keys")) {
		t.Errorf("the backup is not sealed: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "backup-*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
	refused("already", environ, "restore", file)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(database + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	other := append(without(environ, "MASTER_KEY"), "COMMUNITYPASS_MASTER_KEY=9f86d081884c7d659a2feaa0c55ad015")
	refused("does not open", other, "restore", file)
	if _, err := os.Stat(database); err == nil {
		t.Error("a backup that does not open left a database")
	}
	ok("restore", file)
	if r := execute(t, environ, "migrate"); r.code != exitOK || !strings.Contains(r.out, " 0 step") {
		t.Errorf("what was restored is not what was saved: %+v", r)
	}
	mysql := append(without(environ, "DATABASE"), "COMMUNITYPASS_DATABASE=mysql://u:p@127.0.0.1:1/n")
	refused("mysqldump", mysql, "backup", file)
}
