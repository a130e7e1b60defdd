package store

import "communitypass.cn/communitypass/model"

// BeginRosterUndo marks a finished import, or one that was cut off, as being undone
// and says whether it may be: an undoing that was cut off is repeated.
func (t *Tx) BeginRosterUndo(communityID, id string) (bool, error) {
	return changed(t.db.Model(&model.RosterImport{}).Where("community_id = ? AND id = ? AND state IN ?", communityID, id,
		[]model.RosterImportState{model.RosterImported, model.RosterImporting, model.RosterUndoing}).Update("state", model.RosterUndoing))
}

// FinishRosterUndo marks an import as undone, once, and says whether it did.
func (t *Tx) FinishRosterUndo(communityID, id string) (bool, error) {
	return changed(t.db.Model(&model.RosterImport{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.RosterUndoing).
		Update("state", model.RosterUndone))
}

// DropImported removes at most limit unclaimed entries that an import brought, and
// says how many it found.
func (t *Tx) DropImported(communityID, importID string, limit int) (int, error) {
	var ids []string
	err := t.db.Model(&rosterRow{}).Where("community_id = ? AND import_id = ? AND claimed_at = 0", communityID, importID).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return 0, translate(err)
	}
	_, err = t.dropRoster(ids)
	return len(ids), err
}

// ImportedLeft counts the entries of an import that are there.
func (t *Tx) ImportedLeft(communityID, importID string) (int, error) {
	var n int64
	err := t.db.Model(&rosterRow{}).Where("community_id = ? AND import_id = ?", communityID, importID).Count(&n).Error
	return int(n), translate(err)
}

// DropImportedHouseholds removes the households that an import made and in which
// nothing is, and says how many.
func (t *Tx) DropImportedHouseholds(communityID, importID string) (int, error) {
	q := t.db.Where("community_id = ? AND import_id = ?", communityID, importID).
		Where("NOT EXISTS (SELECT 1 FROM roster_entries e WHERE e.household_id = households.id)").
		Where("NOT EXISTS (SELECT 1 FROM residencies r WHERE r.household_id = households.id)").
		Delete(&model.Household{})
	return int(q.RowsAffected), translate(q.Error)
}
