package store

import "communitypass.cn/communitypass/model"

// PassageMarks reads what is counted of a community's passages that were received
// in [from, until), Unix milliseconds, in the order of their ids behind after.
func (t *Tx) PassageMarks(communityID string, from, until int64, after string, limit int) ([]model.PassageMark, error) {
	rows, err := t.along("passages", "passages_community").
		Where("community_id = ? AND id > ? AND id < ? AND received_at >= ? AND received_at < ?",
			communityID, max(after, model.IDFloor(from)), model.IDFloor(until+commitDelay), from, until).
		Select("id, gate_id, pass_number, kind, direction, decision, reason, way, online, scanned_at, received_at").
		Order("id").Limit(limit).Rows()
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	out := make([]model.PassageMark, 0, limit)
	for rows.Next() { // a day has many: reflection would cost more than the query
		var m model.PassageMark
		if err := rows.Scan(&m.ID, &m.GateID, &m.PassNumber, &m.Kind, &m.Direction, &m.Decision, &m.Reason, &m.Way, &m.Online, &m.ScannedAt, &m.ReceivedAt); err != nil {
			return nil, translate(err)
		}
		out = append(out, m)
	}
	return out, translate(rows.Err())
}

// PassageDays reads the days of a community that have been counted, from first to
// last.
func (t *Tx) PassageDays(communityID string, first, last uint32) ([]model.PassageDay, error) {
	var out []model.PassageDay
	err := t.db.Where("community_id = ? AND day >= ? AND day <= ?", communityID, first, last).Order("day").Find(&out).Error
	return out, translate(err)
}

// CreatePassageDay keeps a day that was counted; conflict when somebody else has.
func (t *Tx) CreatePassageDay(d model.PassageDay) error { return translate(t.db.Create(&d).Error) }
