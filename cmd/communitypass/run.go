package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

// process is a server that is built and listens, ready to run.
type process struct {
	log       *slog.Logger
	ready     *readiness
	listeners []*listener
	// workers may record passages, so they stop before the recorder does.
	workers  []worker
	recorder worker
	// close lets go of what is left, the database at the end.
	close func() error
	// grace, drain and patience are the limits of stopping; see Config.
	grace, drain, patience time.Duration
}

// run serves until ctx ends or a part fails, and then stops in order. It returns
// what failed first and what did not stop in time.
func (p *process) run(ctx context.Context) error {
	failed := make(chan error, len(p.listeners)+len(p.workers)+1)
	recorder := start([]worker{p.recorder}, p.log, failed)
	workers := start(p.workers, p.log, failed)
	p.ready.set(true)
	var serving sync.WaitGroup
	for _, l := range p.listeners {
		serving.Go(func() {
			if err := l.serve(); err != nil {
				failed <- err
			}
		})
		p.log.Info("listening", "address", l.socket.Addr().String())
	}
	var first error
	select {
	case <-ctx.Done():
	case first = <-failed:
		p.log.Error("a part failed", "error", first)
	}
	err := p.stop(workers, recorder, first == nil)
	serving.Wait()
	return errors.Join(first, err)
}

// stop ends the parts from the outside in: balancers look away, requests under
// way are answered, workers finish their pass, what was recorded is committed,
// the database closes.
func (p *process) stop(workers, recorder *crew, orderly bool) error {
	p.log.Info("stopping")
	p.ready.set(false)
	if orderly {
		_ = model.Wait(context.Background(), p.grace)
	}
	err := errors.Join(p.drainAll(), workers.stop(p.patience), recorder.stop(p.patience), p.close())
	if err != nil {
		p.log.Error("stopped, not everything in time", "error", err)
		return err
	}
	p.log.Info("stopped")
	return nil
}

func (p *process) drainAll() error {
	ctx, cancel := context.WithTimeout(context.Background(), p.drain)
	defer cancel()
	errs := make([]error, len(p.listeners))
	var wait sync.WaitGroup
	for i, l := range p.listeners {
		wait.Go(func() { errs[i] = l.drain(ctx) })
	}
	wait.Wait()
	return errors.Join(errs...)
}
