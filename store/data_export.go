package store

import "communitypass.cn/communitypass/model"

// dataExportRow says that somebody exported a person's own data.
type dataExportRow struct {
	ID, PersonID, Format string
	At                   int64
}

func (dataExportRow) TableName() string { return "data_exports" }

// CountDataExport stores an export of a person's own data unless there were limit
// of them since an instant (Unix milliseconds); then it gives the instant of the
// oldest of these. The person must be locked.
func (t *Tx) CountDataExport(personID, format string, since int64, limit int) (oldest int64, err error) {
	var times []int64
	err = t.db.Model(&dataExportRow{}).Where("person_id = ? AND at > ?", personID, since).Order("at").Pluck("at", &times).Error
	if err != nil {
		return 0, translate(err)
	}
	if len(times) >= limit {
		return times[len(times)-limit], nil
	}
	return 0, translate(t.db.Create(&dataExportRow{ID: model.NewID(t.store.clock.Now()), PersonID: personID, Format: format, At: t.now()}).Error)
}
