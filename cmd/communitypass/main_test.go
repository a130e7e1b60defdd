package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// asProgram makes the test binary behave like the program itself, so that tests
// can send it signals.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "main":
		main()
	case "stuck":
		serveStuck()
	}
	os.Exit(m.Run())
}

// serveStuck is a server with a request that never ends, to be stopped twice.
func serveStuck() {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	log := newLog(os.Stderr, 0)
	socket, err := openSocket("127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
	l := listen(socket, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		log.Info("entered")
		select {}
	}), log)
	idle := worker{"recorder", func(ctx context.Context) { <-ctx.Done() }}
	p := &process{log: log, ready: &readiness{}, listeners: []*listener{l}, recorder: idle,
		close: func() error { return nil }, drain: time.Minute, patience: time.Minute}
	if err := p.run(ctx); err != nil {
		os.Exit(exitFailed)
	}
	os.Exit(exitOK)
}

// result is what a command line left behind.
type result struct {
	code     int
	out, err string
}

func execute(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	return executeWith(t, &program{environ: environ, language: english}, args...)
}

func executeWith(t *testing.T, p *program, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	p.out, p.err = &out, &err
	code := p.execute(t.Context(), args)
	return result{code, out.String(), err.String()}
}

// masterKey and appSecret are what a test configuration holds, and no output may.
const (
	masterKey = "9f1c3be27a604d85b2e1f0c497a86d35"
	appSecret = "6c1e0f7ab59d4823"
)

// complete is a configuration that serve takes, on an SQLite file of its own.
func complete(t *testing.T, more ...string) []string {
	t.Helper()
	dir := t.TempDir()
	return append([]string{
		"COMMUNITYPASS_LISTEN=127.0.0.1:0", "COMMUNITYPASS_PRIVATE_LISTEN=127.0.0.1:0",
		"COMMUNITYPASS_PUBLIC_URL=https://pass.example.cn", "COMMUNITYPASS_TRUSTED_PROXIES=127.0.0.1/32",
		"COMMUNITYPASS_DATA_DIR=" + dir,
		"COMMUNITYPASS_DATABASE=" + filepath.Join(dir, "test.db"),
		"COMMUNITYPASS_MASTER_KEY=" + masterKey,
		"COMMUNITYPASS_WECHAT_APP_ID=wx0123456789", "COMMUNITYPASS_WECHAT_SECRET=" + appSecret,
	}, more...)
}

// without drops a variable.
func without(environ []string, name string) []string {
	var out []string
	for _, line := range environ {
		if len(line) <= len(prefix+name) || line[:len(prefix+name)+1] != prefix+name+"=" {
			out = append(out, line)
		}
	}
	return out
}

// noon is an instant for keys and rows.
var noon = model.FrozenClock(time.Date(2026, time.November, 22, 4, 0, 0, 0, time.UTC))
