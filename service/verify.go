package service

import (
	"bytes"
	"context"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Ways in which the chain, or what it binds, is found broken.
const (
	BreakLinkMissing     = "link_missing"     // a number of the chain is left out
	BreakLinkAltered     = "link_altered"     // a hash does not follow from the one before
	BreakEntryMissing    = "entry_missing"    // what a link binds is gone
	BreakEntryAltered    = "entry_altered"    // what a link binds is not what it was
	BreakEntryUnlinked   = "entry_unlinked"   // marked as sealed and not in the chain
	BreakPassagesMissing = "passages_missing" // a batch has fewer passages than it had
	BreakPassagesAltered = "passages_altered" // a batch's passages are not what they were
	BreakPassageAdded    = "passage_added"    // a passage that no commit of ours wrote
)

// Break is the first thing found wrong.
type Break struct {
	// What is one of the Break constants.
	What string
	// Seq is the link, or 0 when it is not about one.
	Seq int64
	// Kind and ID name the entry or the passage.
	Kind, ID string
	// Day is the day (UTC+8) that the link was made, or that the row's id says.
	Day string
}

// VerifyReport says what was looked at.
type VerifyReport struct {
	Links, Batches, Passages int
	// Purged counts batches whose passages were dropped at the end of their time.
	Purged int
	// HeadSeq and Head are the last link: two reports of one chain have the same
	// head at the same number.
	HeadSeq int64
	Head    []byte
	// Break is nil when all is well.
	Break *Break
}

const (
	verifyPage  = 500
	batchesPage = 50
)

// verification is one run. found stops it.
type verification struct {
	sealer   *Sealer
	tx       *store.Tx
	report   VerifyReport
	progress func(n int)
}

// Verify reads the whole chain and all that it binds, in pages, while others go on
// writing, and reports the first break. progress, which may be nil, hears how many
// links and passages have been read so far. An error says that nothing is known.
func (s *Sealer) Verify(ctx context.Context, progress func(n int)) (VerifyReport, error) {
	if progress == nil {
		progress = func(int) {}
	}
	v := &verification{sealer: s, tx: s.Store.View(ctx), progress: progress}
	for _, step := range []func() (*Break, error){
		v.links,
		func() (*Break, error) { return v.linked(store.EntryAudit) },
		func() (*Break, error) { return v.linked(store.EntryBatch) },
		v.batches,
	} {
		found, err := step()
		if err != nil || found != nil {
			if found != nil && found.Day == "" {
				found.Day = anchor.Day(model.IDTime(found.ID))
			}
			v.report.Break = found
			return v.report, err
		}
	}
	return v.report, nil
}

// links walks the chain and compares what each link binds with how it stands.
func (v *verification) links() (*Break, error) {
	var last model.ChainLink
	for {
		page, err := v.tx.Links(last.Seq, verifyPage)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		digests, err := v.digests(page)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			if what := checkLink(last, l, digests[l.EntryKind]); what != "" {
				return &Break{What: what, Seq: l.Seq, Kind: l.EntryKind, ID: l.EntryID, Day: anchor.Day(l.At)}, nil
			}
			last = l
		}
		v.report.Links += len(page)
		v.report.HeadSeq, v.report.Head = last.Seq, last.Hash
		v.progress(v.report.Links)
	}
}

// digests computes what the entries of a page of links have now, by kind and id.
func (v *verification) digests(page []model.ChainLink) (map[string]map[string][]byte, error) {
	ids := map[string][]string{}
	for _, l := range page {
		ids[l.EntryKind] = append(ids[l.EntryKind], l.EntryID)
	}
	out := map[string]map[string][]byte{}
	for _, kind := range []string{store.EntryAudit, store.EntryBatch} {
		var err error
		if out[kind], err = v.tx.EntryDigests(kind, ids[kind]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func checkLink(last, l model.ChainLink, digests map[string][]byte) string {
	digest, present := digests[l.EntryID]
	switch {
	case l.Seq != last.Seq+1:
		return BreakLinkMissing
	case !bytes.Equal(l.Hash, gm.SM3(hashOf(last), l.Digest)):
		return BreakLinkAltered
	case !present:
		return BreakEntryMissing
	case !bytes.Equal(l.Digest, digest):
		return BreakEntryAltered
	}
	return ""
}

// linked looks for entries that claim to be sealed and are not in the chain.
// Sealing marks and links in one commit, so the link of a mark that was read is
// there to be read after it.
func (v *verification) linked(kind string) (*Break, error) {
	for after := ""; ; {
		ids, err := v.tx.SealedIDs(kind, after, verifyPage)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		linked, err := v.tx.Linked(kind, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !linked[id] {
				return &Break{What: BreakEntryUnlinked, Kind: kind, ID: id}, nil
			}
		}
		after = ids[len(ids)-1]
	}
}
