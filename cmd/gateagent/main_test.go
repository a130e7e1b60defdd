package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// mostBytes is what fits a small box with its system.
const mostBytes = 15 << 20

// One static file for both kinds of boxes.
func TestItIsSmallAndStatic(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		if arch != runtime.GOARCH && testing.Short() {
			t.Log("left out with -short: " + arch)
			continue
		}
		path := filepath.Join(t.TempDir(), "gateagent")
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", arch, err, out)
		}
		info, err := os.Stat(path)
		if err != nil || info.Size() > mostBytes {
			t.Errorf("%s: %v bytes, %v", arch, info.Size(), err)
		}
		t.Logf("%s: %.1f MB", arch, float64(info.Size())/(1<<20))
	}
}

func TestItSaysWhatIsWrong(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		zh   string
	}{
		{[]string{"no-such"}, exitUsage, "没有这个命令"},
		{[]string{"run"}, exitUsage, "--reader"},
		{[]string{"run", "--reader", "in=exec:sh"}, exitUsage, "--reader 有误"},
		{[]string{"run", "--reader", "in=vguang:short"}, exitUsage, "--reader 有误"},
		{[]string{"run", "--reader", "in=stdin", "--relay", "exec:sh"}, exitUsage, "--relay 有误"},
		{[]string{"run", "--reader", "in=stdin", "--data", data, "--ask", "1h"}, exitUsage, "--ask"},
		{[]string{"run", "--guard", "short"}, exitUsage, "--guard 有误"},
		{[]string{"run", "--guard", "0123456789/abcdef"}, exitUsage, "--guard 有误"},
		{[]string{"run", "--reader", "in=stdin"}, exitUsage, "--data"},
		{[]string{"run", "--reader", "in=stdin", "--data", data}, exitUsage, "--server"},
		{[]string{"enrol", "--data", data, "--server", "http://pass.example.cn", "--code", "x"}, exitFailed, "https"},
		{[]string{"enrol", "--data", data, "--server", "http://127.0.0.1:1", "--code", "ABCD-EFGH-JKMN-PQRS"}, exitFailed, "联系不上平台"},
		{[]string{"letters", "--data", data}, exitOK, ""},
		{[]string{"version"}, exitOK, ""},
	} {
		var out, err bytes.Buffer
		p := &program{in: io.NopCloser(strings.NewReader("")), out: &out, err: &err,
			environ: func(name string) string { return map[string]string{"LANG": "zh_CN.UTF-8"}[name] }}
		if code := p.execute(t.Context(), c.args); code != c.code || !strings.Contains(err.String(), c.zh) {
			t.Errorf("%v: %d, %q", c.args, code, err.String())
		}
	}
	if _, err := os.Stat(filepath.Join(data, "device.key")); err != nil {
		t.Error("no key of its own was made:", err)
	}
}
