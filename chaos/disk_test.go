package chaos_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// TestDiskFull: without room nothing is acknowledged that is not stored, the
// process says why, reads go on, and with room it goes on by itself.
func TestDiskFull(t *testing.T) {
	data := smallDisk(t)
	w := newWorld(t, data, "")
	l := w.begin(true)
	w.reach(100, 30*time.Second)
	filler := filepath.Join(data, "filler")
	w.fill(filler)
	w.refusedFor(t, "507 storage_full")
	if got := w.statusAs("/v1/communities/"+w.community()+"/passages", w.staff()); got != http.StatusOK {
		t.Errorf("the list of passages answers %d", got)
	}
	if got := w.status(context.Background(), "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz answers %d", got)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	w.reach(1, 20*time.Second)
	_, first := w.book.count()
	t.Logf("first success %v after there was room; refused: %v", first.Sub(freed), w.book.refusals)
	w.reach(100, 30*time.Second)
	l.end()
	w.book.allowRefusals(t, "507 storage_full")
	w.resolve()
	w.again(0)
	w.obey()
	w.sealed()
}

// smallDisk mounts a memory disk of 24 MB, which needs root.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mount := []string{"mount", "-t", "tmpfs", "-o", "size=24m,mode=0700,uid=" + strconv.Itoa(os.Getuid()), "tmpfs", dir}
	umount := []string{"umount", "-l", dir}
	if os.Getuid() != 0 {
		mount, umount = append([]string{"sudo", "-n"}, mount...), append([]string{"sudo", "-n"}, umount...)
	}
	if out, err := exec.Command(mount[0], mount[1:]...).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no small disk can be mounted: %v %s", err, out)
		}
		t.Skipf("a small disk takes root or sudo without a password: %v %s", err, strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command(umount[0], umount[1:]...).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// fill takes what room there is, and again what becomes free.
func (w *world) fill(path string) {
	w.t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, zeroes{}); !errors.Is(err, syscall.ENOSPC) {
		w.t.Fatalf("filling the disk ended with %v", err)
	}
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) { return min(len(b), 4096), nil }

// refusedFor waits until requests have been refused 30 times for a reason. The
// write-ahead log has some room of its own at first.
func (w *world) refusedFor(t *testing.T, key string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		w.book.mu.Lock()
		n := w.book.refusals[key]
		w.book.mu.Unlock()
		if n >= 30 {
			return
		}
		if model.Wait(ctx, 20*time.Millisecond) != nil {
			t.Fatalf("refused: %v", w.book.refusals)
		}
	}
}
