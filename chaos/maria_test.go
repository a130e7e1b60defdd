package chaos_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/testkit"
)

// maria is a MariaDB server of the test's own, which may be killed.
type maria struct {
	t       *testing.T
	dir     string
	address string
	cmd     *exec.Cmd
	done    chan struct{}
}

// newMaria installs and starts a server. Where there is none the test is left out,
// but not in CI, where one belongs.
func newMaria(t *testing.T) *maria {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	for _, name := range []string{"mariadbd", "mariadb-install-db"} {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatal(name + " is missing: install mariadb-server")
		}
		t.Skip(name + " is missing (apt-get install mariadb-server): this test kills a server of its own")
	}
	// A socket's path must be short, which t.TempDir is not.
	dir, err := os.MkdirTemp("", "maria")
	if err != nil {
		t.Fatal(err)
	}
	m := &maria{t: t, dir: dir, address: testkit.FreePort(t)}
	t.Cleanup(m.remove)
	install := append([]string{"--no-defaults", "--datadir=" + m.data(), "--auth-root-authentication-method=normal", "--skip-test-db"}, asUser()...)
	if out, err := exec.Command("mariadb-install-db", install...).CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	m.start()
	db := m.open("")
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE communitypass CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"); err != nil {
		t.Fatal(err)
	}
	return m
}

// asUser is what a server must be told that is started by root, as in containers.
func asUser() []string {
	if os.Getuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

func (m *maria) data() string { return filepath.Join(m.dir, "data") }

// dsn is the address for --database, reached at host:port.
func (m *maria) dsn(at string) string { return "mysql://root:@" + at + "/communitypass" }

func (m *maria) open(name string) *sql.DB {
	m.t.Helper()
	db, err := sql.Open("mysql", "root:@tcp("+m.address+")/"+name)
	if err != nil {
		m.t.Fatal(err)
	}
	return db
}

// start runs the server and waits until it answers.
func (m *maria) start() {
	m.t.Helper()
	_, port, err := net.SplitHostPort(m.address)
	if err != nil {
		m.t.Fatal(err)
	}
	log := filepath.Join(m.dir, "log")
	m.cmd = exec.Command("mariadbd", append([]string{"--no-defaults", "--datadir=" + m.data(), "--bind-address=127.0.0.1", "--port=" + port,
		"--socket=" + filepath.Join(m.dir, "s"), "--pid-file=" + filepath.Join(m.dir, "pid"), "--log-error=" + log,
		"--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=1", "--skip-name-resolve"}, asUser()...)...)
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.done = make(chan struct{})
	go func() {
		defer close(m.done)
		_ = m.cmd.Wait()
	}()
	db := m.open("")
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for db.PingContext(ctx) != nil {
		if model.Wait(ctx, 20*time.Millisecond) != nil {
			text, _ := os.ReadFile(log)
			m.t.Fatalf("mariadbd does not answer\n%s", text)
		}
	}
}

// kill ends the server without warning.
func (m *maria) kill() {
	m.t.Helper()
	m.signal(syscall.SIGKILL)
	<-m.done
}

func (m *maria) signal(s syscall.Signal) {
	m.t.Helper()
	if err := m.cmd.Process.Signal(s); err != nil {
		m.t.Fatal(err)
	}
}

// remove ends the server, frozen or not, and removes what it wrote.
func (m *maria) remove() {
	if m.cmd != nil && m.cmd.Process != nil {
		_ = m.cmd.Process.Kill()
		<-m.done
	}
	if err := os.RemoveAll(m.dir); err != nil {
		m.t.Error(err)
	}
}

// mysqlServer is a database on TEST_MYSQL_DSN, or on a server of the test's own.
func mysqlServer(t *testing.T) string {
	t.Helper()
	if strings.HasPrefix(testkit.MySQLDSN(), "mysql://") {
		return testkit.NewMySQLDatabase(t)
	}
	m := newMaria(t)
	return m.dsn(m.address)
}

// figure reads a number of the program's metrics.
func (w *world) figure(name string) float64 {
	w.t.Helper()
	text := fetch(w.t, w.demo().PrivateURL+"/metrics")
	for line := range strings.Lines(text) {
		var v float64
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			if _, err := fmt.Sscan(rest, &v); err != nil {
				w.t.Fatal(err)
			}
			return v
		}
	}
	w.t.Fatalf("no figure %s", name)
	return 0
}
