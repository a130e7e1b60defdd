package main

import (
	"context"
	"sync/atomic"

	"communitypass.cn/communitypass/model"
)

// readiness says whether this process should be given requests: it is started,
// not stopping, and its database answers.
type readiness struct {
	open atomic.Bool
	ping func(context.Context) error
}

func (r *readiness) set(open bool) { r.open.Store(open) }

// check answers unavailable while the process starts or stops.
func (r *readiness) check(ctx context.Context) error {
	if !r.open.Load() {
		return model.FailLater(model.CodeUnavailable, 5)
	}
	return r.ping(ctx)
}
