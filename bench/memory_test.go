//go:build bench && linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/testkit"
)

// TestIdleMemory starts the built program on an empty database and reads what it
// holds once it has settled.
func TestIdleMemory(t *testing.T) {
	environ := configuration(t)
	for _, args := range [][]string{{"migrate"}, {"keys", "create", "--first"}} {
		c := exec.CommandContext(t.Context(), testkit.Binary(t), args...)
		c.Env = environ
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	var sizes []float64
	for range 3 {
		sizes = append(sizes, idleMegabytes(t, environ))
	}
	publish(figure{"idle-rss-mb", sizes, "<80", func(v float64) bool { return v < 80 }, fmt.Sprintf("%.0f MB", median(sizes))})
}

func idleMegabytes(t *testing.T, environ []string) float64 {
	t.Helper()
	c := exec.CommandContext(t.Context(), testkit.Binary(t), "serve")
	c.Env = environ
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	size := residentMegabytes(t, c.Process.Pid)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	return size
}

func residentMegabytes(t *testing.T, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	t.Fatal("the kernel does not say what is resident")
	return 0
}

func configuration(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	return []string{
		"COMMUNITYPASS_LISTEN=" + testkit.FreePort(t), "COMMUNITYPASS_PRIVATE_LISTEN=" + testkit.FreePort(t),
		"COMMUNITYPASS_PUBLIC_URL=https://pass.example.cn", "COMMUNITYPASS_DATA_DIR=" + dir,
		"COMMUNITYPASS_DATABASE=" + filepath.Join(dir, "bench.db"),
		"COMMUNITYPASS_MASTER_KEY=0a1c3be27a604d85b2e1f0c497a86d34",
		"COMMUNITYPASS_WECHAT_APP_ID=wx0123456789", "COMMUNITYPASS_WECHAT_SECRET=0123456789abcdef0123456789abcdef",
	}
}
