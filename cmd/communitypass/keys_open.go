package main

import (
	"context"
	"errors"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// openKeyRing opens the ring of the configured database. The directory is loaded,
// since a new pass key belongs to a community that must exist.
func (p *program) openKeyRing(ctx context.Context, cfg *Config) (keyRing, func() error, error) {
	clock := model.SystemClock{}
	s, err := openStore(ctx, cfg, clock)
	if err != nil {
		return nil, nil, err
	}
	directory := service.NewDirectory(s, cfg.master)
	if err = hasSchema(ctx, s); err == nil {
		err = explain(directory.Load(ctx))
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return service.NewKeyRing(service.Deps{Store: s, Clock: clock, Directory: directory, Log: newLog(p.err, cfg.LogLevel)}), s.Close, nil
}
