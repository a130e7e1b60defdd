// Command simulate plays devices against a server over their real protocols, so that
// whoever makes or joins a device can try without hardware.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/model"

	"github.com/emiago/sipgo/sip"
	"github.com/spf13/cobra"
)

func main() {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // it warns of its own sockets
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(os.Stdout).ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(out io.Writer) *cobra.Command {
	c := &cobra.Command{Use: "simulate", SilenceUsage: true, SilenceErrors: true,
		Short: "Devices and systems, played over their real protocols 模拟设备和外部系统"}
	c.AddCommand(conformanceCommand(out), deviceCommand(out))
	return c
}

var errFailed = errors.New("some payloads were not answered as their devices expect 有报文未得到设备期望的应答")

func conformanceCommand(out io.Writer) *cobra.Command {
	var payloads, program, database, demo string
	c := &cobra.Command{Use: "conformance", Args: cobra.NoArgs,
		Short: "Replay a folder of payloads and judge the answers 回放报文并核对应答",
		RunE: func(c *cobra.Command, _ []string) error {
			target, stop, err := targetOf(c.Context(), program, database, demo)
			if err != nil {
				return err
			}
			defer stop()
			t, err := conformance.Run(c.Context(), conformance.Options{Payloads: payloads, Target: target, Clock: model.SystemClock{}, Out: out})
			fmt.Fprintf(out, "left out, each with its reason above: %d\n%d passed, %d failed\n", t.LeftOut, t.Passed, t.Failed)
			if err != nil {
				return err
			}
			if t.Failed > 0 {
				return errFailed
			}
			return nil
		}}
	c.Flags().StringVar(&payloads, "payloads", "", "folder of files <kind>-<vendor>-<n>.<ext> 报文目录")
	c.Flags().StringVar(&program, "program", "bin/communitypass", "the server's program, started as a demo of its own 服务端程序")
	c.Flags().StringVar(&database, "database", "", "mysql://user:password@host:3306/name for that demo; a file when empty 数据库")
	c.Flags().StringVar(&demo, "demo", "", "instead: what a running demo --json printed, in a file 已运行的演示服务的输出")
	_ = c.MarkFlagRequired("payloads") // the flag is there
	return c
}

func targetOf(ctx context.Context, program, database, demo string) (conformance.Target, func(), error) {
	if demo == "" {
		return conformance.Start(ctx, program, database)
	}
	printed, err := os.ReadFile(demo)
	if err != nil {
		return conformance.Target{}, nil, err
	}
	t, err := conformance.DemoTarget(printed)
	return t, func() {}, err
}
