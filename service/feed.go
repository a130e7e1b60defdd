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

// feedAway is how long a replica may be without the feed and still go by it; lines
// are purged at changeAge.
const feedAway = changeAge / 2

// Feed keeps a Directory right.
type Feed struct {
	deps   Deps
	cursor int64
	seen   map[int64]int64 // seq → at
	// heard is when the feed was last read to its end, Unix milliseconds.
	heard int64
	// emergencies are those that the poll under way has found to have changed.
	emergencies []string
	// news are the lines that it has found.
	news []model.Change
}

// NewFeed starts before the directory is loaded, and far enough back that a change
// still being committed, whose number is lower than one that is seen, is not
// missed.
func NewFeed(ctx context.Context, d Deps) (*Feed, error) {
	f := &Feed{deps: d}
	return f, f.begin(ctx)
}

func (f *Feed) begin(ctx context.Context) error {
	now := f.deps.now()
	last, err := f.deps.Store.View(ctx).LastChange(now - feedOverlap.Milliseconds())
	if err != nil {
		return err
	}
	f.cursor, f.seen, f.heard = last, map[int64]int64{}, now
	return nil
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
	now := f.deps.now()
	if now-f.heard > feedAway.Milliseconds() {
		return f.startOver(ctx)
	}
	f.emergencies, f.news = f.emergencies[:0], f.news[:0]
	places, keys, err := f.read(ctx)
	if err == nil && places {
		err = f.deps.Directory.LoadPlaces(ctx)
	}
	if err == nil && (places || keys) {
		err = f.deps.Directory.LoadKeys(ctx)
	}
	if err != nil {
		return f.again(err)
	}
	f.deps.Directory.emergencyChanged(f.emergencies...)
	f.deps.Directory.news.add(f.news)
	f.heard = now
	f.advance(f.deps.now() - feedOverlap.Milliseconds())
	return nil
}

// startOver is for a replica that was paused, or cut off from the database, for so
// long that lines which it has not read may be purged: nothing that it remembers
// can be relied upon.
func (f *Feed) startOver(ctx context.Context) error {
	before := *f
	if err := f.begin(ctx); err != nil {
		return err
	}
	f.deps.Directory.passes.forgetAll()
	f.deps.Store.ForgetOpenedKeys()
	if err := f.deps.Directory.Load(ctx); err != nil {
		*f = before
		return err
	}
	f.deps.Directory.news.lost()
	f.deps.Directory.passes.forgetAll() // what was loaded meanwhile knew the old emergencies
	return nil
}

// read takes in what is new, and says what must be loaded for it.
func (f *Feed) read(ctx context.Context) (places, keys bool, err error) {
	for after := f.cursor; ; {
		lines, err := f.deps.Store.View(ctx).ChangesAfter(after, feedPage)
		if err != nil {
			return false, false, err
		}
		for _, c := range lines {
			after = c.Seq
			if _, known := f.seen[c.Seq]; known {
				continue
			}
			f.seen[c.Seq] = c.At
			f.news = append(f.news, c)
			switch c.Kind {
			case model.ChangePass:
				if n, err := strconv.ParseUint(c.Ref, 10, 64); err == nil {
					f.deps.Directory.passes.forget(n)
				}
			case model.ChangeSession:
				f.deps.Directory.SessionEnded(c.Ref, f.deps.now())
			case model.ChangePerson:
				f.deps.Store.ForgetDataKey(c.Ref)
			case model.ChangeGrants:
				f.deps.Directory.heardGrants(c.Ref)
			case model.ChangeKeys:
				keys = true
			case model.ChangeEmergency:
				f.emergencies, places = append(f.emergencies, c.Ref), true
			default:
				places = true
			}
		}
		if len(lines) < feedPage {
			return places, keys, nil
		}
	}
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
