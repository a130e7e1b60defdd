package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The demo makes people and keys that are public, so nothing of a server's may
// become part of it.
func TestDemoRefusesAServersData(t *testing.T) {
	content, err := os.ReadFile(databaseFile(t, migrated(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"communitypass.db", "demo.db"} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		r := execute(t, nil, "demo", "--json", "--listen", "127.0.0.1:0", "--data", folder)
		if r.code != exitFailed || !strings.Contains(r.err, "not made by demo") || strings.Contains(r.err, "not_found") || r.out != "" {
			t.Errorf("%s: ended with %d: %s%s", name, r.code, r.out, r.err)
		}
	}
}
