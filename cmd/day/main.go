// Command day plays one scripted day in the life of a community against a server of
// its own, over HTTP, and prints at the end how many of its checks passed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"communitypass.cn/communitypass/day"
)

func main() {
	program := flag.String("program", "bin/communitypass", "the server's program")
	database := flag.String("database", "", "mysql://user:password@host:3306/name of an empty database; a SQLite file when empty")
	households := flag.Int("households", 400, "how many households are imported")
	devices := flag.Int("devices", 0, "play the day of the devices instead, with as many rounds while the recipients are away")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	play := day.Play
	if *devices > 0 {
		play = day.PlayDevices
	}
	tally, err := play(ctx, os.Stdout, day.Options{Program: *program, Database: *database, Households: *households, Rounds: *devices})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		tally.Failed++
	}
	fmt.Printf("%d passed, %d failed\n", tally.Passed, tally.Failed)
	if tally.Failed > 0 {
		os.Exit(1)
	}
}
