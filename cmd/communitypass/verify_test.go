package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// anchoredDays seals and anchors a database whose acts are of earlier days, as far
// as yesterday, and copies the anchors out.
func anchoredDays(t *testing.T, environ []string, path string) {
	t.Helper()
	cfg, err := readConfig(environ, needMaster)
	if err != nil {
		t.Fatal(err)
	}
	clock := model.FrozenClock(time.Now().Add(-72 * time.Hour))
	s, err := openStore(t.Context(), cfg, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := service.Deps{Store: s, Clock: clock, Directory: service.NewDirectory(s, cfg.master)}
	if err := d.Directory.LoadKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	anchors := service.NewAnchors(d, service.NewSealer(d, 0))
	for range 4 {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.Audit(nil, "", "test", "thing", "one", nil) }); err != nil {
			t.Fatal(err)
		}
		if _, err := service.NewSealer(d, 0).Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := anchors.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Advance(24 * time.Hour)
	}
	if n, err := anchors.Copy(t.Context(), anchor.File{Path: path}); err != nil || n != 3 {
		t.Fatalf("%d copied, %v", n, err)
	}
}

func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		statement, said string
		language        language
	}{
		"whole":                    {"", "The audit chain is whole: 4 links", english},
		"an act":                   {"UPDATE audit_log SET target_id = 'two' WHERE id = (SELECT MIN(id) FROM audit_log)", "at link 1, a record was altered", english},
		"an act, in Chinese":       {"UPDATE audit_log SET target_id = 'two' WHERE id = (SELECT MIN(id) FROM audit_log)", "第 1 环，有记录被改动", chinese},
		"the tail with its anchor": {"DELETE FROM audit_anchors WHERE day = (SELECT MAX(day) FROM audit_anchors)", "the day has no anchor", english},
		"a day in between":         {"DELETE FROM audit_anchors WHERE day = (SELECT MIN(day) FROM audit_anchors WHERE previous_seq > 0)", "the day has no anchor", english},
		"a role by hand":           {"INSERT INTO staff_grants (staff_id, role, scope_kind, scope_id, granted_by, granted_at) VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FAV', 'system_admin', 'platform', '', 'x', 1)", "was not given by the system", english},
	} {
		t.Run(name, func(t *testing.T) {
			environ := furnished(t)
			path := filepath.Join(t.TempDir(), "anchors.jsonl")
			anchoredDays(t, environ, path)
			if c.statement != "" {
				alter(t, environ, c.statement)
			}
			r := executeWith(t, &program{environ: environ, language: c.language}, "verify", "--anchors", path)
			if failed := r.code != exitOK; failed != (c.statement != "") || !strings.Contains(r.out+r.err, c.said) {
				t.Errorf("%+v", r)
			}
		})
	}
	environ := furnished(t)
	for _, args := range [][]string{{"--from", "yesterday"}, {"--at", "soon"}, {"--anchors", "no-such-file"}, {"--jwks", os.DevNull}} {
		if r := execute(t, environ, append([]string{"verify"}, args...)...); r.code == exitOK {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

// As of a later time there should have been more anchors; as of the time itself not.
func TestVerifyAsOf(t *testing.T) {
	environ := furnished(t)
	path := filepath.Join(t.TempDir(), "anchors.jsonl")
	anchoredDays(t, environ, path)
	for after, code := range map[time.Duration]int{0: exitOK, 72 * time.Hour: exitFailed} {
		r := execute(t, environ, "verify", "--anchors", path, "--at", time.Now().Add(after).Format(time.RFC3339))
		if r.code != code {
			t.Errorf("as of %s later: %+v", after, r)
		}
	}
}
