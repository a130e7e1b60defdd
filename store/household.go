package store

import (
	"communitypass.cn/communitypass/model"
)

// Household reads one household of a community.
func (t *Tx) Household(communityID, id string) (model.Household, error) {
	var h model.Household
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&h).Error
	return h, translate(err)
}

// HouseholdAt finds a household by its address in normal form.
func (t *Tx) HouseholdAt(communityID, building, unit, room string) (model.Household, error) {
	var h model.Household
	err := t.db.Where("community_id = ? AND building = ? AND unit = ? AND room = ?", communityID, building, unit, room).Take(&h).Error
	return h, translate(err)
}

// Households lists a community's households in the order of their addresses,
// those of one building when it is given, behind the household after (nil on the
// first page).
func (t *Tx) Households(communityID, building string, after *model.Household, limit int) ([]model.Household, error) {
	q := t.along("households", "households_address").Where("community_id = ?", communityID)
	if building != "" {
		q = q.Where("building = ?", building)
	}
	if after != nil {
		// Spelt out: a comparison of rows is not a range to MySQL.
		q = q.Where("building > ? OR (building = ? AND (unit > ? OR (unit = ? AND room > ?)))",
			after.Building, after.Building, after.Unit, after.Unit, after.Room)
	}
	var out []model.Household
	err := q.Order("building, unit, room").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// HouseholdsByID reads the households that a list of residencies names.
func (t *Tx) HouseholdsByID(ids []string) (map[string]model.Household, error) {
	out := make(map[string]model.Household, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var found []model.Household
	err := t.db.Where("id IN ?", ids).Find(&found).Error
	for _, h := range found {
		out[h.ID] = h
	}
	return out, translate(err)
}
