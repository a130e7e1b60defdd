package testkit

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Redis is a Redis as a process of the test's own, which keeps nothing on disk.
type Redis struct {
	Addr string
	cmd  *exec.Cmd
}

// NewRedis runs a Redis. Where it is not installed the test is skipped, but fails in CI.
func NewRedis(t testing.TB) *Redis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("NOT TESTED: redis-server is not installed (apt-get install redis-server)")
	}
	r := &Redis{Addr: FreePort(t)}
	r.Start(t)
	t.Cleanup(r.Stop)
	return r
}

// Start starts it, again after Stop, and waits until it listens.
func (r *Redis) Start(t testing.TB) {
	t.Helper()
	_, port, _ := net.SplitHostPort(r.Addr)
	r.cmd = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if c, err := net.DialTimeout("tcp", r.Addr, time.Second); err == nil {
			_ = c.Close()
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatal("redis does not listen")
}

// Freeze stops it where it stands: connections stay open and nothing is answered.
func (r *Redis) Freeze(t testing.TB) { r.signal(t, syscall.SIGSTOP) }

// Thaw lets it go on.
func (r *Redis) Thaw(t testing.TB) { r.signal(t, syscall.SIGCONT) }

func (r *Redis) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Stop ends it at once, with all that it held.
func (r *Redis) Stop() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	r.cmd = nil
}
