package store

import (
	"cmp"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

// A quota of n is n slots, numbered from 1, for each day, pass, direction and
// perimeter. Whoever inserts the row of a slot has it: the primary key decides,
// among gates and replicas alike.

// slotTries bounds how many slots one admission tries: more than any quota has.
const slotTries = 1100

// claimQuotas takes a slot for each admission that has a quota. One that finds none
// free gives back its use and its spoken code, which opened no door, and is handed to
// Full.
func (w *batchWrite) claimQuotas([]*ticket) error {
	var spending []*ticket
	for _, t := range w.fresh {
		if t.Quota != nil && t.result.Passage.Decision == "admit" {
			spending = append(spending, t)
		}
	}
	// One order for all replicas, as for uses.
	slices.SortStableFunc(spending, func(a, b *ticket) int { return compareQuotas(a.Quota, b.Quota) })
	for _, t := range spending {
		took, err := w.takeSlot(t.Quota, t.result.Passage.ID)
		if err != nil {
			return err
		}
		if took || t.Full == nil {
			continue
		}
		if err := w.giveBackUse(t); err != nil {
			return err
		}
		if err := w.giveBackSpoken(t); err != nil {
			return err
		}
		t.Full(&t.result.Passage)
	}
	return nil
}

func compareQuotas(a, b *model.QuotaSpend) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.PassNumber, b.PassNumber), cmp.Compare(a.Direction, b.Direction),
		strings.Compare(a.Perimeter, b.Perimeter))
}

// takeSlot inserts the lowest free slot and says whether it could.
func (w *batchWrite) takeSlot(q *model.QuotaSpend, passageID string) (bool, error) {
	taken, err := w.takenSlots(q)
	if err != nil || q.Limit > 0 && len(taken) >= q.Limit {
		return false, err
	}
	for slot := 1; slot <= slotTries && (q.Limit == 0 || slot <= q.Limit); slot++ {
		if slices.Contains(taken, slot) {
			continue
		}
		// Another replica may have taken it since: then this inserts nothing.
		row := newRows("quota_slots", "day", "pass_number", "direction", "perimeter", "slot", "passage_id")
		row.add(q.Day, q.PassNumber, q.Direction, q.Perimeter, slot, passageID)
		n, err := row.insertNew(w, "slot")
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

func (w *batchWrite) takenSlots(q *model.QuotaSpend) ([]int, error) {
	found, err := w.tx.QueryContext(w.ctx, "SELECT slot FROM quota_slots WHERE day = ? AND pass_number = ? AND direction = ? AND perimeter = ?",
		q.Day, q.PassNumber, q.Direction, q.Perimeter)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	var taken []int
	for found.Next() {
		var slot int
		if err := found.Scan(&slot); err != nil {
			return nil, err
		}
		taken = append(taken, slot)
	}
	return taken, found.Err()
}

func (w *batchWrite) giveBackUse(t *ticket) error {
	if t.Use == nil {
		return nil
	}
	_, err := w.tx.ExecContext(w.ctx, "DELETE FROM uses WHERE window_no = ? AND pass_number = ? AND direction = ? AND perimeter = ? AND passage_id = ?",
		t.Use.WindowNo, t.Use.PassNumber, t.Use.Direction, t.Use.Perimeter, t.result.Passage.ID)
	return err
}

// ReleaseQuota gives back the slot of a passage that was annulled or timed out.
func (t *Tx) ReleaseQuota(passageID string) error {
	return translate(t.db.Exec("DELETE FROM quota_slots WHERE passage_id = ?", passageID).Error)
}

// Admitted counts a pass's admissions of a day in one direction through one
// perimeter, without those that were annulled or timed out: those that hold a
// slot, and those that hold none because no quota was in force when they happened.
// from and until bound the day in Unix milliseconds.
func (t *Tx) Admitted(communityID string, q model.QuotaSpend, from, until int64) (slots, without int, err error) {
	err = t.db.Raw("SELECT COUNT(*) FROM quota_slots WHERE day = ? AND pass_number = ? AND direction = ? AND perimeter = ?",
		q.Day, q.PassNumber, q.Direction, q.Perimeter).Scan(&slots).Error
	if err != nil {
		return 0, 0, translate(err)
	}
	direction := "in"
	if q.Direction == 2 {
		direction = "out"
	}
	// An id carries the server's time of the commit, which a device's clock may be
	// ahead of.
	err = t.db.Raw(`SELECT COUNT(*) FROM passages AS p WHERE p.pass_number = ? AND p.id >= ? AND p.community_id = ? AND p.perimeter = ?
		AND p.direction = ? AND p.decision = 'admit' AND p.reason <> 'manual' AND p.outcome IN ('decided', 'passed')
		AND p.scanned_at >= ? AND p.scanned_at < ? AND NOT EXISTS (SELECT 1 FROM quota_slots AS s WHERE s.passage_id = p.id)`,
		q.PassNumber, model.IDFloor(from-dayMillis), communityID, q.Perimeter, direction, from, until).Scan(&without).Error
	return slots, without, translate(err)
}

const dayMillis = 24 * 60 * 60 * 1000
