package store

import (
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// finder is the last step of a query.
type finder func(dest any, conditions ...any) *gorm.DB

// AddedEntries lists what somebody added to rosters, of one relation, in clear and
// newest first, with an id below before (all when empty).
func (t *Tx) AddedEntries(addedBy, relation, before string, limit int) ([]model.RosterEntry, error) {
	q := t.along("roster_entries", "roster_entries_added").Where("added_by = ? AND relation = ?", addedBy, relation)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	return t.rosterEntries(q.Order("id DESC").Limit(limit).Find)
}

// InvitedEntries lists unclaimed entries with the phone that people added for
// others, in clear and oldest first.
func (t *Tx) InvitedEntries(phone string, limit int) ([]model.RosterEntry, error) {
	ix, err := t.index(indexPhone, phone)
	if err != nil || ix == nil {
		return nil, err
	}
	return t.rosterEntries(t.db.Where("phone_ix = ? AND claimed_at = 0 AND added_by <> ''", ix).Order("id").Limit(limit).Find)
}

// AddedEntry reads one that somebody added, in clear.
func (t *Tx) AddedEntry(addedBy, relation, id string) (model.RosterEntry, error) {
	found, err := t.rosterEntries(t.db.Where("id = ? AND added_by = ? AND relation = ?", id, addedBy, relation).Find)
	if err == nil && len(found) == 0 {
		err = model.NotFound()
	}
	if err != nil {
		return model.RosterEntry{}, err
	}
	return found[0], nil
}

func (t *Tx) rosterEntries(find finder) ([]model.RosterEntry, error) {
	var rows []rosterRow
	if err := find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	keys, err := t.dataKeys(ids)
	if err != nil {
		return nil, err
	}
	return openRosters(rows, keys)
}

func openRosters(rows []rosterRow, keys map[string]*gm.DataKey) ([]model.RosterEntry, error) {
	out := make([]model.RosterEntry, 0, len(rows))
	for _, row := range rows {
		key, ok := keys[row.ID]
		if !ok {
			continue
		}
		e, err := openRoster(row, key)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// DropAddedEntry removes an entry that somebody added and nobody has claimed, with
// its key, and says whether it did.
func (t *Tx) DropAddedEntry(addedBy, relation, id string) (bool, error) {
	gone, err := changed(t.db.Where("id = ? AND added_by = ? AND relation = ? AND claimed_at = 0", id, addedBy, relation).Delete(&rosterRow{}))
	if gone && err == nil {
		err = t.dropDataKeys([]string{id})
	}
	return gone, err
}

// DropUnclaimed removes the entries of a household that nobody has claimed: all of
// them, or those that one person added. It says how many.
func (t *Tx) DropUnclaimed(communityID, householdID, addedBy string) (int, error) {
	q := t.db.Model(&rosterRow{}).Where("community_id = ? AND household_id = ? AND claimed_at = 0", communityID, householdID)
	if addedBy != "" {
		q = q.Where("added_by = ?", addedBy)
	}
	var ids []string
	if err := q.Pluck("id", &ids).Error; err != nil {
		return 0, translate(err)
	}
	return t.dropRoster(ids)
}

// dropRoster removes those of the entries that are not claimed, with their keys.
func (t *Tx) dropRoster(ids []string) (int, error) {
	gone := make([]string, 0, len(ids))
	for _, id := range ids {
		dropped, err := changed(t.db.Where("id = ? AND claimed_at = 0", id).Delete(&rosterRow{}))
		if err != nil {
			return 0, err
		}
		if dropped {
			gone = append(gone, id)
		}
	}
	return len(gone), t.dropDataKeys(gone)
}

// dropDataKeys destroys the keys of subjects whose rows are gone.
func (t *Tx) dropDataKeys(subjectIDs []string) error {
	if len(subjectIDs) == 0 {
		return nil
	}
	return translate(t.db.Where("subject_id IN ?", subjectIDs).Delete(&dataKeyRow{}).Error)
}

// AddedOpen counts what somebody added to the roster of a household and what nobody
// has claimed yet.
func (t *Tx) AddedOpen(communityID, householdID, addedBy string) (int64, error) {
	var n int64
	err := t.db.Model(&rosterRow{}).Where("community_id = ? AND household_id = ? AND added_by = ? AND claimed_at = 0", communityID, householdID, addedBy).
		Count(&n).Error
	return n, translate(err)
}
