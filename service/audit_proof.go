package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// AuditProof shows that an act stands in the chain that an anchor signs: the hash
// before its link, and the links from it on.
type AuditProof struct {
	Entry model.AuditEntry
	// Seq is the act's link; 0 while it has none.
	Seq int64
	// Previous is the hash before the first of Links.
	Previous []byte
	Links    []model.ChainLink
	// Next is where the next page begins; 0 on the last.
	Next int64
	// Anchor is nil while the day is not over.
	Anchor *model.Anchor
}

// proofLimit bounds one page of links.
const proofLimit = 2000

// Proof gives a page of the proof of an act. The first begins at the act's link; a
// later one, after the link given. It ends at the anchor, or at the head of the
// chain while there is none.
func (a *Audit) Proof(ctx context.Context, caller *model.Caller, entryID string, after int64) (AuditProof, error) {
	if caller == nil || !caller.Holds(permAuditRead) {
		return AuditProof{}, model.Fail(model.CodeForbidden)
	}
	var out AuditProof
	err := a.Store.Update(ctx, func(tx *store.Tx) error {
		entry, err := tx.AuditEntry(entryID)
		if err != nil {
			return err
		}
		if err := a.mayRead(caller, entry); err != nil {
			return err
		}
		if out, err = prove(tx, entry, after); err != nil {
			return err
		}
		return a.readBy(tx, caller, entry.CommunityID, "proof", entry.ID)
	})
	return out, err
}

func prove(tx *store.Tx, entry model.AuditEntry, after int64) (AuditProof, error) {
	out := AuditProof{Entry: entry, Previous: chainStart}
	own, err := tx.LinkOf(store.EntryAudit, entry.ID)
	if model.IsNotFound(err) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Seq = own.Seq
	before := max(own.Seq-1, after)
	if before > 0 {
		link, err := tx.Link(before)
		if err != nil {
			return out, err
		}
		out.Previous = link.Hash
	}
	anchor, err := tx.AnchorOf(own.Seq)
	if err != nil && !model.IsNotFound(err) {
		return out, err
	}
	if err == nil {
		out.Anchor = &anchor
	}
	if out.Links, err = tx.Links(before, proofLimit+1); err != nil {
		return out, err
	}
	out.cut()
	return out, nil
}

// cut ends the links at the anchor, or at the end of the page.
func (p *AuditProof) cut() {
	if p.Anchor != nil {
		for i, l := range p.Links {
			if l.Seq > p.Anchor.Seq {
				p.Links = p.Links[:i]
				break
			}
		}
	}
	if len(p.Links) > proofLimit {
		p.Links = p.Links[:proofLimit]
		p.Next = p.Links[proofLimit-1].Seq
	}
}
