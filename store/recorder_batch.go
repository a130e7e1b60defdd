package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/oklog/ulid/v2"
)

// batchWrite is one attempt to store a batch in one transaction.
type batchWrite struct {
	ctx     context.Context
	tx      *sql.Tx
	store   *Store
	entropy *ulid.MonotonicEntropy
	now     time.Time
	fresh   []*ticket
	events  []model.Delivery
	// lost are the tickets whose spoken code somebody else has spent.
	lost map[*ticket]bool
	// again are the tickets that repeat one of the same batch.
	again map[*ticket]*ticket
}

// run: scan ids decide who is new, uses and quotas decide who won, then passages, conflicts,
// the batch's seal and the events are written with the final outcome.
func (w *batchWrite) run(batch []*ticket) error {
	for _, step := range []func([]*ticket) error{w.number, w.claimScans, w.claimSpoken, w.claimUses, w.claimQuotas, w.writePassages, w.writeHands,
		w.writeReadings, w.writeSignals, w.joinConflicts, w.writeSeal, w.writeEvents, w.answerAgain} {
		if err := step(batch); err != nil {
			return err
		}
	}
	return nil
}

// number gives ids that enclose only this batch: one instant, one run of the
// recorder's own counter.
func (w *batchWrite) number(batch []*ticket) error {
	ms := ulid.Timestamp(w.now)
	for _, t := range batch {
		id, err := ulid.New(ms, w.entropy)
		if err != nil {
			return err
		}
		t.result = Recorded{Passage: t.Passage}
		t.result.Passage.ID = id.String()
	}
	return nil
}

func (w *batchWrite) claimScans(batch []*ticket) error {
	rows := newRows("scan_ids", "device_id", "scan_id", "passage_id", "received_at")
	claimed := 0
	for _, t := range batch {
		if t.ScanID != "" {
			rows.add(t.Passage.DeviceID, t.ScanID, t.result.Passage.ID, t.Passage.ReceivedAt)
			claimed++
		}
	}
	won, err := rows.insertNew(w, "device_id")
	if err != nil {
		return err
	}
	w.fresh = batch
	if won == int64(claimed) {
		return nil
	}
	return w.separateDuplicates(batch)
}

func (w *batchWrite) claimUses([]*ticket) error {
	rows := newRows("uses", "window_no", "pass_number", "direction", "perimeter", "passage_id")
	var spending []*ticket
	for _, t := range w.fresh {
		// A spoken code that was lost has made a refusal of it.
		if t.Use != nil && (t.SpokenID == "" || !w.lost[t]) {
			spending = append(spending, t)
		}
	}
	// One order for all replicas: two batches that share keys then wait for each
	// other instead of dead-locking.
	slices.SortStableFunc(spending, func(a, b *ticket) int { return compareUses(a.Use, b.Use) })
	for _, t := range spending {
		rows.add(t.Use.WindowNo, t.Use.PassNumber, t.Use.Direction, t.Use.Perimeter, t.result.Passage.ID)
	}
	won, err := rows.insertNew(w, "perimeter")
	if err != nil || won == int64(len(spending)) {
		return err
	}
	for _, t := range spending {
		holder, err := w.holder(t.Use)
		if err != nil {
			return err
		}
		if holder == t.result.Passage.ID {
			continue
		}
		if t.Lost != nil {
			if err := w.giveBackSpoken(t); err != nil {
				return err
			}
			t.Lost(&t.result.Passage)
			continue
		}
		t.result.ConflictID = ConflictID(*t.Use)
	}
	return nil
}

func compareUses(a, b *model.Use) int {
	switch {
	case a.WindowNo != b.WindowNo:
		return int(int64(a.WindowNo) - int64(b.WindowNo))
	case a.PassNumber != b.PassNumber:
		if a.PassNumber < b.PassNumber {
			return -1
		}
		return 1
	case a.Direction != b.Direction:
		return int(a.Direction) - int(b.Direction)
	}
	return strings.Compare(a.Perimeter, b.Perimeter)
}

func (w *batchWrite) holder(u *model.Use) (string, error) {
	var id string
	err := w.tx.QueryRowContext(w.ctx,
		"SELECT passage_id FROM uses WHERE window_no = ? AND pass_number = ? AND direction = ? AND perimeter = ?",
		u.WindowNo, u.PassNumber, u.Direction, u.Perimeter).Scan(&id)
	return id, err
}

func (w *batchWrite) writePassages([]*ticket) error {
	rows := newRows("passages", passageColumns...)
	for _, t := range w.fresh {
		rows.add(passageValues(&t.result.Passage)...)
	}
	return rows.insert(w)
}

// writeSeal binds the batch's rows before anybody can change them; the sealer
// chains it later.
func (w *batchWrite) writeSeal([]*ticket) error {
	if len(w.fresh) == 0 {
		return nil
	}
	d := newPassageDigest()
	for _, t := range w.fresh {
		d.add(&t.result.Passage)
	}
	rows := newRows("passage_batches", "id", "last_id", "rows_count", "digest", "created_at")
	rows.add(w.fresh[0].result.Passage.ID, w.fresh[len(w.fresh)-1].result.Passage.ID, len(w.fresh), d.sum(), model.Millis(w.now))
	return rows.insert(w)
}

func (w *batchWrite) writeEvents([]*ticket) error {
	for _, t := range w.fresh {
		if t.Events != nil {
			w.events = append(w.events, t.Events(&t.result.Passage, nil)...)
		}
	}
	return w.store.writeOutbox(w.ctx, w.tx, w.events, model.Millis(w.now))
}

// answerAgain gives those that repeat one of this batch the passage as it was
// finally stored: what the first one lost, its repetition has not won.
func (w *batchWrite) answerAgain([]*ticket) error {
	for t, first := range w.again {
		t.result.Passage, t.result.ConflictID = first.result.Passage, first.result.ConflictID
	}
	return nil
}
