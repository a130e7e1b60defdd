package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Bounds of what leaves in one file.
const (
	exportSpan  = 366 * 24 * time.Hour
	exportRows  = 50_000
	exportChunk = 1000
)

// Export gives the acts of a range, oldest first. It is written into the log
// before anything is read. A range that is empty, longer than 366 days, or has
// more than 50,000 acts is invalid: ask in parts.
func (a *Audit) Export(ctx context.Context, caller *model.Caller, q AuditQuery, format string) ([]model.AuditEntry, error) {
	filter, err := a.filter(caller, q)
	if err != nil {
		return nil, err
	}
	if err := sane(q); err != nil {
		return nil, err
	}
	err = a.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, q.CommunityID, "audit.export", "audit", "", map[string]string{"format": format,
			"from": model.FromMillis(q.From).UTC().Format(time.RFC3339), "to": model.FromMillis(q.To).UTC().Format(time.RFC3339)})
	})
	if err != nil {
		return nil, err
	}
	return exportedActs(a.Store.View(ctx), filter)
}

func sane(q AuditQuery) error {
	if q.From >= q.To || q.To-q.From > exportSpan.Milliseconds() {
		return model.Invalid(model.FieldError{Field: "to", Code: "range", Limit: "366 d"})
	}
	return nil
}

func tooMuch() error {
	return model.Invalid(model.FieldError{Field: "to", Code: "range", Limit: "50000"})
}

func exportedActs(tx *store.Tx, filter store.AuditFilter) ([]model.AuditEntry, error) {
	var out []model.AuditEntry
	for after := ""; ; {
		page, err := tx.AuditPage(filter, after, true, exportChunk)
		if err != nil || len(page) == 0 {
			return out, err
		}
		if out = append(out, page...); len(out) > exportRows {
			return nil, tooMuch()
		}
		after = page[len(page)-1].ID
	}
}

// Evidence is all that somebody needs who wants to see for themselves.
type Evidence struct {
	Acts []model.AuditEntry
	// Previous is the hash before the first of Links.
	Previous []byte
	Links    []model.ChainLink
	Anchors  []model.Anchor
	Keys     []model.Key
}

// Evidence gives the acts of a range with the links made in it, on to the next
// anchor, all anchors, and the public keys of the platform, retired ones too.
// Bounds and errors are those of Export.
func (a *Audit) Evidence(ctx context.Context, caller *model.Caller, q AuditQuery) (Evidence, error) {
	acts, err := a.Export(ctx, caller, q, "evidence")
	if err != nil {
		return Evidence{}, err
	}
	tx, out := a.Store.View(ctx), Evidence{Acts: acts, Previous: chainStart}
	first, last, err := tx.LinksOfTime(q.From, q.To)
	if err != nil {
		return out, err
	}
	if anchor, err := tx.AnchorOf(last); err == nil && last > 0 {
		last = anchor.Seq
	} else if err != nil && !model.IsNotFound(err) {
		return out, err
	}
	if first > 1 {
		before, err := tx.Link(first - 1)
		if err != nil {
			return out, err
		}
		out.Previous = before.Hash
	}
	if out.Links, err = linksBetween(tx, first, last); err != nil {
		return out, err
	}
	if out.Anchors, err = allAnchors(tx); err != nil {
		return out, err
	}
	if out.Keys, err = tx.KeysOf(model.KeyPlatform, ""); err != nil {
		return out, err
	}
	for i := range out.Keys {
		out.Keys[i].Wrapped = nil
	}
	return out, nil
}

func linksBetween(tx *store.Tx, first, last int64) ([]model.ChainLink, error) {
	if last-first >= exportRows {
		return nil, tooMuch()
	}
	var out []model.ChainLink
	for after := first - 1; first > 0 && after < last; {
		page, err := tx.Links(after, int(min(exportChunk, last-after)))
		if err != nil || len(page) == 0 {
			return out, err
		}
		out, after = append(out, page...), page[len(page)-1].Seq
	}
	return out, nil
}

func allAnchors(tx *store.Tx) ([]model.Anchor, error) {
	var out []model.Anchor
	for after := ""; ; {
		page, err := tx.AnchorsAfter(after, exportChunk)
		if err != nil || len(page) == 0 {
			return out, err
		}
		out, after = append(out, page...), page[len(page)-1].Day
	}
}
