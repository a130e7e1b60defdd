package main

import (
	"context"
	"errors"

	"communitypass.cn/communitypass/model"

	"github.com/spf13/cobra"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{Use: "serve", Short: "Run the server 启动服务", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) }}
}

// serve reads, builds, runs and stops.
func (p *program) serve(ctx context.Context) error {
	cfg, err := readConfig(p.environ, forServing...)
	if err != nil {
		return err
	}
	log := newLog(p.err, cfg.LogLevel)
	for _, name := range cfg.unknown {
		log.Warn("unknown variable, ignored", "name", name)
	}
	clock := model.SystemClock{}
	s, err := openStore(ctx, cfg, clock)
	if err != nil {
		return err
	}
	if err := mayServe(ctx, s); err != nil {
		return errors.Join(err, s.Close())
	}
	h, err := build(ctx, cfg, log, s, clock)
	if err != nil {
		return err
	}
	if err := h.offerBootstrap(ctx, p.out); err != nil {
		return errors.Join(err, h.close())
	}
	proc, err := h.process()
	if err != nil {
		return errors.Join(err, h.close())
	}
	log.Info("starting", "version", version(), "database", string(h.deps.Store.Dialect()))
	return proc.run(ctx)
}
