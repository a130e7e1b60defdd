package store

import (
	"communitypass.cn/communitypass/model"
)

// PassagesBehind lists a community's passages by id, behind after and below until,
// with no more columns than a rehearsal needs: without its device, versions, digest
// of the code and skew. It locks nothing.
func (t *Tx) PassagesBehind(communityID, after, until string, limit int) ([]model.Passage, error) {
	rows, err := t.along("passages", "passages_community").Select("id, gate_id, pass_number, kind, direction, perimeter, window_no, decision, reason, online, "+
		"temperature_tenths, scanned_at, received_at, outcome").Where("community_id = ? AND id > ? AND id < ?", communityID, after, until).
		Order("id").Limit(limit).Rows()
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	out := make([]model.Passage, 0, limit)
	for rows.Next() {
		p := model.Passage{CommunityID: communityID}
		if err := rows.Scan(&p.ID, &p.GateID, &p.PassNumber, &p.Kind, &p.Direction, &p.Perimeter, &p.WindowNo, &p.Decision, &p.Reason,
			&p.Online, &p.TemperatureTenths, &p.ScannedAt, &p.ReceivedAt, &p.Outcome); err != nil {
			return nil, translate(err)
		}
		out = append(out, p)
	}
	return out, translate(rows.Err())
}

// PassesNumbered reads the passes of a community with some numbers.
func (t *Tx) PassesNumbered(communityID string, numbers []uint64) ([]model.Pass, error) {
	var out []model.Pass
	if len(numbers) == 0 {
		return out, nil
	}
	err := t.db.Where("community_id = ? AND number IN ?", communityID, numbers).Find(&out).Error
	return out, translate(err)
}

// AgeGroups counts some people by their age group; those of whom none is known
// stand under the empty one.
func (t *Tx) AgeGroups(personIDs []string) (map[model.AgeGroup]int, error) {
	out := map[model.AgeGroup]int{}
	if len(personIDs) == 0 {
		return out, nil
	}
	var found []struct {
		AgeGroup model.AgeGroup
		People   int
	}
	err := t.db.Table("persons").Select("age_group, COUNT(*) AS people").Where("id IN ?", personIDs).Group("age_group").Find(&found).Error
	for _, f := range found {
		out[f.AgeGroup] = f.People
	}
	return out, translate(err)
}
