package store

import (
	"communitypass.cn/communitypass/model"
)

// PurgeVisits drops at most limit visits that ended before an instant (Unix
// milliseconds) with all that was kept of the visitors, whose keys it destroys, and
// says how many. It may be cut off and run again: each transaction drops whole
// visits.
func (t *Tx) PurgeVisits(before int64, limit int) (int64, error) {
	var old []model.Visit
	err := t.db.Model(&visitRow{}).Select("id", "visitor_id").Where("ends_at < ?", before).Order("ends_at, id").Limit(limit).Find(&old).Error
	if err != nil || len(old) == 0 {
		return 0, translate(err)
	}
	ids, visitors := make([]string, len(old)), make([]string, len(old))
	for i, v := range old {
		ids[i], visitors[i] = v.ID, v.VisitorID
	}
	for _, id := range visitors {
		t.store.ForgetDataKey(id)
	}
	for _, row := range []struct {
		of    any
		where string
		ids   []string
	}{
		{&dataKeyRow{}, "subject_id IN ?", visitors},
		{&model.Approval{}, "kind = 'visit' AND subject_id IN ?", ids},
		{&model.Pass{}, "visit_id IN ?", ids},
		{&personRow{}, "id IN ?", visitors},
		{&visitRow{}, "id IN ?", ids},
	} {
		if err := t.db.Where(row.where, row.ids).Delete(row.of).Error; err != nil {
			return 0, translate(err)
		}
	}
	return int64(len(old)), nil
}
