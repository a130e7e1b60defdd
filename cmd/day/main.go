// Command day plays one scripted day in the life of a community against a server of
// its own, over HTTP, and prints at the end how many of its checks passed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"communitypass.cn/communitypass/day"
	"communitypass.cn/communitypass/scratch"
)

func main() {
	program := flag.String("program", "bin/communitypass", "the server's program")
	database := flag.String("database", "", "mysql://user:password@host:3306/name of an empty database; a SQLite file when empty")
	server := flag.String("mysql", "", "mysql://user:password@host:3306/, where a database may be made for this day alone")
	households := flag.Int("households", 400, "how many households are imported")
	devices := flag.Int("devices", 0, "play the day of the devices instead, with as many rounds while the recipients are away")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	tally, err := play(ctx, *server, day.Options{Program: *program, Database: *database, Households: *households, Rounds: *devices})
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
func play(ctx context.Context, server string, o day.Options) (tally day.Tally, err error) {
	if server != "" {
		var drop func() error
		if o.Database, drop, err = scratch.Database(server, "day"); err != nil {
			return tally, err
		}
		defer func() { err = errors.Join(err, drop()) }()
	}
	if o.Rounds > 0 {
		return day.PlayDevices(ctx, os.Stdout, o)
	}
	return day.Play(ctx, os.Stdout, o)
}
