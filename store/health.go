package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// Names of sealed fields of health; all are under the key of their emergency.
const (
	fieldReportBody    = "health_reports.body"
	fieldReadingValue  = "temperature_readings.value"
	fieldStandingFacts = "health_standings.facts"
)

// reportRow is a report at rest.
type reportRow struct {
	ID, EmergencyID, CommunityID, PersonID, RootID string
	Version                                        int
	AuthorID                                       string
	BodyCt                                         []byte
	CreatedAt                                      int64
}

func (reportRow) TableName() string { return "health_reports" }

// reportBody is what is sealed of a report.
type reportBody struct {
	model.HealthAnswers
	Reason string `json:"reason,omitempty"`
}

// CreateHealthReport stores one version of a report; conflict when somebody else
// wrote that version.
func (t *Tx) CreateHealthReport(r model.HealthReport) error {
	key, err := t.dataKey(r.EmergencyID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(reportBody{r.HealthAnswers, r.Reason})
	if err != nil {
		return err
	}
	row := reportRow{ID: r.ID, EmergencyID: r.EmergencyID, CommunityID: r.CommunityID, PersonID: r.PersonID, RootID: r.RootID,
		Version: r.Version, AuthorID: r.AuthorID, CreatedAt: r.CreatedAt}
	if row.BodyCt, err = key.Seal(fieldReportBody, string(body)); err != nil {
		return err
	}
	return translate(t.db.Create(&row).Error)
}

// latestVersion keeps the last version of each report.
const latestVersion = "NOT EXISTS (SELECT 1 FROM health_reports AS later WHERE later.root_id = health_reports.root_id AND later.version > health_reports.version)"

// HealthReport reads the last version of a report in whichever community: the
// caller checks whose it is.
func (t *Tx) HealthReport(rootID string) (model.HealthReport, error) {
	var rows []reportRow
	if err := t.db.Where("root_id = ?", rootID).Order("version DESC").Limit(1).Find(&rows).Error; err != nil {
		return model.HealthReport{}, translate(err)
	}
	return t.oneReport(rows)
}

// LastHealthReport is what counts of a person's reports in an emergency: the last
// version of the newest.
func (t *Tx) LastHealthReport(emergencyID, personID string) (model.HealthReport, error) {
	var rows []reportRow
	err := t.db.Where("emergency_id = ? AND person_id = ?", emergencyID, personID).Order("root_id DESC, version DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return model.HealthReport{}, translate(err)
	}
	return t.oneReport(rows)
}

func (t *Tx) oneReport(rows []reportRow) (model.HealthReport, error) {
	all, err := t.openReports(rows)
	if err == nil && len(all) == 0 {
		return model.HealthReport{}, model.NotFound()
	}
	if err != nil {
		return model.HealthReport{}, err
	}
	return all[0], nil
}

// HealthReportsOf lists the reports of some people, each in its last version,
// newest first, with an id below before (all when empty).
func (t *Tx) HealthReportsOf(personIDs []string, before string, limit int) ([]model.HealthReport, error) {
	rows, err := merged(t, keyset[reportRow]{column: "root_id", of: func(r *reportRow) string { return r.RootID }, limit: limit}, personIDs, func(person string) *gorm.DB {
		return below(t.along("health_reports", "health_reports_person").Where("person_id = ? AND "+latestVersion, person), "root_id", before)
	})
	if err != nil {
		return nil, err
	}
	return t.openReports(rows)
}

// ReportsToday counts the reports of a community's emergency since an instant.
func (t *Tx) ReportsSince(communityID, emergencyID string, since int64) (int64, error) {
	var n int64
	err := t.db.Model(&reportRow{}).Where("emergency_id = ? AND community_id = ? AND version = 1 AND created_at >= ?", emergencyID, communityID, since).Count(&n).Error
	return n, translate(err)
}

// openReports leaves out what is sealed under a key that was destroyed: those rows
// are on their way out.
func (t *Tx) openReports(rows []reportRow) ([]model.HealthReport, error) {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.EmergencyID)
	}
	keys, err := t.emergencyKeys(ids)
	if err != nil {
		return nil, err
	}
	var out []model.HealthReport
	for _, r := range rows {
		key, ok := keys[r.EmergencyID]
		if !ok {
			continue
		}
		var body reportBody
		if err := openJSON(key, fieldReportBody, r.BodyCt, &body); err != nil {
			return nil, err
		}
		out = append(out, model.HealthReport{ID: r.ID, EmergencyID: r.EmergencyID, CommunityID: r.CommunityID, PersonID: r.PersonID,
			RootID: r.RootID, Version: r.Version, AuthorID: r.AuthorID, CreatedAt: r.CreatedAt, HealthAnswers: body.HealthAnswers, Reason: body.Reason})
	}
	return out, nil
}

func (t *Tx) emergencyKeys(ids []string) (map[string]*gm.DataKey, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return t.dataKeys(distinct(ids))
}

func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := ids[:0:0]
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func openJSON(key *gm.DataKey, field string, ct []byte, into any) error {
	text, err := key.Open(field, ct)
	if err != nil || text == "" {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}
