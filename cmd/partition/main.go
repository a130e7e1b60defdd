// Command partition cuts and joins the network between three gates and the server by a
// random schedule, and prints at the end how many of its checks passed. It needs root,
// since each gate stands in a network namespace of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/partition"
	"communitypass.cn/communitypass/scratch"
)

func main() {
	server := flag.String("server", "bin/communitypass", "the server's program")
	agent := flag.String("agent", "bin/gateagent", "the gate agent's program")
	dsn := flag.String("mysql", "", "mysql://user:password@host:3306/, where a database may be made: two replicas instead of one server on SQLite")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano())%1_000_000, "what the schedule is made of")
	seconds := flag.Int("seconds", 300, "how long the network is cut and joined")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	tally, err := play(ctx, *dsn, partition.Options{Server: *server, Agent: *agent, Seed: *seed, Length: time.Duration(*seconds) * time.Second, Clock: model.SystemClock{}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		tally.Failed++
	}
	fmt.Printf("%d passed, %d failed\n", tally.Passed, tally.Failed)
	if tally.Failed > 0 {
		os.Exit(1)
	}
}

// play runs on a database of its own where a MySQL server is named.
func play(ctx context.Context, dsn string, o partition.Options) (tally partition.Tally, err error) {
	if dsn != "" {
		var drop func() error
		if o.Database, drop, err = scratch.Database(dsn, "partition"); err != nil {
			return tally, err
		}
		defer func() { err = errors.Join(err, drop()) }()
	}
	return partition.Play(ctx, os.Stdout, o)
}
