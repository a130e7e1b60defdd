package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

var sharedColumns = []string{"id", "at", "community_id", "recipient_id", "recipient_kind", "recipient_name", "event_id", "event_type",
	"subject", "person_id", "fields", "policy_version", "purpose", "agreement", "sm3"}

// aboutWhom finds, for events of a type, the one person whom a subject is about.
// A type that is absent is about nobody alone.
var aboutWhom = map[string]string{
	model.EventPassageRecorded:  "SELECT a.id AS subject, p.person_id FROM passages a JOIN passes p ON p.number = a.pass_number WHERE a.id IN ?",
	model.EventPassageConflict:  "SELECT c.id AS subject, p.person_id FROM conflicts c JOIN passes p ON p.number = c.pass_number WHERE c.id IN ?",
	model.EventResidencyChanged: "SELECT id AS subject, person_id FROM residencies WHERE id IN ?",
	model.EventVisitChanged:     "SELECT id AS subject, host_id AS person_id FROM visits WHERE id IN ?",
	model.EventHealthReported:   "SELECT root_id AS subject, person_id FROM health_reports WHERE root_id IN ?",
	model.EventLiftCalled:       "SELECT id AS subject, person_id FROM lift_calls WHERE id IN ?",
}

// CreateShared writes what was delivered into the sharing ledger, with whom each is
// about, one look-up per type of event. What is there already stays as it is.
func (t *Tx) CreateShared(rows []model.Shared) error {
	if len(rows) == 0 {
		return nil
	}
	pool, ok := t.db.Statement.ConnPool.(execer)
	if !ok {
		return model.Fail(model.CodeInternal)
	}
	people, err := t.peopleOf(rows)
	if err != nil {
		return err
	}
	out := newRows("sharing_ledger", sharedColumns...)
	for _, r := range rows {
		out.add(r.ID, r.At, r.CommunityID, r.RecipientID, r.RecipientKind, r.RecipientName, r.EventID, r.EventType, r.Subject,
			people[[2]string{r.EventType, r.Subject}], r.Fields, r.PolicyVersion, r.Purpose, r.Agreement, r.SM3)
	}
	_, err = out.exec(t.db.Statement.Context, pool, t.store.dialect, t.store.dialect.untouched("id"))
	return translate(err)
}

// peopleOf finds whom rows are about, by type and subject.
func (t *Tx) peopleOf(rows []model.Shared) (map[[2]string]string, error) {
	subjects := map[string][]string{}
	for _, r := range rows {
		if aboutWhom[r.EventType] != "" {
			subjects[r.EventType] = append(subjects[r.EventType], r.Subject)
		}
	}
	out := make(map[[2]string]string, len(rows))
	for kind, ids := range subjects {
		var found []struct{ Subject, PersonID string }
		if err := t.db.Raw(aboutWhom[kind], ids).Scan(&found).Error; err != nil {
			return nil, translate(err)
		}
		for _, f := range found {
			out[[2]string{kind, f.Subject}] = f.PersonID
		}
	}
	return out, nil
}

// SharedFilter narrows the sharing ledger of a community; empty and zero are all.
type SharedFilter struct {
	RecipientID, EventType string
	// From and Until are [From, Until), in Unix milliseconds.
	From, Until int64
}

// SharedIn lists what recipients were told in a community, newest first, with an id
// below before (all when empty).
func (t *Tx) SharedIn(communityID string, f SharedFilter, before string, limit int) ([]model.Shared, error) {
	index := "sharing_ledger_community"
	if f.RecipientID != "" {
		index = "sharing_ledger_recipient"
	}
	if f.EventType != "" {
		index += "_type"
	}
	q := t.along("sharing_ledger", index).Where("community_id = ?", communityID)
	if f.RecipientID != "" {
		q = q.Where("recipient_id = ?", f.RecipientID)
	}
	if f.EventType != "" {
		q = q.Where("event_type = ?", f.EventType)
	}
	return sharedOf(q, f.From, f.Until, before, limit)
}

// SharedAbout lists what recipients were told about a person, newest first, with an
// id below before (all when empty).
func (t *Tx) SharedAbout(personID, before string, limit int) ([]model.Shared, error) {
	return sharedOf(t.along("sharing_ledger", "sharing_ledger_person").Where("person_id = ?", personID), 0, 0, before, limit)
}

// SharedAboutIn is SharedAbout of one community, in [from, until) (Unix milliseconds).
func (t *Tx) SharedAboutIn(communityID, personID string, from, until int64, before string, limit int) ([]model.Shared, error) {
	q := t.along("sharing_ledger", "sharing_ledger_person").Where("person_id = ? AND community_id = ?", personID, communityID)
	return sharedOf(q, from, until, before, limit)
}

// sharedOf cuts a page of the ledger; an id holds the instant at which it was written.
func sharedOf(q *gorm.DB, from, until int64, before string, limit int) ([]model.Shared, error) {
	if from > 0 {
		q = q.Where("id >= ?", model.IDFloor(from))
	}
	if until > 0 {
		q = q.Where("id < ?", model.IDFloor(until))
	}
	var out []model.Shared
	err := below(q, "id", before).Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}
