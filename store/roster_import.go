package store

import "communitypass.cn/communitypass/model"

// CreateRosterImport stores the record of a file.
func (t *Tx) CreateRosterImport(r model.RosterImport) error {
	// A nil list would be stored as NULL.
	if r.UnknownColumns == nil {
		r.UnknownColumns = []string{}
	}
	if r.Errors == nil {
		r.Errors = []model.RosterError{}
	}
	return translate(t.db.Create(&r).Error)
}

// FinishRosterImport writes the counts of an import that has run, and that it has.
func (t *Tx) FinishRosterImport(r model.RosterImport) error {
	ok, err := changed(t.db.Model(&model.RosterImport{}).Where("id = ? AND state = ?", r.ID, model.RosterImporting).
		Select("state", "households_new", "people_new", "people_changed", "unchanged").Updates(&r))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

// RosterImport reads one record of a community.
func (t *Tx) RosterImport(communityID, id string) (model.RosterImport, error) {
	var r model.RosterImport
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&r).Error
	return r, translate(err)
}

// RosterImports lists a community's records without their errors, newest first,
// with an id below before (all when empty).
func (t *Tx) RosterImports(communityID, before string, limit int) ([]model.RosterImport, error) {
	q := t.along("roster_imports", "roster_imports_community").Omit("errors").Where("community_id = ?", communityID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.RosterImport
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}
