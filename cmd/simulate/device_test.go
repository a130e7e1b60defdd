package main_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/testkit"
)

// longest is generous: a slow machine is no failure.
const longest = 5 * time.Minute

// programs builds the simulator and the server.
func programs(t *testing.T) (simulate, server string) {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "communitypass.cn/communitypass/cmd/simulate", "communitypass.cn/communitypass/cmd/communitypass").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return filepath.Join(folder, "simulate"), filepath.Join(folder, "communitypass")
}

// Each kind, over its real protocol, against a real server.
func TestDevicesPlayThemselves(t *testing.T) {
	simulate, server := programs(t)
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	args := []string{"device", "--program", server, "--for", "1s"}
	if testkit.MySQLDSN() != "" {
		args = append(args, "--database", testkit.NewMySQLDatabase(t))
	}
	out, err := exec.CommandContext(ctx, simulate, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	if !regexp.MustCompile(`\n[1-9][0-9]* passed, 0 failed\n$`).MatchString(text) || strings.Contains(text, "left out") {
		t.Errorf("not all are content:\n%s", text)
	}
	for _, kind := range conformance.Kinds() {
		// Its beginning and at least one thing that it did.
		if n := len(regexp.MustCompile(`(?m)^[0-9:]+ `+regexp.QuoteMeta(kind)+` +ok `).FindAllString(text, -1)); n < 2 {
			t.Errorf("%s did %d things", kind, n)
		}
	}
}

// Ctrl-C ends the play cleanly; a device that the server does not answer is a failure,
// and is said so.
func TestAPlayEndsAndCanFail(t *testing.T) {
	simulate, server := programs(t)
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	c := exec.CommandContext(ctx, simulate, "device", "--program", server, "--kind", "vguang-http,zkteco", "--every", "50ms")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, last, rounds := bufio.NewScanner(out), "", 0
	for lines.Scan() {
		last = lines.Text()
		if strings.Contains(last, "vguang-http  ok   shows a code") {
			if rounds++; rounds == 3 {
				if err := c.Process.Signal(syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := c.Wait(); err != nil || !strings.HasSuffix(last, " passed, 0 failed") {
		t.Errorf("%v, the last line is %q", err, last)
	}

	bad, err := exec.CommandContext(ctx, simulate, "device", "--server", "http://127.0.0.1:9", "--device-server", "http://127.0.0.1:9", "--token", "t", "--community", "c", "--gate", "g", "--kind", "cap", "--for", "1ms").CombinedOutput()
	if err == nil || !strings.Contains(string(bad), "0 passed, 1 failed") {
		t.Errorf("nobody answers, and that is %v:\n%s", err, bad)
	}
	if _, err := exec.CommandContext(ctx, simulate, "device", "--server", "http://127.0.0.1:9", "--device-server", "x", "--token", "t", "--community", "c", "--gate", "g", "--kind", "toaster").Output(); err == nil {
		t.Error("a toaster was played")
	}
}

// The demo plays some beside its people, also after it was cut off.
func TestTheDemoHasDevices(t *testing.T) {
	_, server := programs(t)
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	data := filepath.Join(t.TempDir(), "data")
	for _, end := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		c := exec.CommandContext(ctx, server, "demo", "--json", "--listen", "127.0.0.1:0", "--data", data, "--devices", "hikvision,sia")
		out, err := c.StderrPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines, done := bufio.NewScanner(out), 0
		for lines.Scan() {
			switch text := lines.Text(); {
			case strings.Contains(text, " FAIL "):
				t.Error(text)
			case strings.Contains(text, "begins 上线"), strings.Contains(text, "raises"):
				done++
			case strings.Contains(text, "restores it"): // the last of the first round
				_ = c.Process.Signal(end)
			}
		}
		if err := c.Wait(); done != 4 || (err == nil) == (end == syscall.SIGKILL) {
			t.Errorf("%d things were done, then %v: %v", done, end, err)
		}
	}
}
