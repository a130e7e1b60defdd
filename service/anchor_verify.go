package service

import (
	"bytes"
	"context"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/model"
)

// Ways in which anchors are found wrong.
const (
	BreakAnchorMissing  = "anchor_missing"  // a day has none
	BreakAnchorForged   = "anchor_forged"   // the signature is not the platform's
	BreakAnchorAltered  = "anchor_altered"  // the database and the file differ, or the counts are wrong
	BreakAnchorDetached = "anchor_detached" // it does not extend the one before
	BreakChainCut       = "chain_cut"       // the chain ends before, or is another at, the anchored link
)

// AnchorsReport says what was looked at. Break has the day of what is wrong.
type AnchorsReport struct {
	Anchors, Copies int
	LastDay         string
	Break           *Break
}

// Verify compares the anchors of the database, from a day on (all when empty), with
// the chain, with each other, and with copies kept elsewhere, by the keys given.
// It does not walk the chain: Sealer.Verify does.
func (a *Anchors) Verify(ctx context.Context, keys anchor.Keys, copies []model.Anchor, from string) (AnchorsReport, error) {
	v := &anchorCheck{Anchors: a, ctx: ctx, keys: keys, copies: map[string]*model.Anchor{}}
	for i := range copies {
		c := &copies[i]
		if c.Day < from {
			continue
		}
		v.report.Copies++
		if !keys.Signed(c) {
			v.found(BreakAnchorForged, c.Day, c.Seq)
			return v.report, nil
		}
		if other := v.copies[c.Day]; other != nil && !sameAnchor(other, c) {
			v.found(BreakAnchorAltered, c.Day, c.Seq)
			return v.report, nil
		}
		v.copies[c.Day] = c
	}
	if err := v.walk(from); err != nil || v.report.Break != nil {
		return v.report, err
	}
	return v.report, v.ends(from)
}

// anchorCheck is one run.
type anchorCheck struct {
	*Anchors
	ctx    context.Context
	keys   anchor.Keys
	copies map[string]*model.Anchor
	last   model.Anchor
	report AnchorsReport
}

func (v *anchorCheck) found(what, day string, seq int64) {
	if v.report.Break == nil {
		v.report.Break = &Break{What: what, Seq: seq, Kind: "anchor", ID: day, Day: day}
	}
}

func (v *anchorCheck) walk(from string) error {
	tx := v.Store.View(v.ctx)
	if from != "" {
		before, err := tx.AnchorsBefore(from, 1)
		if err != nil {
			return err
		}
		if len(before) > 0 {
			v.last = before[0]
		}
	}
	for {
		page, err := tx.AnchorsAfter(v.last.Day, verifyPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := v.one(&page[i]); err != nil || v.report.Break != nil {
				return err
			}
		}
	}
}

// one looks at one anchor after the last.
func (v *anchorCheck) one(a *model.Anchor) error {
	previous := chainStart
	if v.last.Day != "" {
		previous = v.last.Hash
		if want := anchor.Next(v.last.Day); a.Day != want {
			v.found(BreakAnchorMissing, want, v.last.Seq)
			return nil
		}
	}
	switch c := v.copies[a.Day]; {
	case !v.keys.Signed(a):
		v.found(BreakAnchorForged, a.Day, a.Seq)
		return nil
	case c != nil && !sameAnchor(c, a):
		v.found(BreakAnchorAltered, a.Day, a.Seq)
		return nil
	case a.PreviousSeq != v.last.Seq || !bytes.Equal(a.PreviousHash, previous) || a.Seq < v.last.Seq:
		v.found(BreakAnchorDetached, a.Day, a.Seq)
		return nil
	}
	if err := v.bound(a); err != nil || v.report.Break != nil {
		return err
	}
	delete(v.copies, a.Day)
	v.last, v.report.LastDay = *a, a.Day
	v.report.Anchors++
	return nil
}

// bound compares an anchor with the chain.
func (v *anchorCheck) bound(a *model.Anchor) error {
	tx := v.Store.View(v.ctx)
	hash := chainStart
	if a.Seq > 0 {
		link, err := tx.Link(a.Seq)
		if err != nil && !model.IsNotFound(err) {
			return err
		}
		hash = link.Hash
	}
	if !bytes.Equal(hash, a.Hash) {
		v.found(BreakChainCut, a.Day, a.Seq)
		return nil
	}
	more, err := tx.CountLinks(v.last.Seq, a.Seq)
	if err != nil {
		return err
	}
	if a.Entries != v.last.Entries+more.Entries || a.Batches != v.last.Batches+more.Batches || a.Passages != v.last.Passages+more.Passages {
		v.found(BreakAnchorAltered, a.Day, a.Seq)
	}
	return nil
}

// ends looks for what is missing at either end: copies that the database lacks, and
// days that are over.
func (v *anchorCheck) ends(from string) error {
	first := ""
	for day := range v.copies {
		if first == "" || day < first {
			first = day
		}
	}
	if first != "" {
		v.found(BreakAnchorMissing, first, v.copies[first].Seq)
		return nil
	}
	day := v.last.Day
	if day == "" {
		links, err := v.Store.View(v.ctx).Links(0, 1)
		if err != nil || len(links) == 0 {
			return err
		}
		day = anchor.Previous(anchor.Day(links[0].At))
	}
	// The pass after midnight is given an hour.
	if want := anchor.Next(day); want < anchor.Day(v.now()-anchorSlack) && want >= from {
		v.found(BreakAnchorMissing, want, v.last.Seq)
	}
	return nil
}

const anchorSlack = 60 * 60 * 1000

func sameAnchor(a, b *model.Anchor) bool {
	return bytes.Equal(anchor.Text(a), anchor.Text(b)) && bytes.Equal(a.Signature, b.Signature) && a.KeyNumber == b.KeyNumber
}
