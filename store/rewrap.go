package store

import (
	"bytes"
	"encoding/binary"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// sealedColumn is a column whose values begin with the number of the data key
// that sealed them (see gm.Ring.Seal).
type sealedColumn struct {
	table, key, column string
	// move seals a value anew under the active data key.
	move func(r *gm.Ring, id string, sealed []byte) ([]byte, error)
}

// sealedColumns are all columns that a data key of the ring has sealed, but for
// answers kept for idempotency, which live shorter than a key retires.
var sealedColumns = []sealedColumn{
	{"data_keys", "subject_id", "wrapped", func(r *gm.Ring, id string, sealed []byte) ([]byte, error) {
		out, _, err := r.Rewrap(id, sealed)
		return out, err
	}},
	{"staff_accounts", "id", "totp_ct", reseal(totpContext)},
	{"staff_accounts", "id", "totp_next_ct", reseal(totpNextContext)},
	{"recipients", "id", "secret_ct", reseal(secretContext)},
	{"manual_passages", "passage_id", "note_ct", reseal(noteContext)},
	{"recipients", "id", "previous_secret_ct", reseal(secretContext)},
	{"devices", "id", "login_ct", reseal(deviceLoginContext)},
	{"lift_groups", "id", "secret_ct", reseal(liftContext)},
	{"device_events", "id", "plate_ct", reseal(plateContext)},
	{"devices", "id", "secret_ct", reseal(deviceSecretContext)},
	{"household_plates", "id", "plate_ct", reseal(householdPlateContext)},
	{"incidents", "id", "text_ct", reseal(incidentContext)},
	{"incident_entries", "id", "text_ct", reseal(entryContext)},
	{"handovers", "id", "note_ct", reseal(handoverContext)},
}

// reseal moves a secret that is bound to its row by a context.
func reseal(context func(id string) string) func(*gm.Ring, string, []byte) ([]byte, error) {
	return func(r *gm.Ring, id string, sealed []byte) ([]byte, error) {
		secret, err := r.Open(context(id), sealed)
		if err != nil {
			return nil, err
		}
		return r.Seal(context(id), secret)
	}
}

// SealedUnder counts the values that only the data key of a number opens.
func (t *Tx) SealedUnder(number uint16) (int64, error) {
	prefix := binary.BigEndian.AppendUint16(nil, number)
	var total int64
	for _, c := range append(sealedColumns, sealedColumn{table: "idempotency_keys", column: "answer_ct"}) {
		var n int64
		if err := t.db.Table(c.table).Where("SUBSTR("+c.column+", 1, 2) = ?", prefix).Count(&n).Error; err != nil {
			return 0, translate(err)
		}
		total += n
	}
	return total, nil
}

// Rewrap moves at most limit values from the data key of a number to the active
// one and says how many. A value that changes meanwhile is left to the next call.
func (t *Tx) Rewrap(number uint16, limit int) (int, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, c := range sealedColumns {
		n, err := t.rewrapColumn(ring, c, number, limit-moved)
		if moved += n; err != nil || moved == limit {
			return moved, err
		}
	}
	return moved, nil
}

func (t *Tx) rewrapColumn(ring *gm.Ring, c sealedColumn, number uint16, limit int) (int, error) {
	prefix := binary.BigEndian.AppendUint16(nil, number)
	var found []struct {
		ID     string
		Sealed []byte
	}
	err := t.db.Table(c.table).Select(c.key+" AS id, "+c.column+" AS sealed").
		Where("SUBSTR("+c.column+", 1, 2) = ?", prefix).Limit(limit).Find(&found).Error
	if err != nil {
		return 0, translate(err)
	}
	moved := 0
	for _, row := range found {
		sealed, err := c.move(ring, row.ID, row.Sealed)
		if err != nil {
			return moved, err
		}
		if bytes.HasPrefix(sealed, prefix) {
			return moved, model.Fail(model.CodeStateChanged) // the number is that of the active key
		}
		// Only what was read is replaced: a key that was destroyed, or a secret
		// that was rotated, in between must stay so.
		ok, err := changed(t.db.Exec("UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+c.key+" = ? AND "+c.column+" = ?", sealed, row.ID, row.Sealed))
		if err != nil {
			return moved, err
		}
		if ok {
			moved++
		}
	}
	return moved, nil
}
