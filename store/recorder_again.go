package store

import (
	"database/sql"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

// askedLimit bounds what one question names. SQLite's driver looks for each parameter
// among all of them; MySQL is asked once for a whole batch.
var askedLimit = map[Dialect]int{SQLite: 128, MySQL: batchLimit}

// separateDuplicates asks who was first for each scan id and takes the others out of
// the rest of the batch. A gate that sends a day once more makes whole batches of
// duplicates, so that they are asked for together and not one by one.
func (w *batchWrite) separateDuplicates(batch []*ticket) error {
	w.fresh = nil
	first, err := w.firstOf(batch)
	if err != nil {
		return err
	}
	own := make(map[string]*ticket, len(batch))
	stored := map[string][]*ticket{}
	for _, t := range batch {
		if t.ScanID == "" {
			w.fresh = append(w.fresh, t)
			continue
		}
		id, known := first[scanKey{t.Passage.DeviceID, t.ScanID}]
		if !known {
			return sql.ErrNoRows
		}
		if id == t.result.Passage.ID {
			w.fresh, own[id] = append(w.fresh, t), t
			continue
		}
		t.result.Duplicate = true
		if mine, ok := own[id]; ok {
			if w.again == nil {
				w.again = map[*ticket]*ticket{}
			}
			w.again[t] = mine
			continue
		}
		stored[id] = append(stored[id], t)
	}
	return w.loadStored(stored)
}

// scanKey names a scan of a device.
type scanKey struct{ device, scan string }

// firstOf says which passage each scan id of a batch stands for.
func (w *batchWrite) firstOf(batch []*ticket) (map[scanKey]string, error) {
	ofDevice := map[string][]any{}
	for _, t := range batch {
		if t.ScanID != "" {
			ofDevice[t.Passage.DeviceID] = append(ofDevice[t.Passage.DeviceID], t.ScanID)
		}
	}
	out := make(map[scanKey]string, len(batch))
	for device, scans := range ofDevice {
		err := w.each("SELECT scan_id, passage_id FROM scan_ids WHERE device_id = ? AND scan_id IN ", []any{device}, scans, func(r *sql.Rows) error {
			var scan, passage string
			err := r.Scan(&scan, &passage)
			out[scanKey{device, scan}] = passage
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// loadStored reads the passages that duplicates stand for, and the conflicts that
// these are part of, so that a repeated upload gets the same answer.
func (w *batchWrite) loadStored(duplicates map[string][]*ticket) error {
	if len(duplicates) == 0 {
		return nil
	}
	ids := make([]any, 0, len(duplicates))
	for id := range duplicates {
		ids = append(ids, id)
	}
	loaded := 0
	err := w.each("SELECT "+strings.Join(passageColumns, ", ")+" FROM passages WHERE id IN ", nil, ids, func(r *sql.Rows) error {
		var p model.Passage
		if err := r.Scan(passageTargets(&p)...); err != nil {
			return err
		}
		for _, t := range duplicates[p.ID] {
			t.result.Passage = p
		}
		loaded++
		return nil
	})
	if err != nil {
		return err
	}
	if loaded < len(ids) {
		return sql.ErrNoRows
	}
	return w.each("SELECT passage_id, conflict_id FROM conflict_admissions WHERE passage_id IN ", nil, ids, func(r *sql.Rows) error {
		var passage, conflict string
		err := r.Scan(&passage, &conflict)
		for _, t := range duplicates[passage] {
			t.result.ConflictID = conflict
		}
		return err
	})
}

// each asks for the rows whose last column named is among values, some at a time.
func (w *batchWrite) each(query string, before, values []any, row func(*sql.Rows) error) error {
	for part := range slices.Chunk(values, askedLimit[w.store.dialect]) {
		err := w.eachOf(query+"("+strings.Repeat("?,", len(part)-1)+"?)", append(slices.Clip(before), part...), row)
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *batchWrite) eachOf(query string, args []any, row func(*sql.Rows) error) error {
	rows, err := w.tx.QueryContext(w.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
