package main

import (
	"context"
	"errors"
	"fmt"

	"communitypass.cn/communitypass/model"

	"github.com/spf13/cobra"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "Bring the database's schema up to date 更新数据库结构", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.migrate(c.Context()) }}
}

// migrate runs the missing steps. It needs the database only, no keys.
func (p *program) migrate(ctx context.Context) error {
	cfg, err := readConfig(p.environ)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, cfg, model.SystemClock{})
	if err != nil {
		return err
	}
	steps, err := s.Migrate(ctx)
	if err := errors.Join(err, s.Close()); err != nil {
		return fail("数据库结构没有更新完；排除原因后再运行一次即可继续。",
			"The schema is not up to date yet; mend the reason and run it again, it goes on from there.", err)
	}
	done := text{zh: fmt.Sprintf("数据库结构已是最新，运行了 %d 步。", steps), en: fmt.Sprintf("The schema is up to date, %d step(s) were run.", steps)}
	fmt.Fprintln(p.out, done.in(p.language))
	return nil
}
