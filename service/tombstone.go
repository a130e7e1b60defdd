package service

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// stonesAtOnce bounds one look for those who came back.
const stonesAtOnce = 500

// Reapply deletes again whoever came back with a restored backup, and says how
// many these were. It runs before the server answers anybody. Book and database
// then hold the same.
func (c *Closings) Reapply(ctx context.Context) (int, error) {
	stones, err := c.Store.View(ctx).Tombstones(0)
	if err != nil {
		return 0, err
	}
	if c.book != nil {
		if err := c.book.Add(stones...); err != nil {
			return 0, model.Fail(model.CodeUnavailable, err)
		}
		if stones, err = c.book.All(); err != nil {
			return 0, model.Fail(model.CodeUnavailable, err)
		}
	}
	again := 0
	for chunk := range slices.Chunk(stones, stonesAtOnce) {
		n, err := c.reapply(ctx, chunk)
		if again += n; err != nil {
			return again, err
		}
	}
	if again > 0 {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "people who had been deleted were in the database, and were deleted again", slog.Int("people", again))
	}
	return again, nil
}

// CameBack counts those who were deleted and are in the database all the same.
func (c *Closings) CameBack(ctx context.Context) (int, error) {
	stones, err := c.Store.View(ctx).Tombstones(0)
	if err == nil && c.book != nil {
		var more []model.Tombstone
		more, err = c.book.All()
		stones = append(stones, more...)
	}
	if err != nil {
		return 0, err
	}
	back := map[string]bool{}
	for chunk := range slices.Chunk(stones, stonesAtOnce) {
		ids := make([]string, len(chunk))
		for i, s := range chunk {
			ids[i] = s.SubjectID
		}
		alive, err := c.Store.View(ctx).Alive(ids)
		if err != nil {
			return 0, err
		}
		for _, id := range alive {
			back[id] = true
		}
	}
	return len(back), nil
}

func (c *Closings) reapply(ctx context.Context, stones []model.Tombstone) (int, error) {
	ids := make([]string, len(stones))
	at := make(map[string]int64, len(stones))
	for i, s := range stones {
		ids[i], at[s.SubjectID] = s.SubjectID, s.At
	}
	back, err := c.Store.View(ctx).Alive(ids)
	if err != nil {
		return 0, err
	}
	for n, id := range back {
		if err := c.erase(ctx, id, at[id]); err != nil {
			return n, err
		}
	}
	return len(back), nil
}

// erase deletes one person in silence, with a tombstone of the given instant.
func (c *Closings) erase(ctx context.Context, id string, at int64) error {
	var gone store.Erased
	err := c.Store.Update(ctx, func(tx *store.Tx) error {
		gone = store.Erased{}
		if erased, err := tx.Erase(id, &gone); err != nil || !erased {
			return err
		}
		if err := tx.KeepTombstone(model.Tombstone{SubjectID: id, At: at}); err != nil {
			return err
		}
		return tx.Audit(&operator, "", "person.erase", "person", id, nil)
	})
	if err == nil {
		c.forget(gone)
	}
	return err
}

// copyEvery is how often the book takes up what other replicas deleted, copyOverlap
// how far it looks back for a transaction that was slow.
const (
	copyEvery   = 10 * time.Second
	copyOverlap = time.Minute
)

// Run copies tombstones until ctx ends.
func (c *Closings) Run(ctx context.Context) {
	failing := false
	for model.Wait(ctx, copyEvery) == nil {
		err := c.Copy(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			c.Log.Warn("tombstones are not copied", "cause", err.Error())
		}
		failing = err != nil
	}
}

// Copy puts into the book of this replica what any replica has deleted.
func (c *Closings) Copy(ctx context.Context) error {
	if c.book == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	stones, err := c.Store.View(ctx).Tombstones(c.copied)
	if err != nil {
		return err
	}
	if err := c.book.Add(stones...); err != nil {
		return err
	}
	c.copied = max(now-copyOverlap.Milliseconds(), 0)
	return nil
}
