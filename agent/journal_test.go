package agent_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
)

func (g *gate) segments(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(g.folder, "journal", "*.journal"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func (g *gate) fill(t testing.TB, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		if err := g.Record(agent.Entry{Kind: agent.EntryPassage, ScanID: fmt.Sprintf("scan-%04d", i), Code: "HELLO", Direction: "in", ScannedAt: noon.UnixMilli(),
			Decision: "refuse", Reason: "unknown_code"}); err != nil {
			t.Fatal(err)
		}
	}
}

func (g *gate) waiting(t testing.TB) []string {
	t.Helper()
	all, err := g.Waiting(100_000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range all {
		ids = append(ids, e.ScanID)
	}
	return ids
}

// Cut anywhere in its last record, the journal has all the others and goes on.
func TestATornEndIsCutOff(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.fill(t, 0, 3)
	name := g.segments(t)[0]
	three, _ := os.ReadFile(name)
	g.fill(t, 3, 1)
	_ = g.Close()
	four, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(three); cut < len(four); cut++ { // every cut, as the file is read
		if payloads, damaged, end := agent.ReadFrames(four[:cut]); len(payloads) != 3 || damaged != 0 || end != len(three) {
			t.Fatalf("cut at %d of %d: %d records up to %d", cut, len(four), len(payloads), end)
		}
	}
	for cut := len(three); cut <= len(four); cut += 7 { // and with a start and the next record
		_ = os.RemoveAll(filepath.Join(g.folder, "journal"))
		_ = os.MkdirAll(filepath.Dir(name), 0o700)
		if err := os.WriteFile(name, four[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		g.start(t)
		want := 3
		if cut == len(four) {
			want = 4
		}
		if got := g.waiting(t); len(got) != want {
			t.Fatalf("cut at %d of %d: %v", cut, len(four), got)
		}
		if torn := cut > len(three) && cut < len(four); torn != g.faulty("journal_damaged") {
			t.Errorf("cut at %d: said is %t", cut, !torn)
		}
		g.fill(t, 10, 1)
		_ = g.Close()
		g.start(t)
		if got := g.waiting(t); len(got) != want+1 || got[want] != "scan-0010" || g.faulty("journal_damaged") {
			t.Fatalf("cut at %d, after going on: %v", cut, got)
		}
		_ = g.Close()
	}
}

// Every byte of the middle damaged in turn: the others are there, the damage is aside.
func TestDamageInTheMiddleIsKeptAside(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.fill(t, 0, 5)
	_ = g.Close()
	name := g.segments(t)[0]
	whole, _ := os.ReadFile(name)
	size := len(whole) / 5
	for at := size; at < 3*size; at += 11 {
		_ = os.RemoveAll(filepath.Join(g.folder, "journal", "aside"))
		bad := bytes.Clone(whole)
		bad[at] ^= 0x40
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		g.start(t)
		if got := g.waiting(t); len(got) != 4 || !g.faulty("journal_damaged") {
			t.Fatalf("damaged at %d: %v", at, got)
		}
		aside, _ := filepath.Glob(filepath.Join(g.folder, "journal", "aside", "*"))
		if len(aside) != 1 {
			t.Fatalf("damaged at %d: aside are %v", at, aside)
		}
		g.sync(t)
		if len(p.stored) == 0 {
			t.Fatal("what is whole is not uploaded")
		}
		clear(p.stored)
		_ = g.Close()
		_ = os.Remove(filepath.Join(g.folder, "journal", filepath.Base(name[:len(name)-len("journal")]+"settled")))
	}
}

// A journal that cannot be written opens no door, says so, and recovers by itself.
func TestNothingIsAdmittedThatCannotBeWritten(t *testing.T) {
	for _, fallback := range []admission.Fallback{admission.FallbackAskGuard, admission.FallbackClosed} {
		for _, step := range []string{"begin", "write", "sync"} {
			for _, trouble := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EIO} {
				p := newPlatform(t)
				p.bundle.Gate.Fallback = fallback
				p.publish(t)
				g := p.gate(t, "east", 0)
				g.sync(t)
				p.cut(t, g)
				if step != "begin" {
					g.fill(t, 0, 2)
				}
				full := true
				g.Trouble(func(s string) error {
					if s == step && full {
						return trouble
					}
					return nil
				})
				want := map[admission.Fallback]admission.Outcome{admission.FallbackAskGuard: refer, admission.FallbackClosed: refuse}[fallback]
				code := p.code(t, 1)
				for range 2 {
					g.show(t, code, in, want, admission.ReasonGateStale)
				}
				leaving := p.code(t, 2)
				if a := g.show(t, leaving, out, admit, admission.ReasonOK); a.Notice == "" {
					t.Error("the screen does not say that nothing is written down")
				}
				g.show(t, leaving, out, refer, admission.ReasonUsed)
				if s := g.Status(); !g.faulty("journal_not_written") || s.Unrecorded != 4 || s.Held != 2 {
					t.Errorf("%s at %s: it does not say so: %+v", trouble, step, s)
				}
				full = false
				g.show(t, code, in, admit, admission.ReasonOK) // it was not used up
				if g.faulty("journal_not_written") || g.Status().Held != 0 {
					t.Error("it goes on saying so")
				}
				before := len(g.waiting(t))
				if step == "begin" && before != 3 || step != "begin" && before != 5 {
					t.Errorf("%d records: those who left are not among them", before)
				}
				_ = g.Close()
				g.start(t)
				if after := g.waiting(t); len(after) != before {
					t.Errorf("%s at %s: %d records became %d", trouble, step, before, len(after))
				}
			}
		}
	}
}

func TestNothingLiesThereInClear(t *testing.T) {
	p, g := offlineGate(t)
	code := p.code(t, 1)
	g.show(t, code, in, admit, admission.ReasonOK)
	seen := 0
	_ = filepath.WalkDir(g.folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, _ := d.Info()
		if seen++; info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", d.Name(), info.Mode())
		}
		for _, secret := range []string{code, "dt_test", "exceptions"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%q stands in %s", secret, d.Name())
			}
		}
		return nil
	})
	if seen < 6 {
		t.Errorf("%d files were looked at", seen)
	}
}

func TestSpaceIsFreedOnlyAfterEverythingIsStored(t *testing.T) {
	p, g := offlineGate(t)
	long := string(bytes.Repeat([]byte("x"), 1000))
	for i := range 900 {
		if err := g.Record(agent.Entry{Kind: agent.EntryPassage, ScanID: fmt.Sprintf("s-%d", i), Code: long, Direction: "in", ScannedAt: noon.UnixMilli(), Decision: "refuse", Reason: "unknown_code"}); err != nil {
			t.Fatal(err)
		}
	}
	g.fill(t, 0, 900)
	if n := len(g.segments(t)); n < 2 {
		t.Fatal("there is only one file", n)
	}
	p.clock.Advance(48 * time.Hour)
	p.set("*", 0)
	p.rejected["s-3"] = true
	g.sync(t)
	if n := len(g.segments(t)); n < 2 || len(p.stored) != 1799 || g.Status().Letters != 1 || !g.faulty("dead_letters") {
		t.Fatalf("a file with a dead letter is gone, or not all is stored: %d files, %d stored, %+v", n, len(p.stored), g.Status())
	}
	letters, err := g.Letters(10)
	if err != nil || len(letters) != 1 || letters[0].ScanID != "s-3" || letters[0].Why != "not_storable" {
		t.Errorf("%+v, %v", letters, err)
	}
	_ = g.Close()
	j, err := g.home.OpenJournal(p.clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Settle([]agent.Settled{{Number: letters[0].Number}}); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	delete(p.rejected, "s-3")
	g.start(t)
	g.sync(t)
	if n := len(g.segments(t)); n != 1 || len(p.stored) != 1800 || g.Status().Letters != 0 {
		t.Errorf("%d files, %d stored", n, len(p.stored))
	}
}

func FuzzFrames(f *testing.F) {
	one := agent.AppendFrame(nil, 1, []byte("first"))
	f.Add(one, 3, byte(1))
	f.Add(agent.AppendFrame(one, 2, []byte("CPJ1")), 20, byte(0x80))
	f.Fuzz(func(t *testing.T, noise []byte, at int, flip byte) {
		good := agent.AppendFrame(agent.AppendFrame(nil, 1, []byte("first")), 2, []byte("second"))
		data := append(bytes.Clone(noise), good...)
		payloads, _, end := agent.ReadFrames(data)
		n := len(payloads)
		if n < 2 || string(payloads[n-1]) != "second" || end != len(data) {
			t.Fatalf("what follows noise is lost: %q, %d of %d", payloads, end, len(data))
		}
		if flip != 0 && len(good) > 0 {
			good[uint(at)%uint(len(good))] ^= flip
			if payloads, _, _ := agent.ReadFrames(good); len(payloads) > 1 {
				t.Fatal("a changed byte is not noticed")
			}
		}
	})
}
