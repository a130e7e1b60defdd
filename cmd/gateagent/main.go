// Command gateagent is the gate that works without a network: it enrols once, asks the
// server while it can, decides alone when it cannot, and uploads what it decided.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// release is set when the program is built for a release.
var release = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Getenv}
	code := p.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is one run of the command and what surrounds it.
type program struct {
	in       io.ReadCloser
	out, err io.Writer
	environ  func(string) string
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// text is a sentence for people, in both languages.
type text struct{ zh, en string }

func (t text) Error() string { return t.en }

// said is an error with a sentence in both languages before its cause.
func said(zh, en string, cause error) error { return &spoken{text{zh, en}, cause} }

type spoken struct {
	text
	cause error
}

func (s *spoken) Unwrap() error { return s.cause }

// usage is a mistake in the command line.
type usage struct{ text }

const help = `gateagent 门禁代理 — the gate that works without a network

  gateagent enrol   --data DIR --server URL [--code CODE]   登记本机（不给 --code 则从标准输入读）enrol this device
  gateagent run     --data DIR [--server URL] --reader in=stdin --relay in=http://…   运行 run the gate
  gateagent status  [--listen ADDR]                         查看正在运行的门 how the running gate stands
  gateagent letters --data DIR [--retry]                    平台不收的记录 what the server does not take
  gateagent version

Every flag may be given as GATEAGENT_NAME in the environment. 每个参数也可用环境变量 GATEAGENT_参数名 给出。
See docs/gate-agent.md 说明见 docs/gate-agent.zh.md
`

func (p *program) execute(ctx context.Context, args []string) int {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	var err error
	switch name {
	case "enrol":
		err = p.enrol(ctx, args)
	case "run":
		err = p.run(ctx, args)
	case "status":
		err = p.status(ctx, args)
	case "letters":
		err = p.letters(args)
	case "version":
		fmt.Fprintln(p.out, "gateagent", release)
	case "", "help", "-h", "--help":
		fmt.Fprint(p.out, help)
	default:
		err = &usage{text{"没有这个命令：" + name, "No such command: " + name}}
	}
	return p.end(err)
}

// end says what went wrong and gives the exit code.
func (p *program) end(err error) int {
	var wrong *usage
	var told *spoken
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(p.err, "%s\n%s\n", p.spokenIn(wrong.text), "gateagent help")
		return exitUsage
	case errors.As(err, &told):
		fmt.Fprintln(p.err, p.spokenIn(told.text))
		if told.cause != nil {
			fmt.Fprintln(p.err, told.cause)
		}
	default:
		fmt.Fprintln(p.err, err)
	}
	return exitFailed
}

// spokenIn is a sentence in the language of the environment.
func (p *program) spokenIn(t text) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := p.environ(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				return t.zh
			}
			return t.en
		}
	}
	return t.en
}
