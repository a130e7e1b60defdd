package service

import (
	"context"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
)

// feedInterval is how often a replica asks for changes: a revocation holds on all
// replicas within a second.
const feedInterval = 250 * time.Millisecond

// feedOverlap is how long a line may stay invisible after its number was given
// out: databases number rows when they are inserted and show them when they are
// committed. The feed reads that stretch again and skips what it has seen.
const feedOverlap = 30 * time.Second

const feedPage = 500

// Feed keeps a Directory right.
type Feed struct {
	deps   Deps
	cursor int64
	seen   map[int64]int64 // seq → at
}

// NewFeed starts before the directory is loaded, and far enough back that a change
// still being committed, whose number is lower than one that is seen, is not
// missed.
func NewFeed(ctx context.Context, d Deps) (*Feed, error) {
	last, err := d.Store.View(ctx).LastChange(d.now() - feedOverlap.Milliseconds())
	if err != nil {
		return nil, err
	}
	return &Feed{deps: d, cursor: last, seen: map[int64]int64{}}, nil
}

// Run polls until ctx ends. An unreachable database is logged once per outage.
func (f *Feed) Run(ctx context.Context) {
	failing := false
	for model.Wait(ctx, feedInterval) == nil {
		err := f.Poll(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			f.deps.Log.Warn("change feed fails", "code", model.CodeOf(err))
		}
		failing = err != nil
	}
}

// Poll reads what is new and applies it.
func (f *Feed) Poll(ctx context.Context) error {
	var places, keys bool
	for after := f.cursor; ; {
		lines, err := f.deps.Store.View(ctx).ChangesAfter(after, feedPage)
		if err != nil {
			return err
		}
		for _, c := range lines {
			after = c.Seq
			if _, known := f.seen[c.Seq]; known {
				continue
			}
			f.seen[c.Seq] = c.At
			switch c.Kind {
			case model.ChangePass:
				if n, err := strconv.ParseUint(c.Ref, 10, 64); err == nil {
					f.deps.Directory.passes.forget(n)
				}
			case model.ChangeSession:
				f.deps.Directory.SessionEnded(c.Ref, f.deps.now())
			case model.ChangeKeys:
				keys = true
			default:
				places = true
			}
		}
		if len(lines) < feedPage {
			break
		}
	}
	if places {
		if err := f.deps.Directory.LoadPlaces(ctx); err != nil {
			return f.again(err)
		}
	}
	if places || keys {
		if err := f.deps.Directory.LoadKeys(ctx); err != nil {
			return f.again(err)
		}
	}
	f.advance(f.deps.now() - feedOverlap.Milliseconds())
	return nil
}

// again forgets what was seen, so that the next poll applies it once more.
func (f *Feed) again(err error) error {
	clear(f.seen)
	return err
}

// advance moves the cursor past lines that are older than the overlap.
func (f *Feed) advance(old int64) {
	for seq, at := range f.seen {
		if at < old {
			f.cursor = max(f.cursor, seq)
		}
	}
	for seq := range f.seen {
		if seq <= f.cursor {
			delete(f.seen, seq)
		}
	}
	f.deps.Directory.ended.sweep(f.deps.now())
}
