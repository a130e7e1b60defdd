package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"

	"github.com/spf13/cobra"
)

func (p *program) doctorCommand() *cobra.Command {
	var asJSON, quick bool
	c := &cobra.Command{Use: "doctor", Short: "Check everything, change nothing 体检", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.doctor(c.Context(), asJSON, quick) }}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON 输出 JSON")
	c.Flags().BoolVar(&quick, "quick", false, "leave out the audit chain, which takes long to read 不检查审计链")
	return c
}

// doctor looks at all that serve stands on, as far as it gets, and fails when
// something must be mended.
func (p *program) doctor(ctx context.Context, asJSON, quick bool) error {
	found := examine(ctx, p.environ, quick)
	if asJSON {
		if err := found.printJSON(p.out); err != nil {
			return explain(err)
		}
	} else {
		found.print(p.out, p.language)
	}
	if n := found.bad(); n > 0 {
		return fail(fmt.Sprintf("有 %d 项需要处理（✗）。", n), fmt.Sprintf("%d thing(s) must be mended (✗).", n))
	}
	return nil
}

func examine(ctx context.Context, environ []string, quick bool) *checkup {
	c, started := new(checkup), time.Now()
	cfg, ok := c.configuration(environ)
	c.disk(cfg.DataDir)
	if ok {
		c.contents(ctx, cfg, quick)
	}
	c.clock(started, time.Now())
	return c
}

// contents looks into the database.
func (c *checkup) contents(ctx context.Context, cfg *Config, quick bool) {
	if _, err := os.Stat(cfg.DSN()); !cfg.onMySQL() && errors.Is(err, fs.ErrNotExist) {
		c.add("database", bad, "数据库文件还不存在：请先运行 communitypass migrate。", "The database file does not exist yet: run communitypass migrate first.")
		return
	}
	s, err := openStore(ctx, cfg, model.SystemClock{})
	if err != nil {
		c.broken("database", err)
		return
	}
	defer s.Close()
	if c.database(ctx, s) {
		c.keys(s.View(ctx), cfg.master)
		c.tombstones(ctx, cfg, s)
		c.recipients(s.View(ctx), model.Millis(time.Now()))
		if !quick {
			c.audit(ctx, s, cfg)
		}
	}
}

// database says whether the schema is there to look further.
func (c *checkup) database(ctx context.Context, s *store.Store) bool {
	state, err := s.View(ctx).Condition()
	if err != nil {
		c.broken("database", err)
		return false
	}
	c.add("database", good, fmt.Sprintf("%s，%s。", state.Version, size(state.Bytes)), fmt.Sprintf("%s, %s.", state.Version, size(state.Bytes)))
	c.durability(state)
	c.databaseClock(state, time.Now())
	if err := mayServe(ctx, s); err != nil {
		c.broken("schema", err)
		return false
	}
	c.add("schema", good, "数据库结构是最新的。", "The schema is up to date.")
	if err := s.Writable(ctx); err != nil {
		c.broken("database", err)
	}
	return true
}

func (c *checkup) durability(state store.Condition) {
	if state.Journal != "wal" && state.Journal != "innodb" {
		c.add("database", odd, "SQLite 没有使用 WAL 日志（文件系统可能不支持）：读写会互相等待。",
			"SQLite does not use its WAL (the file system may not support it): readers and writers will wait for each other.")
	}
	if !state.Durable {
		c.add("database", odd, "提交没有立即落盘：断电可能丢失最近的通行记录。MySQL 请设 innodb_flush_log_at_trx_commit=1。",
			"Commits are not flushed: a loss of power may lose the latest passages. For MySQL set innodb_flush_log_at_trx_commit=1.")
	}
}
