package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// incidentRow is an incident at rest; what people said of it is sealed.
type incidentRow struct {
	model.Incident `gorm:"embedded"`
	TextCt         []byte
}

func (incidentRow) TableName() string { return "incidents" }

// entryRow is a line of a timeline at rest.
type entryRow struct {
	model.IncidentEntry `gorm:"embedded"`
	TextCt              []byte
}

func (entryRow) TableName() string { return "incident_entries" }

// incidentContext and entryContext bind sealed words to their row.
func incidentContext(id string) string { return "incidents.text:" + id }
func entryContext(id string) string    { return "incident_entries.text:" + id }

// sealText seals words under the key ring; none for no words.
func (t *Tx) sealText(context, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	return ring.Seal(context, []byte(text))
}

func (t *Tx) openText(context string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return "", err
	}
	text, err := ring.Open(context, sealed)
	return string(text), err
}

// CreateIncident stores an incident; conflict when one with its open key is open.
func (t *Tx) CreateIncident(i model.Incident) error {
	sealed, err := t.sealText(incidentContext(i.ID), i.Text)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&incidentRow{Incident: i, TextCt: sealed}).Error)
}

// CountAlarms adds alarms to the open incident of a key and says whether there is
// one. What was taken back stands again.
func (t *Tx) CountAlarms(key string, alarms int, at int64) (bool, error) {
	return changed(t.db.Model(&incidentRow{}).Where("open_key = ?", key).
		Updates(map[string]any{"alarms": gorm.Expr("alarms + ?", alarms), "last_at": at, "cleared_at": 0}))
}

// ClearAlarms notes that a device has taken back what the open incident of a key is
// about; that ends nothing by itself. With no key it is all that the device told.
func (t *Tx) ClearAlarms(deviceID, key string, at int64) error {
	q := t.db.Model(&incidentRow{}).Where("open_key = ?", key)
	if key == "" {
		q = t.db.Model(&incidentRow{}).Where("open_key >= ? AND open_key < ?", deviceID+".", deviceID+"/")
	}
	return translate(q.Update("cleared_at", at).Error)
}

// OpenIncident reads the open incident of a key.
func (t *Tx) OpenIncident(key string) (model.Incident, error) {
	return t.oneIncident(t.db.Where("open_key = ?", key))
}

// Incident reads an incident by its id, in whichever community: ids are unique over
// all, and the service says who may see it.
func (t *Tx) Incident(id string) (model.Incident, error) {
	return t.oneIncident(t.db.Where("id = ?", id))
}

// NearIncident finds the last incident of a gate that is open and was told since an
// instant (Unix milliseconds); not_found when there is none.
func (t *Tx) NearIncident(communityID, gateID string, since int64) (model.Incident, error) {
	return t.oneIncident(t.db.Where("gate_id = ? AND last_at >= ? AND community_id = ? AND state IN ?", gateID, since, communityID, model.IncidentOpen).
		Order("last_at DESC, id DESC").Limit(1))
}

func (t *Tx) oneIncident(q *gorm.DB) (model.Incident, error) {
	var row incidentRow
	if err := q.Take(&row).Error; err != nil {
		return model.Incident{}, translate(err)
	}
	found, err := t.openIncidents([]incidentRow{row})
	if err != nil {
		return model.Incident{}, err
	}
	return found[0], nil
}

func (t *Tx) openIncidents(rows []incidentRow) ([]model.Incident, error) {
	out := make([]model.Incident, len(rows))
	for i, r := range rows {
		out[i] = r.Incident
		var err error
		if out[i].Text, err = t.openText(incidentContext(r.ID), r.TextCt); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// MoveIncident takes an incident from one of some states to another, once, with
// whatever else changes, and says whether it did.
func (t *Tx) MoveIncident(communityID, id string, from []model.IncidentState, to model.IncidentState, more map[string]any) (bool, error) {
	set := map[string]any{"state": to}
	for column, value := range more {
		set[column] = value
	}
	return changed(t.db.Model(&incidentRow{}).Where("community_id = ? AND id = ? AND state IN ?", communityID, id, from).Updates(set))
}

// RaiseLevel takes an incident up a level, once, unless it has gone on meanwhile, and
// says whether it did.
func (t *Tx) RaiseLevel(i model.Incident, dueAt int64) (bool, error) {
	return changed(t.db.Model(&incidentRow{}).Where("community_id = ? AND id = ? AND level = ? AND due_at = ? AND state = ?", i.CommunityID, i.ID, i.Level, i.DueAt, i.State).
		Updates(map[string]any{"level": i.Level + 1, "due_at": dueAt}))
}

// HoldIncident makes sure, until the transaction ends, that an incident is there, and
// that nobody changes it meanwhile.
func (t *Tx) HoldIncident(communityID, id string) error {
	ok, err := changed(t.db.Model(&incidentRow{}).Where("community_id = ? AND id = ?", communityID, id).Update("level", gorm.Expr("level + 0")))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

// CreateIncidentEntry adds a line to a timeline.
func (t *Tx) CreateIncidentEntry(e model.IncidentEntry) error {
	sealed, err := t.sealText(entryContext(e.ID), e.Text)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&entryRow{IncidentEntry: e, TextCt: sealed}).Error)
}

// CountIncidentEntries counts the lines of an incident of a kind.
func (t *Tx) CountIncidentEntries(incidentID string, kind model.IncidentEntryKind) (int64, error) {
	var n int64
	err := t.db.Model(&entryRow{}).Where("incident_id = ? AND kind = ?", incidentID, kind).Count(&n).Error
	return n, translate(err)
}
