package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

func TestServeRefusesToStart(t *testing.T) {
	for name, c := range map[string]struct {
		environ func(t *testing.T) []string
		says    string
	}{
		"nothing set": {func(*testing.T) []string { return nil }, "MASTER_KEY"},
		"weak master": {func(t *testing.T) []string {
			return append(without(furnished(t), "MASTER_KEY"), prefix+"MASTER_KEY=secret")
		}, "16 random bytes"},
		"no schema": {func(t *testing.T) []string { return complete(t) }, "Run communitypass migrate"},
		"no keys":   {func(t *testing.T) []string { return migrated(t) }, "keys create --first"},
		"no wechat": {func(t *testing.T) []string { return without(furnished(t), "WECHAT_SECRET") }, "WECHAT_SECRET"},
		"not https": {func(t *testing.T) []string {
			return append(without(furnished(t), "PUBLIC_URL"), prefix+"PUBLIC_URL=http://a.example")
		}, "PUBLIC_URL"},
		"another key": {func(t *testing.T) []string {
			return append(without(furnished(t), "MASTER_KEY"), prefix+"MASTER_KEY=0a1c3be27a604d85b2e1f0c497a86d35")
		}, "does not fit"},
		"a demo's data": {func(t *testing.T) []string {
			environ := furnished(t)
			change(t, environ, func(tx *store.Tx) error { return tx.SetMeta(store.MetaDemo, "1") })
			return environ
		}, "communitypass demo"},
		"taken port": {func(t *testing.T) []string {
			l := listening(t, http.NotFoundHandler())
			t.Cleanup(func() { _ = l.socket.Close() })
			return append(without(furnished(t), "LISTEN"), prefix+"LISTEN="+l.socket.Addr().String())
		}, "Cannot listen"},
		"no database": {func(t *testing.T) []string {
			return append(without(furnished(t), "DATABASE"), prefix+"DATABASE=mysql://u:pa55word@127.0.0.1:1/name")
		}, "database does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			r := execute(t, c.environ(t), "serve")
			if r.code != exitFailed || !strings.Contains(r.err, c.says) {
				t.Errorf("ended with %d: %s", r.code, r.err)
			}
			for _, leak := range []string{masterKey, appSecret, "pa55word", "goroutine"} {
				if strings.Contains(r.out+r.err, leak) {
					t.Errorf("%q is in %q", leak, r.out+r.err)
				}
			}
		})
	}
}

// child is the program in a process of its own.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
	all   bytes.Buffer
}

func startChild(t *testing.T, role string, environ []string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := &child{Cmd: exec.CommandContext(ctx, self, args...)}
	c.Env = append(environ, asProgram+"="+role)
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(io.TeeReader(said, &c.all))
	return c
}

// until reads the log to a line with the message, and gives its address.
func (c *child) until(t *testing.T, message string) string {
	t.Helper()
	for c.lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(c.lines.Bytes(), &line) == nil && line.Msg == message {
			return line.Address
		}
	}
	t.Fatalf("%q was never said in %s", message, c.all.String())
	return ""
}

// end reads the log to its end and waits.
func (c *child) end() *os.ProcessState {
	for c.lines.Scan() {
	}
	_ = c.Wait()
	return c.ProcessState
}

func TestServeAnswersAndStops(t *testing.T) {
	environ := furnished(t)
	c := startChild(t, "main", environ, "serve")
	public, inner := c.until(t, "listening"), c.until(t, "listening")
	for path, want := range map[string]string{public + "/healthz": `{"status":"ok"}`, inner + "/metrics": "go_goroutines", inner + "/debug/pprof/cmdline": ""} {
		if body := fetch(t, "http://"+path, http.StatusOK); !strings.Contains(body, want) {
			t.Errorf("%s answers %q", path, body)
		}
	}
	fetch(t, "http://"+public+"/metrics", http.StatusNotFound)
	fetch(t, "http://"+public+"/debug/pprof/", http.StatusNotFound)
	at := append(without(environ, "LISTEN"), prefix+"LISTEN="+public)
	for _, args := range [][]string{{"health"}, {"health", "--ready"}} {
		if r := execute(t, at, args...); r.code != exitOK {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if state := c.end(); state.ExitCode() != exitOK {
		t.Errorf("ended as %v: %s", state, c.all.String())
	}
	if r := execute(t, at, "health"); r.code != exitFailed || !strings.Contains(r.err, "does not answer") {
		t.Errorf("health of a stopped server: %+v", r)
	}
	for _, leak := range []string{masterKey, appSecret} {
		if strings.Contains(c.all.String(), leak) {
			t.Errorf("a secret is in the log")
		}
	}
}

func fetch(t *testing.T, url string, status int) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != status {
		t.Errorf("%s answers %d", url, answer.StatusCode)
	}
	return string(body)
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	c := startChild(t, "stuck", nil)
	address := c.until(t, "listening")
	go func() {
		if answer, err := http.Get("http://" + address); err == nil {
			_ = answer.Body.Close()
		}
	}()
	c.until(t, "entered")
	for _, wait := range []string{"stopping", ""} {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if wait != "" {
			c.until(t, wait)
		}
	}
	state := c.end()
	if status, ok := state.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("ended as %v", state)
	}
}

func TestBootstrapTokenIsOffered(t *testing.T) {
	cfg, err := readConfig(complete(t))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	try := func(token string, fails error) error {
		out.Reset()
		return offerBootstrap(t.Context(), func(context.Context) (string, error) { return token, fails }, cfg.PublicURL, &out)
	}
	if err := try("bt_once", nil); err != nil || !strings.Contains(out.String(), "bt_once") || !strings.Contains(out.String(), cfg.PublicURL+"/v1/bootstrap") {
		t.Errorf("offered %q, %v", out.String(), err)
	}
	if err := try("", model.Fail(model.CodeBootstrapClosed)); err != nil || out.Len() != 0 {
		t.Errorf("with staff: %q, %v", out.String(), err)
	}
	var failed *failure
	if err := try("", model.Fail(model.CodeUnavailable)); !errors.As(err, &failed) || out.Len() != 0 {
		t.Errorf("with the database down: %q, %v", out.String(), err)
	}
}
