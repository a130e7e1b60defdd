package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// worker is a background loop: run returns soon after its ctx ended, and not before.
type worker struct {
	name string
	run  func(ctx context.Context)
}

// crew runs workers and stops them together.
type crew struct {
	cancel  context.CancelFunc
	wait    sync.WaitGroup
	mu      sync.Mutex
	running map[string]bool
}

// start runs the workers. They end when the crew is stopped, not by a signal:
// they are needed until the last request is answered. One that ends by itself or
// panics is told to failed, which must have room for all.
func start(workers []worker, log *slog.Logger, failed chan<- error) *crew {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crew{cancel: cancel, running: map[string]bool{}}
	for _, w := range workers {
		c.running[w.name] = true
		c.wait.Go(func() {
			defer c.ended(w.name)
			if !attempt(ctx, w, log) || ctx.Err() == nil {
				failed <- fail("后台任务“"+w.name+"”意外结束。", "The worker "+w.name+" ended unexpectedly.")
			}
		})
	}
	return c
}

// attempt runs a worker and says whether it returned at all. A panic is logged
// with its stack and ends the process in order, instead of at once.
func attempt(ctx context.Context, w worker, log *slog.Logger) (returned bool) {
	defer func() {
		if reason := recover(); reason != nil {
			log.Error("worker panicked", "worker", w.name, "reason", fmt.Sprint(reason), "stack", string(debug.Stack()))
		}
	}()
	w.run(ctx)
	return true
}

func (c *crew) ended(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, name)
}

// stop ends the workers and waits for them, at most for limit.
func (c *crew) stop(limit time.Duration) error {
	c.cancel()
	done := make(chan struct{})
	go func() {
		c.wait.Wait()
		close(done)
	}()
	patience := time.NewTimer(limit)
	defer patience.Stop()
	select {
	case <-done:
		return nil
	case <-patience.C:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for name := range c.running {
		names = append(names, name)
	}
	return fail("后台任务没有及时结束："+strings.Join(names, "、")+"。", "Workers did not end in time: "+strings.Join(names, ", ")+".")
}
