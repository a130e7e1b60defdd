package main

import (
	"context"
	"errors"
	"log/slog"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// openKeyRing opens the ring of the database for work on its keys; servers that
// run hear of it by the feed of changes.
func openKeyRing(ctx context.Context, cfg *Config) (keyRing, func() error, error) {
	clock := model.SystemClock{}
	s, err := openStore(ctx, cfg, clock)
	if err != nil {
		return nil, nil, err
	}
	directory := service.NewDirectory(s, cfg.master)
	err = mayServe(ctx, s)
	if err == nil {
		err = explain(directory.Load(ctx))
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return service.NewKeyRing(service.Deps{Store: s, Clock: clock, Directory: directory, Log: slog.New(slog.DiscardHandler)}), s.Close, nil
}
