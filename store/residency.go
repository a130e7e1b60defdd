package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// residencyRow is a residency with the column that keeps a person from having two
// open ones (pending or active) in a household: 1 while open, NULL afterwards,
// since a unique index takes any number of NULLs.
type residencyRow struct {
	model.Residency `gorm:"embedded"`
	Open            *int
}

func (residencyRow) TableName() string { return "residencies" }

// CreateResidency stores a pending or active residency; conflict when the person
// has an open one in the household.
func (t *Tx) CreateResidency(r model.Residency) error {
	open := 1
	return translate(t.db.Create(&residencyRow{Residency: r, Open: &open}).Error)
}

// Residency reads one residency of a community.
func (t *Tx) Residency(communityID, id string) (model.Residency, error) {
	var r model.Residency
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&r).Error
	return r, translate(err)
}

// OpenResidency reads the person's pending or active residency in a household.
func (t *Tx) OpenResidency(communityID, householdID, personID string) (model.Residency, error) {
	var r model.Residency
	err := t.db.Where("community_id = ? AND household_id = ? AND person_id = ? AND open = 1", communityID, householdID, personID).Take(&r).Error
	return r, translate(err)
}

// ResidenciesOfPerson lists a person's residencies in all communities, newest
// first, of one status when it is given.
func (t *Tx) ResidenciesOfPerson(personID, status string, limit int) ([]model.Residency, error) {
	q := t.db.Where("person_id = ?", personID)
	if status != "" {
		q = q.Where("status = ?", status)
	}
	var out []model.Residency
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// Residencies lists a community's residencies, newest first, of one status when it
// is given, with an id below before (all when empty).
func (t *Tx) Residencies(communityID, status, before string, limit int) ([]model.Residency, error) {
	index := "residencies_all"
	if status != "" {
		index = "residencies_community"
	}
	q := t.along("residencies", index).Where("community_id = ?", communityID)
	if status != "" {
		q = q.Where("status = ?", status)
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Residency
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// LockPending holds a pending residency until the transaction ends, so that staff
// who decide on it wait, and says whether it is still pending.
func (t *Tx) LockPending(communityID, id string) (bool, error) {
	return changed(t.db.Model(&residencyRow{}).Where("community_id = ? AND id = ? AND status = ?", communityID, id, model.ResidencyPending).
		Update("status", model.ResidencyPending))
}

// ResidencyMove is one step in the life of a residency.
type ResidencyMove struct {
	From, To string
	// By is the staff account that decided, or what decided in its place.
	By     string
	Reason string
	// Lapsed makes the step only when the lease has run out.
	Lapsed bool
	// LeaseUntil, unless nil, becomes the end of the lease.
	LeaseUntil *int64
	// Taken is the entry of the roster that agreed, if one did.
	Taken *RosterTaken
}

// MoveResidency makes the step, once, and says whether it did.
func (t *Tx) MoveResidency(communityID, id string, m ResidencyMove) (bool, error) {
	set := map[string]any{"status": m.To, "reason": m.Reason, "claimed_name_ix": nil}
	q := t.db.Model(&residencyRow{}).Where("community_id = ? AND id = ? AND status = ?", communityID, id, m.From)
	if m.Taken != nil {
		set["lease_until"], set["added_by"], set["access_group"] = m.Taken.LeaseUntil, m.Taken.AddedBy, m.Taken.AccessGroup
	}
	if m.LeaseUntil != nil {
		set["lease_until"], set["lease_told"] = *m.LeaseUntil, 0
	}
	if m.To == model.ResidencyEnded {
		set["ended_at"] = t.now()
		if m.Lapsed {
			q = q.Where("lease_until > 0 AND lease_until <= ?", t.now())
			set["ended_at"] = gorm.Expr("lease_until")
		}
	} else {
		set["decided_at"], set["decided_by"] = t.now(), m.By
	}
	if m.To != model.ResidencyActive {
		set["open"] = nil
	}
	return changed(q.Updates(set))
}

// HouseholdMembers lists the active residencies of a household, oldest first: who
// lives and works there now, dependants among them.
func (t *Tx) HouseholdMembers(communityID, householdID string) ([]model.Residency, error) {
	var out []model.Residency
	err := t.db.Where("community_id = ? AND household_id = ? AND status = ? AND (lease_until = 0 OR lease_until > ?)",
		communityID, householdID, model.ResidencyActive, t.now()).
		Order("id").Limit(200).Find(&out).Error
	return out, translate(err)
}
