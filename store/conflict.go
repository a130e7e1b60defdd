package store

import (
	"encoding/binary"
	"encoding/hex"

	"communitypass.cn/communitypass/model"

	"github.com/emmansun/gmsm/sm3"
)

// ConflictID is derived from the use, so that it is the same for every order in
// which the gates' records arrive: 26 hex characters of SM3.
func ConflictID(u model.Use) string {
	b := binary.BigEndian.AppendUint32(nil, u.WindowNo)
	b = binary.BigEndian.AppendUint64(b, u.PassNumber)
	b = append(b, u.Direction)
	sum := sm3.Sum(append(b, u.Perimeter...))
	return hex.EncodeToString(sum[:13])
}

// joinConflicts writes one conflict per use that was admitted more than once,
// holding all its admissions: the one that holds the use and each that came after.
func (w *batchWrite) joinConflicts([]*ticket) error {
	conflicts := newRows("conflicts", "id", "community_id", "window_no", "pass_number", "direction", "perimeter", "created_at")
	admissions := newRows("conflict_admissions", "conflict_id", "passage_id")
	var late []*ticket
	for _, t := range w.fresh {
		if t.result.ConflictID == "" {
			continue
		}
		holder, err := w.holder(t.Use)
		if err != nil {
			return err
		}
		late = append(late, t)
		conflicts.add(t.result.ConflictID, t.Passage.CommunityID, t.Use.WindowNo, t.Use.PassNumber, t.Use.Direction, t.Use.Perimeter, model.Millis(w.now))
		admissions.add(t.result.ConflictID, holder)
		admissions.add(t.result.ConflictID, t.result.Passage.ID)
	}
	if len(late) == 0 {
		return nil
	}
	if _, err := conflicts.insertNew(w, "id"); err != nil {
		return err
	}
	if _, err := admissions.insertNew(w, "conflict_id"); err != nil {
		return err
	}
	return w.tellConflicts(late)
}

// tellConflicts adds the events of the conflicts as they now stand.
func (w *batchWrite) tellConflicts(late []*ticket) error {
	told := map[string]bool{} // one event a conflict and commit, of how it stands then
	for _, t := range late {
		if t.Events == nil || told[t.result.ConflictID] {
			continue
		}
		told[t.result.ConflictID] = true
		c := model.Conflict{ID: t.result.ConflictID, CommunityID: t.Passage.CommunityID, WindowNo: t.Use.WindowNo,
			PassNumber: t.Use.PassNumber, Direction: t.Use.Direction, Perimeter: t.Use.Perimeter, CreatedAt: model.Millis(w.now)}
		rows, err := w.tx.QueryContext(w.ctx, "SELECT passage_id FROM conflict_admissions WHERE conflict_id = ? ORDER BY passage_id", c.ID)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				_ = rows.Close()
				return err
			}
			c.PassageIDs = append(c.PassageIDs, id)
		}
		if err := rows.Close(); err != nil {
			return err
		}
		w.events = append(w.events, t.Events(nil, &c)...)
	}
	return nil
}

// Conflicts lists a community's conflicts with their admissions, by id, after a cursor.
func (t *Tx) Conflicts(communityID, after string, limit int) ([]model.Conflict, error) {
	var out []model.Conflict
	if err := t.along("conflicts", "conflicts_community").Where("community_id = ? AND id > ?", communityID, after).Order("id").Limit(limit).Find(&out).Error; err != nil || len(out) == 0 {
		return nil, translate(err)
	}
	place := make(map[string]*model.Conflict, len(out))
	ids := make([]string, len(out))
	for i := range out {
		ids[i], place[out[i].ID] = out[i].ID, &out[i]
	}
	var admissions []struct{ ConflictID, PassageID string }
	err := t.db.Table("conflict_admissions").Where("conflict_id IN ?", ids).Order("passage_id").Find(&admissions).Error
	for _, a := range admissions {
		c := place[a.ConflictID]
		c.PassageIDs = append(c.PassageIDs, a.PassageID)
	}
	return out, translate(err)
}
