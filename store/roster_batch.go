package store

import (
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// RosterKey is what a roster entry is compared by, without being opened: blind
// indexes as strings, "" for what is not known.
type RosterKey struct {
	ID          string
	HouseholdID string
	Relation    string
	Name        string
	Phone       string
	IDLast4     string
	AgeGroup    model.AgeGroup
	LeaseUntil  int64
	ClaimedBy   string
	AddedBy     string
}

// RosterKeyOf is the key that an entry has once it is stored.
func (t *Tx) RosterKeyOf(e model.RosterEntry) (RosterKey, error) {
	s := &sealed{tx: t}
	k := RosterKey{ID: e.ID, HouseholdID: e.HouseholdID, Relation: e.Relation,
		Name:     string(s.ix(indexName, model.NormalName(e.Name))),
		Phone:    string(s.ix(indexPhone, e.Phone)),
		IDLast4:  string(s.ix(indexID4, normalID4(e.IDLast4))),
		AgeGroup: e.AgeGroup, LeaseUntil: e.LeaseUntil, ClaimedBy: e.ClaimedBy}
	return k, s.err
}

// RosterKeys reads the keys of a community's roster, in the order of entry: that of
// some households, or with nil of all.
func (t *Tx) RosterKeys(communityID string, householdIDs []string) ([]RosterKey, error) {
	q := t.db.Model(&rosterRow{}).Select("id", "household_id", "relation", "name_ix", "phone_ix", "id_last4_ix", "age_group", "lease_until", "claimed_by", "added_by").
		Where("community_id = ?", communityID)
	if householdIDs != nil {
		q = q.Where("household_id IN ?", householdIDs)
	}
	var found []rosterRow
	if err := q.Order("id").Find(&found).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]RosterKey, len(found))
	for i, row := range found {
		out[i] = RosterKey{ID: row.ID, HouseholdID: row.HouseholdID, Relation: row.Relation,
			Name: string(row.NameIx), Phone: string(row.PhoneIx), IDLast4: string(row.IDLast4Ix),
			AgeGroup: row.AgeGroup, LeaseUntil: row.LeaseUntil, ClaimedBy: row.ClaimedBy, AddedBy: row.AddedBy}
	}
	return out, nil
}

// rowsAtOnce is how many rows an INSERT has: to bind values costs SQLite's driver
// the square of their number.
const rowsAtOnce = 50

// AddRosterEntries stores many entries with few statements.
func (t *Tx) AddRosterEntries(entries []model.RosterEntry) error {
	if len(entries) == 0 {
		return nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return err
	}
	keys, rows := make([]dataKeyRow, len(entries)), make([]rosterRow, len(entries))
	for i, e := range entries {
		wrapped, key, err := ring.NewDataKey(e.ID)
		if err != nil {
			return err
		}
		keys[i] = dataKeyRow{SubjectID: e.ID, Wrapped: wrapped, CreatedAt: t.now()}
		if rows[i], err = t.sealRoster(e, key); err != nil {
			return err
		}
	}
	if err := t.db.CreateInBatches(&keys, rowsAtOnce).Error; err != nil {
		return translate(err)
	}
	return translate(t.db.CreateInBatches(&rows, rowsAtOnce).Error)
}

// SetRosterContacts gives entries that exist another phone, other ID digits,
// age group and end of lease, where the given ones are not empty, with one query and few statements.
// An entry whose key was destroyed stays as it is.
func (t *Tx) SetRosterContacts(entries []model.RosterEntry) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	keys, err := t.dataKeys(ids)
	if err != nil {
		return err
	}
	var phones, digits, ages, leases []rosterRow
	for _, e := range entries {
		key, ok := keys[e.ID]
		if !ok {
			continue
		}
		row, err := t.sealRoster(e, key)
		if err != nil {
			return err
		}
		if e.Phone != "" {
			phones = append(phones, row)
		}
		if e.IDLast4 != "" {
			digits = append(digits, row)
		}
		if e.AgeGroup != "" {
			ages = append(ages, row)
		}
		if e.LeaseUntil != 0 {
			leases = append(leases, row)
		}
	}
	if err := t.replaceRoster(phones, "phone_ct", "phone_ix"); err != nil {
		return err
	}
	if err := t.replaceRoster(ages, "age_group"); err != nil {
		return err
	}
	if err := t.replaceRoster(leases, "lease_until"); err != nil {
		return err
	}
	return t.replaceRoster(digits, "id_last4_ct", "id_last4_ix")
}

// replaceRoster replaces columns of many rows that are there, by INSERTs that find
// each key taken.
func (t *Tx) replaceRoster(rows []rosterRow, columns ...string) error {
	if len(rows) == 0 {
		return nil
	}
	taken := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns(columns)}
	return translate(t.db.Clauses(taken).CreateInBatches(&rows, rowsAtOnce).Error)
}

// sealRoster is an entry at rest.
func (t *Tx) sealRoster(e model.RosterEntry, key *gm.DataKey) (rosterRow, error) {
	s := &sealed{tx: t, key: key}
	row := rosterRow{ID: e.ID, CommunityID: e.CommunityID, HouseholdID: e.HouseholdID,
		NameCt: s.ct(fieldRosterName, e.Name), NameIx: s.ix(indexName, model.NormalName(e.Name)),
		PhoneCt: s.ct(fieldRosterPhone, e.Phone), PhoneIx: s.ix(indexPhone, e.Phone),
		IDLast4Ct: s.ct(fieldRosterID4, normalID4(e.IDLast4)), IDLast4Ix: s.ix(indexID4, normalID4(e.IDLast4)),
		Relation: e.Relation, AgeGroup: e.AgeGroup, LeaseUntil: e.LeaseUntil, AddedBy: e.AddedBy, AccessGroup: e.AccessGroup,
		ImportID: e.ImportID, CreatedAt: e.CreatedAt}
	return row, s.err
}

// AddHouseholds stores those of the households whose address is free. Those that
// are there already are locked until the end of the transaction, so that of two
// imports of one household the second sees what the first has written.
func (t *Tx) AddHouseholds(list []model.Household) error {
	if len(list) == 0 {
		return nil
	}
	return translate(t.db.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&list, rowsAtOnce).Error)
}

// HouseholdsBetween reads a community's households from one address to another,
// both included, in the order of addresses.
func (t *Tx) HouseholdsBetween(communityID string, first, last model.Household) ([]model.Household, error) {
	var out []model.Household
	err := t.db.Where("community_id = ?", communityID).Where(t.addressBound(">", first)).Where(t.addressBound("<", last)).
		Order("building, unit, room").Find(&out).Error
	return out, translate(err)
}

// addressBound compares addresses, spelt out as in Households.
func (t *Tx) addressBound(side string, h model.Household) *gorm.DB {
	return t.db.Where("building "+side+" ? OR (building = ? AND (unit "+side+" ? OR (unit = ? AND room "+side+"= ?)))",
		h.Building, h.Building, h.Unit, h.Unit, h.Room)
}

// AllHouseholds reads every household of a community.
func (t *Tx) AllHouseholds(communityID string) ([]model.Household, error) {
	var out []model.Household
	err := t.db.Where("community_id = ?", communityID).Find(&out).Error
	return out, translate(err)
}
