package testkit

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Mosquitto is a broker of another maker, as a process of the test's own.
type Mosquitto struct {
	Addr   string
	folder string
	cmd    *exec.Cmd
}

// NewMosquitto runs a broker with an access list and the given users, each with a
// password. Where it is not installed the test is skipped, but fails in CI.
func NewMosquitto(t testing.TB, accessList string, users map[string]string) *Mosquitto {
	t.Helper()
	for _, name := range []string{"mosquitto", "mosquitto_passwd"} {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("NOT TESTED: %s is not installed (apt-get install mosquitto)", name)
	}
	m := &Mosquitto{Addr: FreePort(t), folder: t.TempDir()}
	_, port, _ := net.SplitHostPort(m.Addr)
	list, err := os.ReadFile(accessList)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"acl": string(list), "passwd": "",
		// It drops its privileges where the tests are root's, and could read nothing then.
		"conf": fmt.Sprintf("listener %s 127.0.0.1\nuser root\nallow_anonymous false\npassword_file %s\nacl_file %s\n", port, filepath.Join(m.folder, "passwd"), filepath.Join(m.folder, "acl"))} {
		if err := os.WriteFile(filepath.Join(m.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for user, password := range users {
		if out, err := exec.Command("mosquitto_passwd", "-b", filepath.Join(m.folder, "passwd"), user, password).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	m.Start(t)
	t.Cleanup(m.Stop)
	return m
}

// Start starts the broker, again after Stop, and waits until it listens.
func (m *Mosquitto) Start(t testing.TB) {
	t.Helper()
	m.cmd = exec.Command("mosquitto", "-c", filepath.Join(m.folder, "conf"))
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if c, err := net.DialTimeout("tcp", m.Addr, time.Second); err == nil {
			_ = c.Close()
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatal("mosquitto does not listen")
}

// Stop ends the broker at once; it remembers nothing.
func (m *Mosquitto) Stop() {
	if m.cmd == nil {
		return
	}
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
	m.cmd = nil
}
