package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"
)

// writeReadings keeps the temperatures that were measured. Outside an emergency
// there are none, and this does nothing.
func (w *batchWrite) writeReadings([]*ticket) error {
	rows := newRows("temperature_readings", "id", "emergency_id", "community_id", "person_id", "value_ct", "created_at")
	changes := newRows("changes", "kind", "ref", "community_id", "at")
	active := map[string]bool{}
	for _, t := range w.fresh {
		r := t.Reading
		if r == nil {
			continue
		}
		if _, asked := active[r.EmergencyID]; !asked {
			held, err := w.holdEmergency(r.EmergencyID)
			if err != nil {
				return err
			}
			active[r.EmergencyID] = held
		}
		if !active[r.EmergencyID] {
			continue
		}
		p := &t.result.Passage
		rows.add(p.ID, r.EmergencyID, r.CommunityID, r.PersonID, r.Sealed, r.CreatedAt)
		if t.Notable {
			changes.add(model.ChangePass, strconv.FormatUint(p.PassNumber, 10), r.CommunityID, model.Millis(w.now))
		}
	}
	if err := rows.insert(w); err != nil {
		return err
	}
	return changes.insert(w)
}

// holdEmergency is Tx.HoldEmergency in the recorder's transaction: a reading never
// comes after its emergency's rows were destroyed. This connection counts only rows
// that change, hence the counter.
func (w *batchWrite) holdEmergency(id string) (bool, error) {
	r, err := w.tx.ExecContext(w.ctx, "UPDATE emergencies SET written = written + 1 WHERE id = ? AND state = ? AND ends_at > ?",
		id, model.EmergencyActive, model.Millis(w.now))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
