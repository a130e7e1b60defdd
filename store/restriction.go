package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

const (
	fieldRestriction = "restrictions.details"
	fieldAppeal      = "appeals.text"
)

// restrictionRow is a restriction at rest. One of health is sealed under the key of
// its emergency, another under a key of its own.
type restrictionRow struct {
	model.Restriction `gorm:"embedded"`
	DetailsCt         []byte
}

func (restrictionRow) TableName() string { return "restrictions" }

// CreateRestriction stores a proposed restriction.
func (t *Tx) CreateRestriction(r model.Restriction) error {
	if r.EmergencyID == "" {
		if _, err := t.newDataKey(r.ID); err != nil {
			return err
		}
	}
	ct, err := t.sealDetails(&r)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&restrictionRow{Restriction: r, DetailsCt: ct}).Error)
}

func (t *Tx) sealDetails(r *model.Restriction) ([]byte, error) {
	key, err := t.dataKey(r.KeySubject())
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r.RestrictionDetails)
	if err != nil {
		return nil, err
	}
	return key.Seal(fieldRestriction, string(text))
}

// Restriction reads one restriction; the caller checks its community.
func (t *Tx) Restriction(id string) (model.Restriction, error) {
	all, err := t.restrictions(t.db.Where("id = ?", id))
	if err == nil && len(all) == 0 {
		err = model.NotFound()
	}
	if err != nil {
		return model.Restriction{}, err
	}
	return all[0], nil
}

// Restrictions lists a community's, newest first, of one state when it is given,
// with an id below before (all when empty).
func (t *Tx) Restrictions(communityID string, state model.RestrictionState, before string, limit int) ([]model.Restriction, error) {
	q := t.along("restrictions", "restrictions_community").Where("community_id = ?", communityID)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	return t.restrictions(q.Order("id DESC").Limit(limit))
}

// RestrictionsOn lists what was approved against any of the subjects, newest first.
func (t *Tx) RestrictionsOn(subjectIDs []string, before string, limit int) ([]model.Restriction, error) {
	if len(subjectIDs) == 0 {
		return nil, nil
	}
	q := t.db.Where("subject_id IN ? AND state <> ?", subjectIDs, model.RestrictionProposed)
	return t.restrictions(below(q, "id", before).Order("id DESC").Limit(limit))
}

// ActiveRestrictions lists those of a community that stand, whoever they concern.
func (t *Tx) ActiveRestrictions(communityID string) ([]model.Restriction, error) {
	return t.restrictions(t.db.Where("community_id = ? AND state = ?", communityID, model.RestrictionActive).Order("id"))
}

// RestrictionsOfPass lists those that stand against a pass, its holder or the home
// that it came with.
func (t *Tx) RestrictionsOfPass(p model.Pass) ([]model.Restriction, error) {
	home := t.db.Table("residencies").Select("household_id").Where("id = ?", p.ResidencyID)
	return t.restrictions(t.db.Where("community_id = ? AND state = ?", p.CommunityID, model.RestrictionActive).
		Where("(subject_id IN ? OR subject_id IN (?))", []string{p.ID, p.PersonID}, home))
}

func (t *Tx) restrictions(q *gorm.DB) ([]model.Restriction, error) {
	var rows []restrictionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	var subjects []string
	for i := range rows {
		subjects = append(subjects, rows[i].KeySubject())
	}
	keys, err := t.emergencyKeys(subjects)
	if err != nil {
		return nil, err
	}
	var out []model.Restriction
	for _, r := range rows {
		key, ok := keys[r.KeySubject()]
		if !ok {
			continue // destroyed with its emergency
		}
		if err := openJSON(key, fieldRestriction, r.DetailsCt, &r.RestrictionDetails); err != nil {
			return nil, err
		}
		out = append(out, r.Restriction)
	}
	return out, nil
}

// ApproveRestriction puts a proposed restriction in force, once, unless its time is
// over, and says whether it did.
func (t *Tx) ApproveRestriction(communityID, id, by string) (bool, error) {
	return changed(t.db.Model(&restrictionRow{}).Where("community_id = ? AND id = ? AND state = ? AND expires_at > ?", communityID, id, model.RestrictionProposed, t.now()).
		Updates(map[string]any{"state": model.RestrictionActive, "approver_id": by, "approved_at": t.now()}))
}

// EndRestriction ends one that is proposed or stands, once, and says whether it did.
func (t *Tx) EndRestriction(communityID, id string, to model.RestrictionState, by, reason string) (bool, error) {
	return changed(t.db.Model(&restrictionRow{}).Where("community_id = ? AND id = ? AND state IN ?", communityID, id,
		[]model.RestrictionState{model.RestrictionProposed, model.RestrictionActive}).
		Updates(map[string]any{"state": to, "ended_at": t.now(), "ended_by": by, "end_reason": reason}))
}

// SaveDetails seals the details of a restriction anew.
func (t *Tx) SaveDetails(r model.Restriction) error {
	ct, err := t.sealDetails(&r)
	if err != nil {
		return err
	}
	return translate(t.db.Model(&restrictionRow{}).Where("community_id = ? AND id = ?", r.CommunityID, r.ID).Update("details_ct", ct).Error)
}

// ExpiredRestrictions lists those whose time is over, oldest first.
func (t *Tx) ExpiredRestrictions(at int64, limit int) ([]model.Restriction, error) {
	var rows []restrictionRow
	err := t.db.Where("state IN ? AND expires_at <= ?", []model.RestrictionState{model.RestrictionProposed, model.RestrictionActive}, at).
		Order("expires_at").Limit(limit).Find(&rows).Error
	out := make([]model.Restriction, len(rows))
	for i, r := range rows {
		out[i] = r.Restriction
	}
	return out, translate(err)
}

// ActivePeople are the people of active residencies in a home.
func (t *Tx) ActivePeople(communityID, householdID string) ([]string, error) {
	var out []string
	err := t.db.Table("residencies").Where("community_id = ? AND household_id = ? AND status = ?", communityID, householdID, model.ResidencyActive).
		Order("id").Pluck("person_id", &out).Error
	return out, translate(err)
}

// LivePassesOf are the live passes of some people in a community.
func (t *Tx) LivePassesOf(communityID string, personIDs []string) ([]model.Pass, error) {
	if len(personIDs) == 0 {
		return nil, nil
	}
	var out []model.Pass
	err := t.db.Where("community_id = ? AND person_id IN ? AND state <> ?", communityID, personIDs, model.PassWithdrawn).Find(&out).Error
	return out, translate(err)
}
