package agent_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
)

// mounted is a memory disk of its own, small enough to fill.
func mounted(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if os.Getuid() != 0 {
		t.Skip("a disk of its own takes root; TestNothingIsAdmittedThatCannotBeWritten needs none")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %v %s", err, strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return folder
}

// onDisk is a gate without the server whose data folder is on a disk of its own.
func onDisk(t *testing.T) (*platform, *gate, string) {
	t.Helper()
	p := newPlatform(t)
	disk := mounted(t)
	g := p.gate(t, "east", 0)
	_ = g.Close()
	folder := filepath.Join(disk, "gate")
	if err := os.CopyFS(folder, os.DirFS(g.folder)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"device.key", "store.key", "identity.json", "token.sealed"} {
		if err := os.Chmod(filepath.Join(folder, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.folder = folder
	g.start(t)
	g.sync(t)
	p.cut(t, g)
	return p, g, disk
}

// A disk that is really full: nobody comes in unrecorded, everybody may leave, the
// screen and the status say it; with room again what was held is on the disk.
func TestAFullDisk(t *testing.T) {
	p, g, disk := onDisk(t)
	g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
	filler, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(filler, zeroes{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk ended with %v", err)
	}
	_ = filler.Close()
	// The last page of the journal has some room yet: what is admitted there is written.
	admitted := uint64(0)
	for n := uint64(100); n < 200 && !g.faulty("journal_not_written"); n++ {
		if a := g.Present(t.Context(), agent.Presentation{Code: p.code(t, n), Direction: in}); a.Admitted() {
			admitted++
		} else if a.Outcome != refer || a.Reason != admission.ReasonGateStale || a.Notice == "" {
			t.Errorf("%+v", a)
		}
	}
	if !g.faulty("journal_not_written") {
		t.Fatal("the disk is not full: the test shows nothing")
	}
	code, leaving := p.code(t, 2), p.code(t, 3)
	g.show(t, code, in, refer, admission.ReasonGateStale)
	g.show(t, leaving, out, admit, admission.ReasonOK)
	var screen bytes.Buffer
	lane := &agent.Lane{Direction: in, Screen: &screen}
	g.Watch(t.Context(), lane, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(code + "\n")), nil }, true)
	if !strings.Contains(screen.String(), "记录写不进磁盘") || strings.Contains(screen.String(), "admit") {
		t.Errorf("the screen says %s", screen.String())
	}
	if s := g.Status(); s.Held != 1 || s.Unrecorded < 4 {
		t.Errorf("%+v", s)
	}
	if _, err := g.Waiting(1000); err != nil {
		t.Error("what was written cannot be read:", err)
	}
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	g.show(t, code, in, admit, admission.ReasonOK) // it was not used up
	if s := g.Status(); s.Held != 0 || g.faulty("journal_not_written") {
		t.Errorf("with room again: %+v", s)
	}
	_ = g.Close()
	g.start(t)
	if n := uint64(len(g.waiting(t))); n != admitted+3 {
		t.Errorf("%d records instead of %d", n, admitted+3)
	}
	p.set("*", 0)
	g.sync(t)
	if n := uint64(len(p.order)); n != admitted+3 {
		t.Errorf("%d are stored", n)
	}
}

// A disk that turned read-only, as a worn card does; also a start on it.
func TestAReadOnlyDisk(t *testing.T) {
	p, g, disk := onDisk(t)
	used := p.code(t, 1)
	g.show(t, used, in, admit, admission.ReasonOK)
	_ = g.Close() // files that are open for writing keep a disk from turning
	remount := func(how string) {
		t.Helper()
		if out, err := exec.Command("mount", "-o", "remount,"+how, disk).CombinedOutput(); err != nil {
			t.Fatalf("remount: %v %s", err, out)
		}
	}
	if release, err := g.home.Lock(); err != nil {
		t.Fatal(err)
	} else {
		release()
	}
	remount("ro")
	release, err := g.home.Lock()
	if err != nil {
		t.Fatal("the program does not start:", err)
	}
	g.start(t)
	if !g.faulty("journal_not_written") {
		t.Error("after the start it does not say so")
	}
	g.show(t, used, in, refuse, admission.ReasonUsed)
	g.show(t, p.code(t, 2), in, refer, admission.ReasonGateStale)
	g.show(t, p.code(t, 3), out, admit, admission.ReasonOK)
	if s := g.Status(); !g.faulty("journal_not_written") || s.Bundle == nil || s.Held == 0 {
		t.Errorf("%+v", s)
	}
	release()
	remount("rw")
	g.show(t, p.code(t, 4), in, admit, admission.ReasonOK)
	if g.faulty("journal_not_written") || g.Status().Held != 0 {
		t.Error("it does not recover")
	}
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) { return min(len(b), 4096), nil }
