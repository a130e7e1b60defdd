package main

import (
	"io"
	"strings"
	"testing"
)

// TestKeysFromTheFirstToTheLast walks the ring of a new server by its commands.
func TestKeysFromTheFirstToTheLast(t *testing.T) {
	p := withRing(migrated(t))
	first := executeWith(t, p, "keys", "create", "--first")
	for _, purpose := range []string{"data", "session", "index", "platform"} {
		if first.code != exitOK || !strings.Contains(first.out, purpose) {
			t.Fatalf("first keys: %+v", first)
		}
	}
	if again := executeWith(t, p, "keys", "create", "--first"); again.code != exitOK || strings.Contains(again.out, "active") {
		t.Errorf("made again: %+v", again)
	}
	if r := execute(t, p.environ, "doctor"); r.code != exitOK {
		t.Errorf("the doctor finds %+v", r)
	}
	next := executeWith(t, p, "keys", "create", "--purpose", "session")
	id := strings.Fields(strings.Split(next.out, "\n")[1])[0]
	if r := executeWith(t, p, "keys", "activate", id); r.code != exitOK || !strings.Contains(r.out, "active") {
		t.Errorf("activate: %+v", r)
	}
	if r := executeWith(t, p, "keys", "activate", id); r.code != exitFailed || !strings.Contains(r.err, "state") {
		t.Errorf("activate twice: %+v", r)
	}
	if r := executeWith(t, p, "keys", "retire", "01K00000000000000000000000"); r.code != exitFailed || !strings.Contains(r.err, "no such thing") {
		t.Errorf("retire a stranger: %+v", r)
	}
	list := executeWith(t, p, "keys", "list")
	if strings.Count(list.out, "session") != 2 || !strings.Contains(list.out, "retiring") {
		t.Errorf("list: %s", list.out)
	}
}

// withRing is a program whose keys command works on the database.
func withRing(environ []string) *program {
	p := &program{environ: environ, language: english, err: io.Discard}
	p.openKeys = p.openKeyRing
	return p
}

func TestKeysWantTheSchemaAndTheMaster(t *testing.T) {
	for want, environ := range map[string][]string{
		"Run communitypass migrate": complete(t),
		"does not fit":              append(without(furnished(t), "MASTER_KEY"), prefix+"MASTER_KEY=0a1c3be27a604d85b2e1f0c497a86d35"),
	} {
		if r := executeWith(t, withRing(environ), "keys", "list"); r.code != exitFailed || !strings.Contains(r.err, want) {
			t.Errorf("said %+v", r)
		}
	}
}
