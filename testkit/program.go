package testkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// Demo is what `communitypass demo --json` prints.
type Demo struct {
	BaseURL     string `json:"base_url"`
	PrivateURL  string `json:"private_url"`
	ClockURL    string `json:"clock_url"`
	DeviceURL   string `json:"device_url"`
	MQTTURL     string `json:"mqtt_url"`
	Communities []struct {
		CommunityID string `json:"community_id"`
		CommitteeID string `json:"committee_id"`
		StreetID    string `json:"street_id"`
		Name        string `json:"name"`
	} `json:"communities"`
	People    map[string]DemoPerson `json:"people"`
	Unclaimed struct {
		WechatCode  string `json:"wechat_code"`
		PhoneCode   string `json:"phone_code"`
		CommunityID string `json:"community_id"`
		Building    string `json:"building"`
		Unit        string `json:"unit"`
		Room        string `json:"room"`
		Name        string `json:"name"`
		Relation    string `json:"relation"`
	} `json:"unclaimed"`
	Gates []struct {
		GateID      string `json:"gate_id"`
		CommunityID string `json:"community_id"`
		Direction   string `json:"direction"`
		Perimeter   string `json:"perimeter"`
		DeviceToken string `json:"device_token"`
	} `json:"gates"`
	EntryCodes []struct {
		CommunityID string `json:"community_id"`
		GateID      string `json:"gate_id"`
		Code        string `json:"code"`
		URL         string `json:"url"`
	} `json:"entry_codes"`
	Property struct {
		RecipientID string `json:"recipient_id"`
		ReceivedURL string `json:"received_url"`
	} `json:"property"`
}

// DemoPerson is a resident or a member of staff.
type DemoPerson struct {
	PersonID     string `json:"person_id"`
	CommunityID  string `json:"community_id"`
	Role         string `json:"role"`
	WechatCode   string `json:"wechat_code"`
	Username     string `json:"username"`
	Password     string `json:"password"`
	TOTPSecret   string `json:"totp_secret"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	PassID       string `json:"pass_id"`
}

// Program is a running server process, built from this source.
type Program struct {
	Demo Demo
	cmd  *exec.Cmd
	log  lockedBuffer
	done chan struct{}
}

// binary builds the program once per test process.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "communitypass-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "communitypass")
	out, err := exec.Command("go", "build", "-o", path, "communitypass.cn/communitypass/cmd/communitypass").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

// Binary is the path of the built program.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// StartDemo runs the demo on free ports with the given data folder and waits for
// what it prints. It is stopped with the test, if it still runs.
func StartDemo(t testing.TB, data string, more ...string) *Program {
	t.Helper()
	args := append([]string{"demo", "--json", "--listen", "127.0.0.1:0", "--private", "127.0.0.1:0", "--data", data}, more...)
	p := &Program{cmd: exec.Command(Binary(t), args...), done: make(chan struct{})}
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(t) })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	go func() {
		defer close(p.done)
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
	}()
	if err != nil {
		t.Fatalf("the demo printed nothing: %v\n%s", err, p.Log())
	}
	if err := json.Unmarshal(line, &p.Demo); err != nil {
		t.Fatalf("the demo's first line: %v", err)
	}
	return p
}

// Log is what the program wrote to standard error so far.
func (p *Program) Log() string { return p.log.String() }

// PID is the process id.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Kill ends the program without warning and waits until it is gone.
func (p *Program) Kill(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-p.done
}

// Stop asks the program to end, insists that it does so within 20 seconds, and
// gives its exit code: -1 when it was killed.
func (p *Program) Stop(t testing.TB) int {
	t.Helper()
	if p.cmd.Process == nil {
		return -1
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		t.Errorf("the program did not stop:\n%s", p.Log())
		return -1
	}
}

// NewMySQLDatabase makes an empty database on TEST_MYSQL_DSN and drops it with the
// test; it gives its address for --database.
func NewMySQLDatabase(t testing.TB) string {
	t.Helper()
	server := strings.TrimRight(MySQLDSN(), "/")
	name := fmt.Sprintf("cp_test_%d_%s", os.Getpid(), strings.ToLower(model.NewCode(10)))
	execMySQL(t, server+"/", "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
	t.Cleanup(func() { execMySQL(t, server+"/", "DROP DATABASE "+name) })
	return server + "/" + name
}

// FreePort gives an address on which nothing listened a moment ago.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
