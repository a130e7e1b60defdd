package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Sealer chains the audit log and the batches of passages, so that a row that was
// changed, removed or slipped in afterwards is found: hash = SM3(previous hash ‖
// digest), the first previous being 32 zero bytes. Whoever can write the whole
// database could make the chain anew; a copy of the head kept elsewhere tells.
type Sealer struct {
	Deps
	passages time.Duration
}

// NewSealer makes a sealer. Passages older than the given age may be gone without
// being a break; 0 stands for DefaultPassageAge.
func NewSealer(d Deps, passages time.Duration) *Sealer {
	if passages == 0 {
		passages = DefaultPassageAge
	}
	return &Sealer{Deps: d, passages: passages}
}

// sealLimit bounds one transaction.
const sealLimit = 500

var chainStart = make([]byte, 32)

// Seal is one pass: it appends what is not in the chain yet, at most 500 entries,
// and says how many. When another replica does so in the same moment, one of them
// wins and the other answers 0.
func (s *Sealer) Seal(ctx context.Context) (int, error) {
	sealed := 0
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		sealed = 0
		entries, err := tx.Unsealed(sealLimit)
		if err != nil || len(entries) == 0 {
			return err
		}
		last, err := tx.LastLink()
		if err != nil {
			return err
		}
		sealed = len(entries)
		return tx.AppendLinks(s.links(last, entries))
	})
	if model.CodeOf(err) == model.CodeConflict {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return sealed, nil
}

func (s *Sealer) links(last model.ChainLink, entries []store.Entry) []model.ChainLink {
	now, hash := s.now(), hashOf(last)
	links := make([]model.ChainLink, len(entries))
	for i, e := range entries {
		hash = gm.SM3(hash, e.Digest)
		links[i] = model.ChainLink{Seq: last.Seq + 1 + int64(i), EntryKind: e.Kind, EntryID: e.ID, Digest: e.Digest, Hash: hash, At: now}
	}
	return links
}

// hashOf is what the next link continues from.
func hashOf(last model.ChainLink) []byte {
	if last.Seq == 0 {
		return chainStart
	}
	return last.Hash
}
