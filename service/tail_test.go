package service

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// shelf is rows by id, as a database would list them.
type shelf struct {
	clock *model.MovableClock
	rows  []string
}

func (s *shelf) put(ids ...string) {
	s.rows = append(s.rows, ids...)
	slices.Sort(s.rows)
}

func (s *shelf) tail() *Tail[string] {
	return &Tail[string]{clock: s.clock,
		ids: func(_ context.Context, after string, limit int) ([]string, error) {
			i, _ := slices.BinarySearch(s.rows, after+"\x00")
			return s.rows[i:min(len(s.rows), i+limit)], nil
		},
		read: func(_ context.Context, ids []string) ([]string, error) { return ids, nil }}
}

func next(t *testing.T, tail *Tail[string], after string) []string {
	t.Helper()
	got, err := tail.Next(t.Context(), after)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestATailWaitsUntilIDsAreSettled(t *testing.T) {
	s := &shelf{clock: model.FrozenClock(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))}
	tail := s.tail()
	after := tail.Start()
	if got := next(t, tail, after); len(got) != 0 {
		t.Fatal(got)
	}
	late, id := model.NewID(s.clock.Now()), model.NewID(s.clock.Now())
	s.put(id)
	s.clock.Advance(tailSettle)
	if got := next(t, tail, after); len(got) != 0 {
		t.Fatal("not settled yet:", got)
	}
	s.clock.Advance(time.Millisecond)
	if got := next(t, tail, after); !slices.Equal(got, []string{id}) {
		t.Fatal(got)
	}
	// A commit that took long: its row lies below what was given out.
	s.put(late)
	s.clock.Advance(10 * time.Second)
	if got := next(t, tail, id); !slices.Equal(got, []string{late}) {
		t.Fatal("what came late:", got)
	}
	for range 3 {
		s.clock.Advance(4 * time.Second)
		if got := next(t, tail, id); len(got) != 0 {
			t.Fatal("twice:", got)
		}
	}
	// Who comes back with the last id is given nothing again.
	if got := next(t, s.tail(), id); len(got) != 0 {
		t.Fatal("again after a return:", got)
	}
}

// A client that was away for long gets all of it, once, page by page, also when
// more is waiting than one look may find.
func TestATailCatchesUp(t *testing.T) {
	s := &shelf{clock: model.FrozenClock(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))}
	var all []string
	for range 2*tailIDs + 500 {
		all = append(all, model.NewID(s.clock.Now()))
	}
	s.put(all...)
	s.clock.Advance(2 * time.Second) // all of it lies in the overlap
	for _, from := range []int{0, 1, 300, tailIDs, len(all) - 1} {
		tail, after, got := s.tail(), all[from], []string{}
		for range len(all) {
			found := next(t, tail, after)
			if len(found) == 0 {
				break
			}
			got = append(got, found...)
			after = found[len(found)-1]
		}
		if !slices.Equal(got, all[from+1:]) {
			t.Errorf("behind %d: %d rows of %d, sorted %v", from, len(got), len(all)-from-1, slices.IsSorted(got))
		}
		s.clock.Advance(time.Second)
		if found := next(t, tail, after); len(found) != 0 {
			t.Errorf("behind %d: %d again, %s", from, len(found), strings.Join(found[:1], ""))
		}
	}
}
