package store

import (
	"communitypass.cn/communitypass/model"
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

// SharedWith lists what a recipient was told in [from, until) (Unix milliseconds;
// until 0 for no end), newest first, with an id below before (all when empty).
func (t *Tx) SharedWith(recipientID string, from, until int64, before string, limit int) ([]model.Shared, error) {
	q := t.along("sharing_ledger", "sharing_ledger_recipient").Where("recipient_id = ?", recipientID)
	if from > 0 {
		q = q.Where("id >= ?", model.IDFloor(from))
	}
	if until > 0 {
		q = q.Where("id < ?", model.IDFloor(until))
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Shared
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// SharedAbout lists what recipients were told about a person, newest first, with an
// id below before (all when empty).
func (t *Tx) SharedAbout(personID, before string, limit int) ([]model.Shared, error) {
	q := t.along("sharing_ledger", "sharing_ledger_person").Where("person_id = ?", personID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Shared
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}
