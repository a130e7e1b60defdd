package store

import (
	"encoding/json"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// fate is what becomes of the rows that hang on a person who is erased.
type fate int

const (
	// kept rows name an id that leads nowhere any more: proof, and logs by law.
	kept fate = iota
	// dropped rows are deleted.
	dropped
	// blanked rows lose the person's id and what also is said.
	blanked
	// cut rows get a pseudonym of their own, each another, so that nothing ties
	// them to each other or to the person.
	cut
	// handled rows are the matter of a step of its own.
	handled
)

// Erased is what memory must forget when a person was erased.
type Erased struct {
	PersonIDs   []string
	PassNumbers []uint64
	SessionIDs  []string
}

// Erase deletes a person for good, once, and says whether it was this time: the
// data key is destroyed, so that nothing sealed under it can be read again, not
// even in an old copy of the file with the keys of today; indexes, sign-ins and
// ties go with it. Open residencies should have been ended before, so that
// recipients were told; here they end in silence.
func (t *Tx) Erase(personID string, into *Erased) (bool, error) {
	closed, err := changed(t.db.Table("persons").Where("id = ? AND closed_at = 0", personID).Updates(map[string]any{
		"closed_at": t.now(), "name_ct": nil, "name_ix": nil, "phone_ct": nil, "phone_ix": nil, "id_last4_ct": nil, "age_group": ""}))
	if err != nil || !closed {
		return false, err
	}
	into.PersonIDs = append(into.PersonIDs, personID)
	for _, step := range []func(string, *Erased) error{t.destroyKey, t.eraseSignIns, t.eraseHomes, t.eraseVisits, t.eraseHealth, t.erasePasses, t.eraseApprovals,
		t.eraseConsents, t.eraseCursors, t.cutTies} {
		if err := step(personID, into); err != nil {
			return false, err
		}
	}
	return true, t.Changed(model.ChangePerson, "", personID)
}

// destroyKey is the deletion itself; the rest is tidiness.
func (t *Tx) destroyKey(personID string, _ *Erased) error {
	_, err := changed(t.db.Model(&dataKeyRow{}).Where("subject_id = ? AND destroyed_at = 0", personID).
		Updates(map[string]any{"wrapped": nil, "destroyed_at": t.now()}))
	return err
}

func (t *Tx) eraseSignIns(personID string, into *Erased) error {
	var accounts []string
	if err := t.db.Table("wechat_accounts").Where("person_id = ?", personID).Pluck("id", &accounts).Error; err != nil {
		return translate(err)
	}
	for _, account := range accounts {
		ended, err := t.EndSessionsOf(account, "closed")
		if err != nil {
			return err
		}
		into.SessionIDs = append(into.SessionIDs, ended...)
		if err := t.db.Exec("UPDATE sessions SET person_id = ? WHERE account_id = ?", t.pseudonym(), account).Error; err != nil {
			return translate(err)
		}
		if err := t.db.Exec("DELETE FROM idempotency_keys WHERE caller = ?", account).Error; err != nil {
			return translate(err)
		}
	}
	return nil
}

// eraseHomes ends what is open, takes the person out of the index of names, and
// drops whom the person added to rosters and nobody has claimed.
func (t *Tx) eraseHomes(personID string, _ *Erased) error {
	if err := t.ForgetName(personID); err != nil {
		return err
	}
	var added []string
	homes := t.db.Table("residencies").Select("household_id").Where("person_id = ?", personID)
	err := t.db.Model(&rosterRow{}).Where("added_by = ? AND claimed_at = 0 AND household_id IN (?)", personID, homes).Pluck("id", &added).Error
	if err != nil {
		return translate(err)
	}
	if _, err := t.dropRoster(added); err != nil {
		return err
	}
	return translate(t.db.Exec("UPDATE residencies SET status = ?, open = NULL, ended_at = ? WHERE person_id = ? AND status IN ?",
		model.ResidencyEnded, t.now(), personID, []string{model.ResidencyPending, model.ResidencyActive}).Error)
}

// erasePasses withdraws what the person still holds, and takes the person out of
// what recipients were or will be told of the trail.
func (t *Tx) erasePasses(personID string, into *Erased) error {
	var passes []model.Pass
	if err := t.db.Where("person_id = ?", personID).Find(&passes).Error; err != nil {
		return translate(err)
	}
	for _, p := range passes {
		ended, err := changed(t.db.Model(&model.Pass{}).Where("id = ? AND state <> ?", p.ID, model.PassWithdrawn).
			Updates(map[string]any{"state": model.PassWithdrawn, "reason": "closed", "withdrawn_at": t.now()}))
		if err != nil {
			return err
		}
		into.PassNumbers = append(into.PassNumbers, p.Number)
		if ended {
			if err := t.Changed(model.ChangePass, p.CommunityID, strconv.FormatUint(p.Number, 10)); err != nil {
				return err
			}
		}
		if err := t.erasePassages(p.Number); err != nil {
			return err
		}
		told := t.db.Model(&model.Passage{}).Select("id").Where("pass_number = ?", p.Number)
		if err := t.hush("subject IN (?)", told); err != nil {
			return err
		}
	}
	homes := t.db.Table("residencies").Select("id").Where("person_id = ?", personID)
	if err := t.hush("subject IN (?)", homes); err != nil {
		return err
	}
	return t.hush("state <> ? AND body LIKE ?", model.DeliveryDelivered, `%"`+personID+`"%`)
}

// erasePassages drops what stands beside the passages of a pass.
func (t *Tx) erasePassages(number uint64) error {
	if err := t.db.Exec("DELETE FROM spoken_codes WHERE pass_number = ?", number).Error; err != nil {
		return translate(err)
	}
	return translate(t.db.Exec("UPDATE manual_passages SET note_ct = NULL WHERE note_ct IS NOT NULL AND passage_id IN "+
		"(SELECT id FROM passages WHERE pass_number = ?)", number).Error)
}

// impersonalEventFields may stay in an event about somebody who is gone.
var impersonalEventFields = map[string]bool{"passage_id": true, "gate_id": true, "device_id": true, "direction": true, "decision": true,
	"reason": true, "kind": true, "online": true, "scanned_at": true, "received_at": true, "rule_version": true, "skew_seconds": true,
	"residency_id": true, "visit_id": true, "status": true, "state": true, "changed_at": true, "conflict_id": true, "perimeter": true,
	"window_start": true, "passage_ids": true, "origin": true, "report_id": true, "emergency_id": true, "reported_at": true, "corrected": true}

// hush takes what says something about a person out of events, sent or not; that
// an event was, and its number, stay, so that sequences have no gap.
func (t *Tx) hush(where string, args ...any) error {
	var found []struct{ ID, Body string }
	if err := t.db.Table("outbox").Select("id, body").Where(where, args...).Find(&found).Error; err != nil {
		return translate(err)
	}
	for _, e := range found {
		var data map[string]json.RawMessage
		if err := json.Unmarshal([]byte(e.Body), &data); err != nil {
			data = nil // what cannot be read cannot be cleaned
		}
		before := len(data)
		for name := range data {
			if !impersonalEventFields[name] {
				delete(data, name)
			}
		}
		if data != nil && len(data) == before {
			continue
		}
		body, err := json.Marshal(data)
		if err != nil {
			return err
		}
		if data == nil {
			body = []byte("{}")
		}
		if err := t.db.Exec("UPDATE outbox SET body = ? WHERE id = ?", string(body), e.ID).Error; err != nil {
			return translate(err)
		}
	}
	return nil
}

// eraseApprovals ends what waits for the person. The ladder of a visit goes on by
// the clock: whoever is next is asked at once.
func (t *Tx) eraseApprovals(personID string, _ *Erased) error {
	pending := func() *gorm.DB {
		return t.db.Model(&model.Approval{}).Where("person_id = ? AND state = ?", personID, model.ApprovalPending)
	}
	if err := pending().Where("kind = ? AND due_at > ?", model.ApproveVisit, t.now()).Update("due_at", t.now()).Error; err != nil {
		return translate(err)
	}
	return translate(pending().Where("kind <> ?", model.ApproveVisit).
		Updates(map[string]any{"state": model.ApprovalCancelled, "decided_at": t.now()}).Error)
}

func (t *Tx) eraseConsents(personID string, _ *Erased) error {
	_, err := changed(t.db.Model(&model.Consent{}).Where("person_id = ? AND withdrawn_at = 0", personID).Update("withdrawn_at", t.now()))
	return err
}

// pseudonym is an id that is nobody's.
func (t *Tx) pseudonym() string { return model.NewID(t.store.clock.Now()) }

// SoleDependants lists whom a carer carries and nobody else does, and who have no
// account of their own.
func (t *Tx) SoleDependants(carerID string) ([]string, error) {
	var out []string
	err := t.db.Table("dependants AS d").Where("d.carer_id = ? AND d.active = 1", carerID).
		Where("NOT EXISTS (SELECT 1 FROM dependants AS o WHERE o.person_id = d.person_id AND o.carer_id <> d.carer_id AND o.active = 1)").
		Where("NOT EXISTS (SELECT 1 FROM wechat_accounts AS w WHERE w.person_id = d.person_id)").
		Order("d.person_id").Pluck("d.person_id", &out).Error
	return out, translate(err)
}

// looseTies say that somebody is still here, or was until an instant that is the
// named @edge. A new table by which people are known is one line here.
var looseTies = []string{
	"SELECT 1 FROM wechat_accounts AS x WHERE x.person_id = p.id",
	"SELECT 1 FROM staff_accounts AS x WHERE x.person_id = p.id",
	"SELECT 1 FROM dependants AS x WHERE (x.person_id = p.id OR x.carer_id = p.id) AND (x.active = 1 OR x.ended_at >= @edge)",
	"SELECT 1 FROM residencies AS x WHERE x.person_id = p.id AND (x.open = 1 OR x.ended_at >= @edge OR x.decided_at >= @edge)",
	// A visitor goes with the visit: see PurgeVisits.
	"SELECT 1 FROM passes AS x JOIN visits AS v ON v.id = x.visit_id WHERE x.person_id = p.id",
	"SELECT 1 FROM passes AS x WHERE x.person_id = p.id AND (x.state <> 'withdrawn' AND (x.valid_until = 0 OR x.valid_until >= @edge) OR x.withdrawn_at >= @edge)",
}

// LoosePersons lists some limit of those who were made before an instant (Unix
// milliseconds) and had no tie to any community since.
func (t *Tx) LoosePersons(edge int64, after string, limit int) ([]string, error) {
	q := t.db.Table("persons AS p").Where("p.id > ? AND p.closed_at = 0 AND p.created_at < ?", after, edge)
	for _, tie := range looseTies {
		if strings.Contains(tie, "@edge") {
			q = q.Where("NOT EXISTS ("+tie+")", map[string]any{"edge": edge})
		} else {
			q = q.Where("NOT EXISTS (" + tie + ")")
		}
	}
	var out []string
	err := q.Order("p.id").Limit(limit).Pluck("p.id", &out).Error
	return out, translate(err)
}

// HoldsStaffAccount says whether the person is staff as well.
func (t *Tx) HoldsStaffAccount(personID string) (bool, error) {
	var n int64
	err := t.db.Table("staff_accounts").Where("person_id = ?", personID).Limit(1).Count(&n).Error
	return n > 0, translate(err)
}
