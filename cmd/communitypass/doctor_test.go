package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestDoctorFindsNothing(t *testing.T) {
	environ := furnished(t)
	r := execute(t, environ, "doctor")
	if r.code != exitOK || strings.Contains(r.out, "✗") || strings.Contains(r.out, "!") {
		t.Fatalf("a sound house: %+v", r)
	}
	for _, area := range []string{"config", "wechat", "disk", "database", "schema", "keys", "recipients", "audit", "clock"} {
		if !strings.Contains(r.out, "✓ "+area+" ") {
			t.Errorf("%s is missing in\n%s", area, r.out)
		}
	}
	for _, leak := range []string{masterKey, appSecret} {
		if strings.Contains(r.out+r.err, leak) {
			t.Error("a secret is printed")
		}
	}
	if zh := executeWith(t, &program{environ: environ, language: chinese}, "doctor"); !strings.Contains(zh.out, "主密钥相符") {
		t.Errorf("in Chinese: %s", zh.out)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	community := model.Community{ID: "01KC0000000000000000000000", CommitteeID: "c", Number: 1, Name: "春晓花园", Mode: model.ModeOrdinary, RuleVersion: 1}
	for name, c := range map[string]struct {
		environ func(t *testing.T) []string
		says    string
		code    int
	}{
		"no database": {func(t *testing.T) []string { return complete(t) }, "✗ database   The database file does not exist", exitFailed},
		"database away": {func(t *testing.T) []string {
			return append(without(complete(t), "DATABASE"), prefix+"DATABASE=mysql://u:pa55word@127.0.0.1:1/n")
		}, "✗ database   The database does not answer", exitFailed},
		"old schema": {emptyFile, "✗ schema     The database is at step 0", exitFailed},
		"no keys":    {func(t *testing.T) []string { return migrated(t) }, "✗ keys       There is no active key for [data session index platform]", exitFailed},
		"wrong master": {func(t *testing.T) []string {
			return append(without(furnished(t), "MASTER_KEY"), prefix+"MASTER_KEY=0a1c3be27a604d85b2e1f0c497a86d35")
		}, "✗ keys       The master key does not fit", exitFailed},
		"no master": {func(t *testing.T) []string { return without(furnished(t), "MASTER_KEY") }, "✗ keys       Without the master key", exitFailed},
		"no pass key": {func(t *testing.T) []string {
			environ := furnished(t)
			change(t, environ, func(tx *store.Tx) error { return tx.CreateCommunity(community) })
			return environ
		}, "✗ keys       Community 春晓花园 has no pass key", exitFailed},
		"demo": {func(t *testing.T) []string {
			environ := furnished(t)
			change(t, environ, func(tx *store.Tx) error { return tx.SetMeta(store.MetaDemo, "1") })
			return environ
		}, "✗ schema     This database was made by communitypass demo", exitFailed},
		"typing error": {func(t *testing.T) []string { return furnished(t, prefix+"LISTN=x") }, "! config     Variables that this version does not know (a typing error?): COMMUNITYPASS_LISTN", exitOK},
		"open figures": {func(t *testing.T) []string {
			return append(without(furnished(t), "PRIVATE_LISTEN"), prefix+"PRIVATE_LISTEN=0.0.0.0:9090")
		}, "! config     COMMUNITYPASS_PRIVATE_LISTEN", exitOK},
		"no trusted proxy":  {func(t *testing.T) []string { return without(furnished(t), "TRUSTED_PROXIES") }, "! config     COMMUNITYPASS_TRUSTED_PROXIES", exitOK},
		"bad configuration": {func(t *testing.T) []string { return append(furnished(t), prefix+"LOG_LEVEL=loud") }, "✗ config     COMMUNITYPASS_LOG_LEVEL", exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			r := execute(t, c.environ(t), "doctor")
			if r.code != c.code || !strings.Contains(r.out, c.says) || strings.Contains(r.out, "pa55word") {
				t.Errorf("ended with %d:\n%s", r.code, r.out)
			}
		})
	}
}

// emptyFile is a configuration whose database holds nothing.
func emptyFile(t *testing.T) []string {
	t.Helper()
	environ := complete(t)
	if err := os.WriteFile(databaseFile(t, environ), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return environ
}

func TestDoctorChangesNothing(t *testing.T) {
	environ := complete(t)
	execute(t, environ, "doctor")
	if _, err := os.Stat(databaseFile(t, environ)); !os.IsNotExist(err) {
		t.Error("the doctor made a database")
	}
}

func TestDoctorReadsTheAuditChain(t *testing.T) {
	environ := furnished(t)
	change(t, environ, func(tx *store.Tx) error { return tx.Audit(nil, "", "test", "thing", "one", nil) })
	seal(t, environ)
	if r := execute(t, environ, "doctor"); r.code != exitOK || !strings.Contains(r.out, "✓ audit      The audit chain is whole: 1 links") {
		t.Errorf("a whole chain: %+v", r)
	}
	alterAudit(t, environ)
	if r := execute(t, environ, "doctor"); r.code != exitFailed || !strings.Contains(r.out, "✗ audit      The audit chain is broken: on ") || !strings.Contains(r.out, "at link 1, a record was altered (entry_altered, audit ") {
		t.Errorf("an altered entry: %+v", r)
	}
	if r := execute(t, environ, "doctor", "--quick"); r.code != exitOK || strings.Contains(r.out, "audit ") {
		t.Errorf("left out: %+v", r)
	}
}

// seal chains what is in the audit log.
func seal(t *testing.T, environ []string) {
	t.Helper()
	cfg, err := readConfig(environ)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStore(t.Context(), cfg, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := service.NewSealer(service.Deps{Store: s, Clock: model.SystemClock{}}, 0).Seal(t.Context()); err != nil || n != 1 {
		t.Fatalf("sealed %d, %v", n, err)
	}
}

// alterAudit changes the log as nobody but somebody with the database's file can.
func alterAudit(t *testing.T, environ []string) {
	t.Helper()
	alter(t, environ, "UPDATE audit_log SET action = 'nothing'")
}

// alter changes the database behind the program's back.
func alter(t *testing.T, environ []string, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", databaseFile(t, environ))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorPrintsJSON(t *testing.T) {
	r := execute(t, without(furnished(t), "PUBLIC_URL"), "doctor", "--json")
	var said struct {
		OK       bool
		Findings []finding
	}
	if err := json.Unmarshal([]byte(r.out), &said); err != nil {
		t.Fatal(err)
	}
	if r.code != exitFailed || said.OK || len(said.Findings) < 5 {
		t.Fatalf("said %+v", said)
	}
	for _, f := range said.Findings {
		if f.ZH == "" || f.EN == "" || (f.Mark == bad) != strings.Contains(f.EN, "PUBLIC_URL") {
			t.Errorf("found %+v", f)
		}
	}
}

func TestDoctorJudgesClocks(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	state := func(off time.Duration) store.Condition { return store.Condition{Now: model.Millis(at.Add(off))} }
	for name, c := range map[string]struct {
		look func(*checkup)
		want mark
	}{
		"plausible":       {func(c *checkup) { c.clock(at, at.Add(time.Second)) }, good},
		"1970":            {func(c *checkup) { c.clock(time.Unix(0, 0), time.Unix(1, 0)) }, bad},
		"far future":      {func(c *checkup) { c.clock(at, at.AddDate(90, 0, 0)) }, bad},
		"database near":   {func(c *checkup) { c.databaseClock(state(time.Second), at); c.clock(at, at) }, good},
		"database behind": {func(c *checkup) { c.databaseClock(state(-5*time.Second), at) }, odd},
		"database ahead":  {func(c *checkup) { c.databaseClock(state(time.Minute), at) }, bad},
	} {
		t.Run(name, func(t *testing.T) {
			found := new(checkup)
			c.look(found)
			if len(found.findings) != 1 || found.findings[0].Mark != c.want {
				t.Errorf("found %+v", found.findings)
			}
		})
	}
}

func TestDoctorJudgesRecipients(t *testing.T) {
	now := model.Millis(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	for name, c := range map[string]struct {
		queue store.Queue
		want  mark
		says  string
	}{
		"idle":     {store.Queue{State: model.StateActive}, good, "0 waiting, 0 given up."},
		"busy":     {store.Queue{State: model.StateActive, Waiting: 3, OldestAt: now - 1000}, good, "3 waiting"},
		"late":     {store.Queue{State: model.StateActive, Waiting: 3, OldestAt: now - 3_600_000, LastDetail: "timeout"}, odd, "latest reason timeout"},
		"dead":     {store.Queue{State: model.StateActive, Dead: 1, LastDetail: "status_400"}, odd, "1 given up, latest reason status_400"},
		"paused":   {store.Queue{State: model.StatePaused}, odd, "paused"},
		"disabled": {store.Queue{State: model.StateDisabled}, odd, "disabled"},
		// Staff choose the name; the terminal is the operator's.
		"forged": {store.Queue{State: model.StateActive, Name: "\x1b[2Jall\nwell\u202e"}, good, "[2Jallwell ("},
	} {
		t.Run(name, func(t *testing.T) {
			found := new(checkup)
			found.queue(c.queue, now)
			if f := found.findings[0]; f.Mark != c.want || !strings.Contains(f.EN, c.says) {
				t.Errorf("found %+v", f)
			}
		})
	}
}

func TestDoctorAdvisesRotation(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	old, young := model.Millis(now.AddDate(-2, 0, 0)), model.Millis(now.AddDate(0, -1, 0))
	found := new(checkup)
	found.keyAges([]model.Key{
		{ID: "old", Purpose: model.KeyData, State: model.KeyActive, ActivatedAt: old},
		{ID: "young", Purpose: model.KeyData, State: model.KeyActive, ActivatedAt: young},
		{ID: "leaving", Purpose: model.KeyData, State: model.KeyRetiring, ActivatedAt: old},
		{ID: "index", Purpose: model.KeyIndex, State: model.KeyActive, ActivatedAt: old},
	}, now)
	if len(found.findings) != 1 || found.findings[0].Mark != odd || !strings.Contains(found.findings[0].EN, "Key old (data) has been in use for 73") {
		t.Errorf("found %+v", found.findings)
	}
}

func TestDoctorJudgesDisks(t *testing.T) {
	found := new(checkup)
	found.disk(filepath.Join(t.TempDir(), "not", "made", "yet"))
	if f := found.findings[0]; f.Mark == odd || !strings.Contains(f.EN, " left.") {
		t.Errorf("found %+v", f)
	}
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KB", 5 << 20: "5.0 MB", 3 << 40: "3.0 TB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d bytes read %s", bytes, got)
		}
	}
}
