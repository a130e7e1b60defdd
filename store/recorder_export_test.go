package store

// Queued is how many recordings wait for a commit.
func (r *Recorder) Queued() int { return len(r.queue) }
