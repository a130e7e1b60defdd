package service

import (
	"context"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Anchors signs the head of the audit chain once a day, so that even who can write
// the whole database cannot make the past anew: copies of the signed heads lie
// elsewhere.
type Anchors struct {
	Deps
	sealer *Sealer
}

// NewAnchors makes the use cases of anchors.
func NewAnchors(d Deps, sealer *Sealer) *Anchors { return &Anchors{Deps: d, sealer: sealer} }

// anchorsLimit bounds one pass: a month that the server was off.
const anchorsLimit = 31

// Pass anchors the days that are over and have no anchor yet, and says how many.
// The anchor of a day is the head of the chain at the first pass after it, with
// all that was written on that day in it; days on which nothing ran have the same
// head. The day is the row's key: of two replicas one writes it.
func (a *Anchors) Pass(ctx context.Context) (int, error) {
	day, err := a.due(ctx)
	if err != nil || day == "" {
		return 0, err
	}
	if whole, err := a.sealed(ctx); err != nil || !whole {
		return 0, err
	}
	done, today := 0, anchor.Day(a.now())
	for ; day < today && done < anchorsLimit; day = anchor.Next(day) {
		err := a.sign(ctx, day)
		if model.CodeOf(err) == model.CodeConflict {
			return done, nil // another replica is at it
		}
		if err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// sealed chains what waits, and says whether all that was written before today is in
// the chain: another replica may be at it, and the next pass comes soon.
func (a *Anchors) sealed(ctx context.Context) (bool, error) {
	for n := sealLimit; n == sealLimit; {
		var err error
		if n, err = a.sealer.Seal(ctx); err != nil {
			return false, err
		}
	}
	waiting, err := a.Store.View(ctx).Unsealed(1)
	return len(waiting) == 0 || waiting[0].ID >= model.IDFloor(anchor.Start(anchor.Day(a.now()))), err
}

// due is the first day that has no anchor and is over; "" when there is none. Days
// before the chain began have none.
func (a *Anchors) due(ctx context.Context) (string, error) {
	tx := a.Store.View(ctx)
	last, err := tx.LastAnchor()
	if err != nil {
		return "", err
	}
	day := anchor.Next(last.Day)
	if last.Day == "" {
		first, err := tx.Links(0, 1)
		if err != nil || len(first) == 0 {
			return "", err
		}
		day = anchor.Day(first[0].At)
	}
	if day >= anchor.Day(a.now()) {
		return "", nil
	}
	return day, nil
}

// sign stores the anchor of one day.
func (a *Anchors) sign(ctx context.Context, day string) error {
	return a.Store.Update(ctx, func(tx *store.Tx) error {
		last, err := tx.LastAnchor()
		if err != nil {
			return err
		}
		if last.Day != "" && anchor.Next(last.Day) != day {
			return model.Fail(model.CodeConflict)
		}
		head, err := tx.LastLink()
		if err != nil {
			return err
		}
		next, err := a.follow(tx, last, head, day)
		if err != nil {
			return err
		}
		return tx.CreateAnchor(next)
	})
}

// follow makes the anchor after last.
func (a *Anchors) follow(tx *store.Tx, last model.Anchor, head model.ChainLink, day string) (model.Anchor, error) {
	key, ok := a.Directory.Ring().Platform()
	if !ok {
		return model.Anchor{}, model.Fail(model.CodeKeyMissing)
	}
	more, err := tx.CountLinks(last.Seq, head.Seq)
	if err != nil {
		return model.Anchor{}, err
	}
	next := model.Anchor{Day: day, Seq: head.Seq, Hash: hashOf(head), Entries: last.Entries + more.Entries,
		Batches: last.Batches + more.Batches, Passages: last.Passages + more.Passages,
		PreviousSeq: last.Seq, PreviousHash: chainStart, At: a.now(), KeyNumber: key.Number}
	if last.Day != "" {
		next.PreviousHash = last.Hash
	}
	next.Signature, err = key.Sign(anchor.Text(&next))
	return next, err
}

// Copy appends to the file what it lacks, and says how many. A new
// file gets all.
func (a *Anchors) Copy(ctx context.Context, file anchor.File) (int, error) {
	last, err := file.Last()
	if err != nil {
		return 0, err
	}
	done := 0
	for {
		page, err := a.Store.View(ctx).AnchorsAfter(last, anchorsLimit)
		if err != nil || len(page) == 0 {
			return done, err
		}
		if err := file.Append(page); err != nil {
			return done, err
		}
		done, last = done+len(page), page[len(page)-1].Day
	}
}

// Keys are the public keys of the platform, retired ones too, as the database has
// them.
func (a *Anchors) Keys(ctx context.Context) (anchor.Keys, error) {
	stored, err := a.Store.View(ctx).KeysOf(model.KeyPlatform, "")
	if err != nil {
		return nil, err
	}
	out := anchor.Keys{}
	for _, k := range stored {
		if out[k.Number], err = gm.ParsePublic(k.Public); err != nil {
			return nil, err
		}
	}
	return out, nil
}
