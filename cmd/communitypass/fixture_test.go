package main

import (
	"context"
	"os"
	"sync"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// template is a migrated SQLite file, made once per process: running every step
// for each test would take most of the time.
var template struct {
	sync.Once
	content []byte
}

// migrated is a complete configuration whose database is migrated.
func migrated(t *testing.T, more ...string) []string {
	t.Helper()
	template.Do(func() {
		environ := complete(t)
		if r := execute(t, environ, "migrate"); r.code != exitOK {
			t.Fatalf("migrate: %+v", r)
		}
		var err error
		if template.content, err = os.ReadFile(databaseFile(t, environ)); err != nil {
			t.Fatal(err)
		}
	})
	environ := complete(t, more...)
	if err := os.WriteFile(databaseFile(t, environ), template.content, 0o600); err != nil {
		t.Fatal(err)
	}
	return environ
}

func databaseFile(t *testing.T, environ []string) string {
	t.Helper()
	cfg, err := readConfig(environ)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.DSN()
}

// furnished is a migrated configuration with a key of each purpose.
func furnished(t *testing.T, more ...string) []string {
	t.Helper()
	environ := migrated(t, more...)
	for _, p := range []model.KeyPurpose{model.KeyData, model.KeySession, model.KeyIndex, model.KeyPlatform} {
		addKey(t, environ, p, "")
	}
	return environ
}

// change runs a transaction on the database of a configuration.
func change(t *testing.T, environ []string, fn func(*store.Tx) error) {
	t.Helper()
	cfg, err := readConfig(environ, needMaster)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, err := openStore(ctx, cfg, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if stored, err := s.View(ctx).Keys(); err == nil {
		if ring, err := gm.NewRing(cfg.master, stored); err == nil {
			s.UseRing(ring)
		}
	}
	if err := s.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// addKey stores an active key, in use since noon.
func addKey(t *testing.T, environ []string, purpose model.KeyPurpose, communityID string) {
	t.Helper()
	master, err := gm.ParseMaster(masterKey)
	if err != nil {
		t.Fatal(err)
	}
	k, err := gm.Generate(master, purpose, communityID, 1, noon.Now())
	if err != nil {
		t.Fatal(err)
	}
	k.State, k.ActivatedAt = model.KeyActive, k.CreatedAt
	change(t, environ, func(tx *store.Tx) error { return tx.CreateKey(k) })
}
