package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	// tailSettle is how old an id must be to be given out: rows are committed a
	// moment after their id was made, not always in the order of their ids, and
	// who comes back with the last id must find nothing below it that is new.
	tailSettle = time.Second
	// tailOverlap is how far behind what was given out a tail looks again, for rows
	// whose commit took longer than that.
	tailOverlap = 15 * time.Second
	// tailPage bounds one look, tailIDs what a look may find in the overlap.
	tailPage, tailIDs = 200, 2000
)

// Tail follows rows as they come, by their ids, each once. It is for one stream and
// one goroutine.
type Tail[T any] struct {
	clock model.Clock
	// ids lists ids behind one, oldest first; read reads the rows of ids.
	ids  func(ctx context.Context, after string, limit int) ([]string, error)
	read func(ctx context.Context, ids []string) ([]T, error)
	// seen are the ids of the overlap that were given out; nil before the first look.
	seen map[string]bool
	// high is the highest id that was given out; below floor nothing is looked for.
	high, floor string
}

// Start is where a stream begins that has seen nothing: now.
func (t *Tail[T]) Start() string { return model.IDFloor(model.Millis(t.clock.Now().Add(-tailSettle))) }

// Next gives the rows behind an id that are new to this tail, oldest first; the
// first look takes it that everything up to there was seen.
func (t *Tail[T]) Next(ctx context.Context, after string) ([]T, error) {
	found, err := t.look(ctx, after)
	if err != nil {
		return nil, err
	}
	settled := model.IDFloor(model.Millis(t.clock.Now().Add(-tailSettle)))
	var fresh []string
	seen := make(map[string]bool, len(found))
	for _, id := range found {
		switch {
		case t.seen[id]:
			seen[id] = true
		case id < settled && len(fresh) < tailPage:
			fresh = append(fresh, id)
			seen[id] = true
		}
	}
	rows, err := t.read(ctx, fresh)
	if err != nil {
		return nil, err
	}
	if t.seen = seen; len(fresh) > 0 {
		t.high = max(t.high, fresh[len(fresh)-1])
	}
	return rows, nil
}

// look lists the ids of the overlap and behind it. The first time, what lies up to
// after counts as seen. Where more is waiting than a look may find, the overlap is
// left out from then on, so that a stream gets on.
func (t *Tail[T]) look(ctx context.Context, after string) ([]string, error) {
	first := t.seen == nil
	if first {
		t.high, t.seen = after, map[string]bool{}
	}
	overlap := model.IDFloor(model.Millis(t.clock.Now().Add(-tailOverlap)))
	found, err := t.ids(ctx, max(t.floor, min(t.high, overlap)), tailIDs)
	if err == nil && len(found) == tailIDs {
		t.floor = t.high
		found, err = t.ids(ctx, t.high, tailIDs)
	}
	for _, id := range found {
		if first && id <= after {
			t.seen[id] = true
		}
	}
	return found, err
}
