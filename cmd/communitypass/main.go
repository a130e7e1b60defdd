// Command communitypass is the server of CommunityPass 社区通行, with what an
// operator needs beside it: migrations, keys, a check-up.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode) // else gin prints every route
	ctx, stop := untilSignal(context.Background())
	p := &program{out: os.Stdout, err: os.Stderr, environ: os.Environ(), language: languageOf(os.Environ())}
	p.openKeys = p.openKeyRing
	code := p.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// untilSignal is a context that ends with the first SIGINT or SIGTERM. By then the
// second one meets the system's default, which ends the process at once;
// signal.NotifyContext would swallow a second one that comes quickly.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
		}
		signal.Stop(signals)
		cancel()
	}()
	return ctx, cancel
}

// program is one run of the command and what surrounds it.
type program struct {
	out, err io.Writer
	environ  []string
	language language
	openKeys openKeys
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// execute runs one command line and says the exit code. What went wrong is said
// in a sentence: never a stack, never a value that may be a secret.
func (p *program) execute(ctx context.Context, args []string) int {
	root := p.commands()
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	var failed *failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &failed):
		fmt.Fprintln(p.err, failed.in(p.language))
		return exitFailed
	}
	usage := text{zh: "用法有误：" + err.Error() + "。用 communitypass --help 查看用法。",
		en: "Wrong usage: " + err.Error() + ". See communitypass --help."}
	fmt.Fprintln(p.err, usage.in(p.language))
	return exitUsage
}
