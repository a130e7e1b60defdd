package service

import (
	"bytes"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	passagesPage = 1000
	// purgeSlack is for the clocks of two replicas: what one purges at the end of its
	// time may be a moment too young for another.
	purgeSlack = time.Minute
)

// batches walks all seals and all passages side by side in the order of their ids.
// A page of seals is read before the passages in its range: a commit writes both,
// so the passages of a seal that was read are there to be read after it.
func (v *verification) batches() (*Break, error) {
	walk := &passageWalk{tx: v.tx}
	for after := ""; ; {
		page, err := v.tx.Batches(after, batchesPage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			walk.last = ""
			return v.strangers(walk, "")
		}
		walk.last = page[len(page)-1].LastID
		for i := range page {
			if found, err := v.strangers(walk, page[i].ID); found != nil || err != nil {
				return found, err
			}
			if found, err := v.batch(walk, &page[i]); found != nil || err != nil {
				return found, err
			}
		}
		after = page[len(page)-1].ID
		v.progress(v.report.Links + v.report.Passages)
	}
}

// strangers looks at passages before an id (at all that are left when empty): each
// must lie in a batch that was committed after the page of batches was read.
func (v *verification) strangers(walk *passageWalk, before string) (*Break, error) {
	for {
		p, err := walk.peek()
		if err != nil || p == nil || (before != "" && p.ID >= before) {
			return nil, err
		}
		of, err := v.tx.BatchOf(p.ID)
		if model.IsNotFound(err) {
			return &Break{What: BreakPassageAdded, Kind: "passage", ID: p.ID}, nil
		}
		if err != nil {
			return nil, err
		}
		for p != nil && p.ID <= of.LastID {
			walk.skip()
			if p, err = walk.peek(); err != nil {
				return nil, err
			}
		}
	}
}

// batch takes a batch's passages from the walk and compares them with its seal.
func (v *verification) batch(walk *passageWalk, b *model.PassageBatch) (*Break, error) {
	var own []model.Passage
	for {
		p, err := walk.peek()
		if err != nil {
			return nil, err
		}
		if p == nil || p.ID > b.LastID {
			break
		}
		if len(own) <= b.RowsCount { // one too many is enough to tell
			own = append(own, *p)
		}
		walk.skip()
	}
	v.report.Batches++
	v.report.Passages += len(own)
	if whole(b, own) {
		return nil, nil
	}
	return v.notWhole(b)
}

// notWhole looks again in one statement, since the purge may have taken the batch
// between two pages, and says what is wrong.
func (v *verification) notWhole(b *model.PassageBatch) (*Break, error) {
	own, err := v.tx.PassagesOf(*b)
	if err != nil || whole(b, own) {
		return nil, err
	}
	cut := v.sealer.now() - v.sealer.passages.Milliseconds() + purgeSlack.Milliseconds()
	if len(own) == 0 && b.LastID < model.IDFloor(cut) {
		v.report.Purged++
		return nil, nil
	}
	what := BreakPassagesAltered
	if len(own) < b.RowsCount {
		what = BreakPassagesMissing
	}
	return &Break{What: what, Kind: store.EntryBatch, ID: b.ID}, nil
}

func whole(b *model.PassageBatch, own []model.Passage) bool {
	return len(own) == b.RowsCount && bytes.Equal(store.PassagesDigest(own), b.Digest)
}

// passageWalk reads passages in order, never beyond last.
type passageWalk struct {
	tx          *store.Tx
	after, last string
	page        []model.Passage
	// end is the last up to which all was read.
	end string
}

// peek is the next passage, or nil when there is none up to last.
func (w *passageWalk) peek() (*model.Passage, error) {
	if len(w.page) == 0 {
		if w.end != "" && w.end == w.last {
			return nil, nil
		}
		var err error
		if w.page, err = w.tx.PassagesBetween(w.after, w.last, passagesPage); err != nil {
			return nil, err
		}
		if len(w.page) == 0 {
			w.end = w.last
			return nil, nil
		}
	}
	return &w.page[0], nil
}

func (w *passageWalk) skip() {
	w.after = w.page[0].ID
	w.page = w.page[1:]
}
