package service

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Exports of own data: so many within a day, since each reads all there is.
const (
	dataExports       = 3
	dataExportsWithin = 24 * time.Hour
)

// OwnTable is what one table holds about a person.
type OwnTable = store.OwnTable

// OwnData is all that is stored about a person, in clear.
type OwnData struct {
	PersonID    string
	GeneratedAt int64
	Tables      []OwnTable
	// LeftOut are the personal columns that are not in it, by "table.column", and why.
	LeftOut []LeftOut
}

// LeftOut is a column that an export does not hold.
type LeftOut struct {
	Field  string
	Reason model.Phrase
}

// Export gives the person, the caller unless a dependant is named, all that is
// stored about them: each personal field of the registry, opened, and for those
// left out the reason. Errors: rate_limited after three within a day, with the
// time to wait; not_found for somebody whom the caller does not carry.
func (p *Privacy) Export(ctx context.Context, caller *model.Caller, personID, format string) (OwnData, error) {
	var person string
	err := p.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if person, err = whose(tx, caller, personID); err != nil {
			return err
		}
		if err := tx.LockPerson(person); err != nil {
			return err
		}
		now := p.now()
		oldest, err := tx.CountDataExport(person, format, now-dataExportsWithin.Milliseconds(), dataExports)
		if err != nil {
			return err
		}
		if oldest > 0 {
			wait := (oldest + dataExportsWithin.Milliseconds() - now + 999) / 1000
			return model.FailLater(model.CodeRateLimited, int(max(wait, 1)))
		}
		return tx.Audit(caller, "", "person.export", "person", person, map[string]string{"format": format})
	})
	if err != nil {
		return OwnData{}, err
	}
	tables, err := p.Store.View(ctx).OwnData(person)
	if err != nil {
		return OwnData{}, err
	}
	out := OwnData{PersonID: person, GeneratedAt: p.now(), Tables: tables}
	for _, t := range tables {
		for _, row := range t.Rows {
			showTimes(row)
		}
	}
	for _, reasons := range []map[string]model.Phrase{store.NotExported, store.HiddenOfOthers} {
		for _, field := range slices.Sorted(maps.Keys(reasons)) {
			out.LeftOut = append(out.LeftOut, LeftOut{field, reasons[field]})
		}
	}
	return out, nil
}

// isInstant says whether a column of numbers holds instants.
func isInstant(column string) bool {
	return slices.Contains([]string{"at", "until", "valid_from"}, column) || strings.HasSuffix(column, "_at") || strings.HasSuffix(column, "_until")
}

// showTimes turns instants into what people can read.
func showTimes(row map[string]any) {
	for column, value := range row {
		ms, ok := value.(int64)
		if !ok || !isInstant(column) {
			continue
		}
		if row[column] = nil; ms > 0 {
			row[column] = model.FromMillis(ms).UTC().Format(instantLayout)
		}
	}
}
