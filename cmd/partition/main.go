// Command partition cuts and joins the network between three gates and the server by a
// random schedule, and prints at the end how many of its checks passed. It needs root,
// since each gate stands in a network namespace of its own.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/partition"

	"github.com/go-sql-driver/mysql"
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
	if dsn == "" {
		return partition.Play(ctx, os.Stdout, o)
	}
	dsn = strings.TrimRight(dsn, "/")
	name := fmt.Sprintf("cp_partition_%d", os.Getpid())
	if err := execute(dsn, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"); err != nil {
		return tally, err
	}
	o.Database = dsn + "/" + name
	tally, err = partition.Play(ctx, os.Stdout, o)
	if dropped := execute(dsn, "DROP DATABASE "+name); err == nil {
		err = dropped
	}
	return tally, err
}

func execute(dsn, statement string) error {
	rest := strings.TrimPrefix(dsn, "mysql://")
	user, address, ok := strings.Cut(rest, "@")
	if !ok {
		return fmt.Errorf("-mysql is not mysql://user:password@host:3306/")
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, _ = strings.Cut(user, ":")
	c.Net, c.Addr = "tcp", address
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}
