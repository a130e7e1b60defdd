package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"
)

// CreatePass stores a new pass. Its number is random; on the rare clash the
// caller's transaction fails with conflict.
func (t *Tx) CreatePass(p model.Pass) error {
	return translate(t.db.Create(&p).Error)
}

// PassByNumber reads the pass that a code names, in whichever community: the
// number is unique over all, and the code's key already tied it to one.
func (t *Tx) PassByNumber(number uint64) (model.Pass, error) {
	var p model.Pass
	err := t.db.Where("number = ?", number).Take(&p).Error
	return p, translate(err)
}

// PassOfPerson reads one pass that the person holds.
func (t *Tx) PassOfPerson(personID, id string) (model.Pass, error) {
	var p model.Pass
	err := t.db.Where("person_id = ? AND id = ?", personID, id).Take(&p).Error
	return p, translate(err)
}

// PassesOfPerson lists a person's passes, newest first, with an id below before.
func (t *Tx) PassesOfPerson(personID, before string, limit int) ([]model.Pass, error) {
	q := t.db.Where("person_id = ?", personID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Pass
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
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
// or after an instant (Unix milliseconds): the exceptions of the bundle.
func (t *Tx) WithdrawnSince(communityID string, since int64) ([]uint64, error) {
	var out []uint64
	err := t.db.Model(&model.Pass{}).Where("community_id = ? AND withdrawn_at >= ? AND state = ?", communityID, max(since, 1), model.PassWithdrawn).
		Order("number").Pluck("number", &out).Error
	return out, translate(err)
}
