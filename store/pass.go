package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// CreatePass stores a new pass. Its number is random; on the rare clash the
// caller's transaction fails with conflict.
func (t *Tx) CreatePass(p model.Pass) error {
	if p.Format == 0 {
		p.Format = model.FormatRotating
	}
	return translate(t.db.Create(&p).Error)
}

// PassByNumber reads the pass that a code names, in whichever community: the
// number is unique over all, and the code's key already tied it to one.
func (t *Tx) PassByNumber(number uint64) (model.Pass, error) {
	var p model.Pass
	err := t.db.Where("number = ?", number).Take(&p).Error
	return p, translate(err)
}

// PassOf reads one pass of a community.
func (t *Tx) PassOf(communityID, id string) (model.Pass, error) {
	var p model.Pass
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&p).Error
	return p, translate(err)
}

// PassesOfPeople lists the passes of several people that are shown on a phone,
// newest first, with an id below before. Printed cards are listed by CardsOfPerson.
func (t *Tx) PassesOfPeople(personIDs []string, before string, limit int) ([]model.Pass, error) {
	return merged(t, keyset[model.Pass]{column: "id", of: func(r *model.Pass) string { return r.ID }, limit: limit}, personIDs, func(person string) *gorm.DB {
		return below(t.along("passes", "passes_person").Where("person_id = ? AND format <> ?", person, model.FormatCard), "id", before)
	})
}

// PassesIn lists a person's passes in a community, printed cards too, newest first.
func (t *Tx) PassesIn(communityID, personID string, limit int) ([]model.Pass, error) {
	var out []model.Pass
	err := t.db.Where("person_id = ? AND community_id = ?", personID, communityID).Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// PassByID reads one pass, whosever it is: the caller must see whether it may be
// shown.
func (t *Tx) PassByID(id string) (model.Pass, error) {
	var p model.Pass
	err := t.db.Where("id = ?", id).Take(&p).Error
	return p, translate(err)
}

// PassesOfResidency lists the passes that came with a residency.
func (t *Tx) PassesOfResidency(communityID, residencyID string) ([]model.Pass, error) {
	var out []model.Pass
	err := t.db.Where("community_id = ? AND residency_id = ?", communityID, residencyID).Find(&out).Error
	return out, translate(err)
}

// PassesByNumbers reads the passes that a page of passages names.
func (t *Tx) PassesByNumbers(communityID string, numbers []uint64) (map[uint64]model.Pass, error) {
	out := make(map[uint64]model.Pass, len(numbers))
	if len(numbers) == 0 {
		return out, nil
	}
	var found []model.Pass
	err := t.db.Where("community_id = ? AND number IN ?", communityID, numbers).Find(&found).Error
	for _, p := range found {
		out[p.Number] = p
	}
	return out, translate(err)
}

// WithdrawPasses ends every active pass of a residency at once and tells the
// feed; it says how many there were.
func (t *Tx) WithdrawPasses(communityID, residencyID, reason string) (int, error) {
	var live []model.Pass
	err := t.db.Where("community_id = ? AND residency_id = ? AND state = ?", communityID, residencyID, model.PassActive).Find(&live).Error
	if err != nil {
		return 0, translate(err)
	}
	for _, p := range live {
		_, err := changed(t.db.Model(&model.Pass{}).Where("id = ? AND state = ?", p.ID, model.PassActive).
			Updates(map[string]any{"state": model.PassWithdrawn, "reason": reason, "withdrawn_at": t.now()}))
		if err != nil {
			return 0, err
		}
		if err := t.Changed(model.ChangePass, communityID, strconv.FormatUint(p.Number, 10)); err != nil {
			return 0, err
		}
	}
	return len(live), nil
}

// WithdrawnSince lists the numbers of a community's passes that were withdrawn at
// or after an instant (Unix milliseconds), and of withdrawn cards until their own end,
// since what is printed lives on: the exceptions of the bundle.
func (t *Tx) WithdrawnSince(communityID string, since int64) ([]uint64, error) {
	var out []uint64
	err := t.db.Model(&model.Pass{}).Where("community_id = ? AND state = ?", communityID, model.PassWithdrawn).
		Where("withdrawn_at >= ? OR (format = ? AND (valid_until = 0 OR valid_until >= ?))", max(since, 1), model.FormatCard, max(since, 1)).
		Order("number").Pluck("number", &out).Error
	return out, translate(err)
}
