package main

import "sync/atomic"

// readiness says whether this process should be given requests: it has started
// and does not stop.
type readiness struct{ open atomic.Bool }

func (r *readiness) set(open bool) { r.open.Store(open) }

func (r *readiness) serving() bool { return r.open.Load() }
