package main

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

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
	on, err := openSockets(cfg)
	if err != nil {
		return err
	}
	h, err := p.open(ctx, cfg, log)
	if err != nil {
		return errors.Join(err, on.close())
	}
	// Reading the contract and the pages takes twice the memory that serving them does.
	debug.FreeOSMemory()
	log.Info("starting", "version", version(), "database", string(h.deps.Store.Dialect()))
	return h.process(on).run(ctx)
}

// open opens the database and builds on it, if it is one to serve from.
func (p *program) open(ctx context.Context, cfg *Config, log *slog.Logger) (*server, error) {
	clock := model.SystemClock{}
	s, err := openStore(ctx, cfg, clock)
	if err != nil {
		return nil, err
	}
	if err := mayServe(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	h, err := build(ctx, cfg, log, s, clock)
	if err != nil {
		return nil, err
	}
	if err := offerBootstrap(ctx, h.Services.Staff.NewBootstrapToken, cfg.PublicURL, p.out); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}
