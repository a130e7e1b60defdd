package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// IncidentFilter narrows a list; empty fields do not.
type IncidentFilter struct {
	State model.IncidentState
	Kind  model.IncidentKind
	// But leaves a kind out.
	But model.IncidentKind
}

// Incidents lists a community's incidents, newest first, with an id below before (all
// when empty).
func (t *Tx) Incidents(communityID string, f IncidentFilter, before string, limit int) ([]model.Incident, error) {
	q := t.along("incidents", "incidents_community")
	if f.State != "" {
		q = t.along("incidents", "incidents_state")
	}
	q = q.Where("community_id = ?", communityID)
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.But != "" {
		q = q.Where("kind <> ?", f.But)
	}
	return t.listIncidents(below(q, "id", before).Order("id DESC").Limit(limit))
}

// IncidentsReportedBy lists what a resident has reported, newest first, with an id
// below before (all when empty).
func (t *Tx) IncidentsReportedBy(personID, before string, limit int) ([]model.Incident, error) {
	q := t.along("incidents", "incidents_reporter").Where("reporter_id = ?", personID)
	return t.listIncidents(below(q, "id", before).Order("id DESC").Limit(limit))
}

// IncidentsByID reads some of a community's incidents.
func (t *Tx) IncidentsByID(communityID string, ids []string) (map[string]model.Incident, error) {
	out := map[string]model.Incident{}
	if len(ids) == 0 {
		return out, nil
	}
	found, err := t.listIncidents(t.db.Where("community_id = ? AND id IN ?", communityID, ids))
	for _, i := range found {
		out[i.ID] = i
	}
	return out, err
}

// IncidentsDue lists the incidents that wait for an answer longer than they may, those
// that have waited longest first. What was said of them is left sealed.
func (t *Tx) IncidentsDue(at int64, limit int) ([]model.Incident, error) {
	var rows []incidentRow
	err := t.db.Where("due_at > 0 AND due_at <= ?", at).Order("due_at, id").Limit(limit).Find(&rows).Error
	out := make([]model.Incident, len(rows))
	for i, r := range rows {
		out[i] = r.Incident
	}
	return out, translate(err)
}

// OpenReports counts what a resident has reported and is still open.
func (t *Tx) OpenReports(personID string) (int64, error) {
	var n int64
	err := t.db.Model(&incidentRow{}).Where("reporter_id = ? AND state IN ?", personID, model.IncidentOpen).Count(&n).Error
	return n, translate(err)
}

func (t *Tx) listIncidents(q *gorm.DB) ([]model.Incident, error) {
	var rows []incidentRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	return t.openIncidents(rows)
}

// IncidentEntries reads the last lines of an incident's timeline, at most limit,
// oldest first.
func (t *Tx) IncidentEntries(incidentID string, limit int) ([]model.IncidentEntry, error) {
	newest := t.along("incident_entries", "incident_entries_incident").Where("incident_id = ?", incidentID).Order("id DESC").Limit(limit)
	return t.listEntries(t.db.Table("(?) AS newest", newest).Order("id"))
}

// IncidentEntryIDsAfter lists the ids of a community's lines behind one, oldest first.
func (t *Tx) IncidentEntryIDsAfter(communityID, after string, limit int) ([]string, error) {
	var out []string
	err := t.along("incident_entries", "incident_entries_community").Where("community_id = ? AND id > ?", communityID, after).
		Order("id").Limit(limit).Pluck("id", &out).Error
	return out, translate(err)
}

// IncidentEntriesByID reads some of a community's lines, oldest first.
func (t *Tx) IncidentEntriesByID(communityID string, ids []string) ([]model.IncidentEntry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return t.listEntries(t.db.Where("community_id = ? AND id IN ?", communityID, ids).Order("id"))
}

func (t *Tx) listEntries(q *gorm.DB) ([]model.IncidentEntry, error) {
	var rows []entryRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.IncidentEntry, len(rows))
	for i, r := range rows {
		out[i] = r.IncidentEntry
		var err error
		if out[i].Text, err = t.openText(entryContext(r.ID), r.TextCt); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// IncidentNumbers are counts of one kind; times are sums in milliseconds.
type IncidentNumbers struct {
	Kind                               model.IncidentKind
	Raised, Alarms                     int64
	Acknowledged, Resolved, FalseAlarm int64
	AcknowledgeMs, ResolveMs           int64
	Escalations                        int64
}

// IncidentNumbers counts a community's incidents that were raised in [from, until),
// Unix milliseconds, by their kind; but is left out.
func (t *Tx) IncidentNumbers(communityID string, from, until int64, but model.IncidentKind) ([]IncidentNumbers, error) {
	var out []IncidentNumbers
	err := t.along("incidents", "incidents_community").
		Where("community_id = ? AND id >= ? AND id < ? AND kind <> ?", communityID, model.IDFloor(from), model.IDFloor(until), but).
		Select("kind, COUNT(*) AS raised, SUM(alarms) AS alarms, SUM(CASE WHEN acknowledged_at > 0 THEN 1 ELSE 0 END) AS acknowledged, " +
			"SUM(CASE WHEN resolved_at > 0 THEN 1 ELSE 0 END) AS resolved, SUM(CASE WHEN resolution = 'false_alarm' THEN 1 ELSE 0 END) AS false_alarm, " +
			"SUM(CASE WHEN acknowledged_at > 0 THEN acknowledged_at - raised_at ELSE 0 END) AS acknowledge_ms, " +
			"SUM(CASE WHEN resolved_at > 0 THEN resolved_at - raised_at ELSE 0 END) AS resolve_ms, SUM(level) AS escalations").
		Group("kind").Order("kind").Scan(&out).Error
	return out, translate(err)
}

// PurgeIncidents drops at most limit incidents that were resolved before an instant
// (Unix milliseconds), with their timelines, and says how many.
func (t *Tx) PurgeIncidents(before int64, limit int) (int64, error) {
	var ids []string
	err := t.db.Model(&incidentRow{}).Where("resolved_at > 0 AND resolved_at < ?", before).Order("resolved_at").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, translate(err)
	}
	if err := t.db.Where("incident_id IN ?", ids).Delete(&entryRow{}).Error; err != nil {
		return 0, translate(err)
	}
	r := t.db.Where("id IN ?", ids).Delete(&incidentRow{})
	return r.RowsAffected, translate(r.Error)
}
