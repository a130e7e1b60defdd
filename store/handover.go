package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// ExpiringHandovers are hand-overs by when they were made, Unix milliseconds.
var ExpiringHandovers = Expiring{"handovers", "id", "created_at", ""}

// handoverRow is a hand-over at rest; its note is sealed.
type handoverRow struct {
	model.Handover `gorm:"embedded"`
	NoteCt         []byte
}

func (handoverRow) TableName() string { return "handovers" }

// handoverContext binds a sealed note to its row.
func handoverContext(id string) string { return "handovers.note:" + id }

// CreateHandover stores a hand-over; conflict when one waits at its gate.
func (t *Tx) CreateHandover(h model.Handover) error {
	sealed, err := t.sealText(handoverContext(h.ID), h.Note)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&handoverRow{Handover: h, NoteCt: sealed}).Error)
}

// EndHandover accepts a hand-over that waits, or takes it back, once, and says whether
// it did. By is who accepts; empty for the author.
func (t *Tx) EndHandover(communityID, id string, to model.HandoverState, by string, at int64) (bool, error) {
	return changed(t.db.Model(&handoverRow{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.HandoverWaiting).
		Updates(map[string]any{"state": to, "open_gate": nil, "accepted_by": by, "ended_at": at}))
}

// Handover reads a hand-over by its id, in whichever community: ids are unique over
// all, and the service says who may see it.
func (t *Tx) Handover(id string) (model.Handover, error) {
	return t.oneHandover(t.db.Where("id = ?", id))
}

// WaitingHandover reads the hand-over that waits at a gate; not_found when none does.
func (t *Tx) WaitingHandover(gateID string) (model.Handover, error) {
	return t.oneHandover(t.db.Where("open_gate = ?", gateID))
}

// LastAccepted reads the hand-over of a gate that was accepted last; not_found when
// none was. Those behind it are one that waits, and some that were taken back.
func (t *Tx) LastAccepted(gateID string) (model.Handover, error) {
	return t.oneHandover(t.along("handovers", "handovers_gate").
		Where("gate_id = ? AND state = ?", gateID, model.HandoverAccepted).Order("id DESC").Limit(1))
}

// Handovers lists those of a gate that were made since an instant (Unix milliseconds),
// newest first, with an id below before (all when empty).
func (t *Tx) Handovers(gateID string, since int64, before string, limit int) ([]model.Handover, error) {
	q := t.along("handovers", "handovers_gate").Where("gate_id = ? AND id >= ?", gateID, model.IDFloor(since))
	return t.listHandovers(below(q, "id", before).Order("id DESC").Limit(limit))
}

// HandoverNumbers counts what a gate's shift was from an instant until before another
// (Unix milliseconds), and what is open now. It goes through the passages of the community
// in that time.
func (t *Tx) HandoverNumbers(communityID, gateID string, since, until int64) (model.HandoverNumbers, error) {
	var n model.HandoverNumbers
	err := t.along("passages", "passages_community").
		Where("community_id = ? AND id >= ? AND id < ? AND gate_id = ?", communityID, model.IDFloor(since), model.IDFloor(until), gateID).
		Select("COALESCE(SUM(CASE WHEN decision = 'admit' THEN 1 ELSE 0 END), 0) AS admitted, "+
			"COALESCE(SUM(CASE WHEN decision = 'refuse' THEN 1 ELSE 0 END), 0) AS refused, "+
			"COALESCE(SUM(CASE WHEN decision = 'refer' THEN 1 ELSE 0 END), 0) AS referred, "+
			"COALESCE(SUM(CASE WHEN way = ? THEN 1 ELSE 0 END), 0) AS by_hand", model.WayManual).
		Scan(&n).Error
	for state, to := range map[model.VisitState]*int64{model.VisitApproved: &n.VisitsExpected, model.VisitOverstayed: &n.VisitsOverstayed} {
		if err == nil {
			err = t.db.Model(&visitRow{}).Where("community_id = ? AND state = ?", communityID, state).Count(to).Error
		}
	}
	if err == nil {
		err = t.db.Model(&incidentRow{}).Where("gate_id = ? AND community_id = ? AND state IN ?", gateID, communityID, model.IncidentOpen).Count(&n.IncidentsOpen).Error
	}
	return n, translate(err)
}

func (t *Tx) oneHandover(q *gorm.DB) (model.Handover, error) {
	var row handoverRow
	if err := q.Take(&row).Error; err != nil {
		return model.Handover{}, translate(err)
	}
	return t.openHandover(row)
}

func (t *Tx) listHandovers(q *gorm.DB) ([]model.Handover, error) {
	var rows []handoverRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.Handover, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = t.openHandover(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *Tx) openHandover(r handoverRow) (_ model.Handover, err error) {
	r.Note, err = t.openText(handoverContext(r.ID), r.NoteCt)
	return r.Handover, err
}

// StaffNames are the names of the people of some accounts, by the account.
func (t *Tx) StaffNames(ids []string) (map[string]string, error) {
	var found []NamedStaff
	if err := t.db.Table("staff_accounts").Where("id IN ?", ids).Select("id, person_id").Scan(&found).Error; err != nil {
		return nil, translate(err)
	}
	people := make([]string, len(found))
	for i, s := range found {
		people[i] = s.PersonID
	}
	persons, err := t.Persons(people)
	out := make(map[string]string, len(found))
	for _, s := range found {
		out[s.ID] = persons[s.PersonID].Name
	}
	return out, err
}
