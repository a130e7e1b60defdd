package store

import (
	"bytes"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

const (
	fieldRosterName  = "roster_entries.name"
	fieldRosterPhone = "roster_entries.phone"
	fieldRosterID4   = "roster_entries.id_last4"
)

// rosterRow is a roster entry at rest, sealed under a data key of its own, since
// nobody knows yet whether it will become a person.
type rosterRow struct {
	ID          string
	CommunityID string
	HouseholdID string
	NameCt      []byte
	NameIx      []byte
	PhoneCt     []byte
	PhoneIx     []byte
	IDLast4Ct   []byte `gorm:"column:id_last4_ct"`
	IDLast4Ix   []byte `gorm:"column:id_last4_ix"`
	Relation    string
	AgeGroup    model.AgeGroup
	LeaseUntil  int64
	AddedBy     string
	AccessGroup uint16
	ImportID    string
	ClaimedBy   string
	ClaimedAt   int64
	CreatedAt   int64
}

func (rosterRow) TableName() string { return "roster_entries" }

// CreateRosterEntry stores one person of a household's roster.
func (t *Tx) CreateRosterEntry(e model.RosterEntry) error {
	key, err := t.newDataKey(e.ID)
	if err != nil {
		return err
	}
	row, err := t.sealRoster(e, key)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&row).Error)
}

// normalID4 takes the x for the X that an ID number may end with.
func normalID4(id4 string) string { return strings.ToUpper(id4) }

// Rosters reads the rosters of a page of households in clear, by household, in
// the order of entry. Entries whose key was destroyed are absent.
func (t *Tx) Rosters(communityID string, householdIDs []string) (map[string][]model.RosterEntry, error) {
	out := make(map[string][]model.RosterEntry, len(householdIDs))
	if len(householdIDs) == 0 {
		return out, nil
	}
	var found []rosterRow
	err := t.db.Where("community_id = ? AND household_id IN ?", communityID, householdIDs).Order("id").Find(&found).Error
	if err != nil {
		return nil, translate(err)
	}
	ids := make([]string, len(found))
	for i, row := range found {
		ids[i] = row.ID
	}
	keys, err := t.dataKeys(ids)
	if err != nil {
		return nil, err
	}
	for _, row := range found {
		key, ok := keys[row.ID]
		if !ok {
			continue
		}
		e, err := openRoster(row, key)
		if err != nil {
			return nil, err
		}
		out[e.HouseholdID] = append(out[e.HouseholdID], e)
	}
	return out, nil
}

func openRoster(row rosterRow, key *gm.DataKey) (model.RosterEntry, error) {
	o := &opened{key: key}
	e := model.RosterEntry{ID: row.ID, CommunityID: row.CommunityID, HouseholdID: row.HouseholdID,
		Name: o.text(fieldRosterName, row.NameCt), Phone: o.text(fieldRosterPhone, row.PhoneCt),
		IDLast4: o.text(fieldRosterID4, row.IDLast4Ct), Relation: row.Relation, AgeGroup: row.AgeGroup, LeaseUntil: row.LeaseUntil,
		AddedBy: row.AddedBy, AccessGroup: row.AccessGroup, ImportID: row.ImportID,
		ClaimedBy: row.ClaimedBy, ClaimedAt: row.ClaimedAt, CreatedAt: row.CreatedAt}
	return e, o.err
}

// RosterClaim is what somebody says to be on a household's roster.
type RosterClaim struct {
	CommunityID string
	HouseholdID string
	// NameIx is the blind index of the name (NameIndex).
	NameIx []byte
	// Phone is the confirmed phone; a claim without one matches nobody.
	Phone string
	// IDLast4 is compared only when both the claim and the roster have it.
	IDLast4  string
	Relation string
}

// RosterTaken is what a claimed entry brings with it besides the person.
type RosterTaken struct {
	AgeGroup    model.AgeGroup
	LeaseUntil  int64
	AddedBy     string
	AccessGroup uint16
	// Lost says that there was an entry and somebody else took it in this moment.
	Lost bool
}

// TakeRosterEntry gives an unclaimed entry that agrees with the claim to the
// person and says whether it did: of several who claim one entry, one gets it. An
// entry whose lease has run out agrees with nobody.
func (t *Tx) TakeRosterEntry(c RosterClaim, personID string) (RosterTaken, bool, error) {
	phone, err := t.index(indexPhone, c.Phone)
	if err != nil || phone == nil || c.NameIx == nil {
		return RosterTaken{}, false, err
	}
	return t.takeRoster(c, personID, t.db.Where("phone_ix = ?", phone))
}

// TakeDependantEntry gives an unclaimed entry of that name to a person who has no
// phone. An entry with a phone of its own is somebody's who can claim it; only the
// carer's phone, or none, will do.
func (t *Tx) TakeDependantEntry(c RosterClaim, personID string) (RosterTaken, bool, error) {
	if c.NameIx == nil {
		return RosterTaken{}, false, nil
	}
	phone, err := t.index(indexPhone, c.Phone)
	if err != nil {
		return RosterTaken{}, false, err
	}
	return t.takeRoster(c, personID, t.db.Where("phone_ix IS NULL OR phone_ix = ?", phone))
}

// TakeNamedEntry gives an unclaimed entry of that name to a person whom staff have
// registered: they know who it is, whatever phone the roster has.
func (t *Tx) TakeNamedEntry(c RosterClaim, personID string) (RosterTaken, bool, error) {
	if c.NameIx == nil {
		return RosterTaken{}, false, nil
	}
	return t.takeRoster(c, personID, t.db.Where("1 = 1"))
}

func (t *Tx) takeRoster(c RosterClaim, personID string, phone *gorm.DB) (RosterTaken, bool, error) {
	id4, err := t.index(indexID4, normalID4(c.IDLast4))
	if err != nil {
		return RosterTaken{}, false, err
	}
	var found []rosterRow
	err = t.db.Select("id", "id_last4_ix", "age_group", "lease_until", "added_by", "access_group").
		Where("community_id = ? AND household_id = ? AND name_ix = ? AND relation = ? AND claimed_at = 0 AND (lease_until = 0 OR lease_until > ?)",
			c.CommunityID, c.HouseholdID, c.NameIx, c.Relation, t.now()).
		// What a resident added counts while the resident lives there.
		Where("added_by = '' OR EXISTS (SELECT 1 FROM residencies r WHERE r.household_id = roster_entries.household_id AND r.person_id = roster_entries.added_by"+
			" AND r.status = ? AND (r.lease_until = 0 OR r.lease_until > ?))", model.ResidencyActive, t.now()).Where(phone).Order("id").Find(&found).Error
	if err != nil {
		return RosterTaken{}, false, translate(err)
	}
	lost := false
	for _, row := range found {
		if differs(row.IDLast4Ix, id4) {
			continue
		}
		lost = true
		taken, err := changed(t.db.Model(&rosterRow{}).Where("id = ? AND claimed_at = 0", row.ID).
			Updates(map[string]any{"claimed_by": personID, "claimed_at": t.now()}))
		if taken || err != nil {
			return RosterTaken{AgeGroup: row.AgeGroup, LeaseUntil: row.LeaseUntil, AddedBy: row.AddedBy, AccessGroup: row.AccessGroup}, taken, err
		}
	}
	return RosterTaken{Lost: lost}, false, nil
}

// RosterDenies reports whether the roster knows the name with another ID number
// than the claim gives, so that only staff can decide.
func (t *Tx) RosterDenies(c RosterClaim) (bool, error) {
	id4, err := t.index(indexID4, normalID4(c.IDLast4))
	if err != nil || id4 == nil {
		return false, err
	}
	var found []rosterRow
	err = t.db.Select("id_last4_ix").Where("community_id = ? AND household_id = ? AND name_ix = ?",
		c.CommunityID, c.HouseholdID, c.NameIx).Find(&found).Error
	for _, row := range found {
		if differs(row.IDLast4Ix, id4) {
			return true, nil
		}
	}
	return false, translate(err)
}

// differs compares two indexes of which either may be unknown.
func differs(a, b []byte) bool { return len(a) > 0 && len(b) > 0 && !bytes.Equal(a, b) }
