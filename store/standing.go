package store

import (
	"context"
	"encoding/json"
	"strconv"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm/clause"
)

// standingRow is a standing at rest: what the colour is made of is sealed under the
// emergency's key. When the next report is due says nothing of health.
type standingRow struct {
	model.Standing `gorm:"embedded"`
	FactsCt        []byte
}

func (standingRow) TableName() string { return "health_standings" }

// AddStandings begins the standing of people who have none yet; those who have keep
// it.
func (t *Tx) AddStandings(all []model.Standing) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([]standingRow, len(all))
	for i, s := range all {
		rows[i] = standingRow{Standing: s}
	}
	return translate(t.db.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, 100).Error)
}

// SaveStanding replaces what a person's colour is made of.
func (t *Tx) SaveStanding(s model.Standing) error {
	key, err := t.dataKey(s.EmergencyID)
	if err != nil {
		return err
	}
	row := standingRow{Standing: s}
	if row.FactsCt, err = key.Seal(fieldStandingFacts, s.Facts); err != nil {
		return err
	}
	update := clause.OnConflict{Columns: []clause.Column{{Name: "emergency_id"}, {Name: "person_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"facts_ct", "due_at", "updated_at"})}
	return translate(t.db.Clauses(update).Create(&row).Error)
}

// Standing reads a person's standing in an emergency.
func (t *Tx) Standing(emergencyID, personID string) (model.Standing, error) {
	found, err := t.StandingsOf(emergencyID, []string{personID})
	if err != nil {
		return model.Standing{}, err
	}
	s, ok := found[personID]
	if !ok {
		return s, model.NotFound()
	}
	return s, nil
}

// StandingsOf reads those of some people.
func (t *Tx) StandingsOf(emergencyID string, personIDs []string) (map[string]model.Standing, error) {
	out := make(map[string]model.Standing, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	var rows []standingRow
	if err := t.db.Where("emergency_id = ? AND person_id IN ?", emergencyID, personIDs).Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	all, err := t.openStandings(emergencyID, rows)
	for _, s := range all {
		out[s.PersonID] = s
	}
	return out, err
}

// Standings walks those of a community by person, behind after.
func (t *Tx) Standings(communityID, emergencyID, after string, limit int) ([]model.Standing, error) {
	var rows []standingRow
	err := t.along("health_standings", "health_standings_community").Where("community_id = ? AND emergency_id = ? AND person_id > ?", communityID, emergencyID, after).
		Order("person_id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	return t.openStandings(emergencyID, rows)
}

// StandingsElsewhere walks, by person behind after, the standings of a community's
// residents that another community of the emergency has: a person has one, wherever
// it began.
func (t *Tx) StandingsElsewhere(communityID, emergencyID, after string, limit int) ([]model.Standing, error) {
	var rows []standingRow
	err := t.db.Table("health_standings AS s").Select("s.*").
		Where("s.emergency_id = ? AND s.person_id > ? AND s.community_id <> ?", emergencyID, after, communityID).
		Where("s.person_id IN (SELECT r.person_id FROM residencies AS r WHERE r.community_id = ? AND r.status = ?)", communityID, model.ResidencyActive).
		Order("s.person_id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	return t.openStandings(emergencyID, rows)
}

func (t *Tx) openStandings(emergencyID string, rows []standingRow) ([]model.Standing, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	key, err := t.dataKey(emergencyID)
	if model.IsNotFound(err) {
		return nil, nil // destroyed: the rows are on their way out
	}
	if err != nil {
		return nil, err
	}
	out := make([]model.Standing, len(rows))
	for i, r := range rows {
		out[i] = r.Standing
		if out[i].Facts, err = key.Open(fieldStandingFacts, r.FactsCt); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DueStandings lists those of an emergency whose report has been due since before an
// instant and who were not reminded of it yet.
func (t *Tx) DueStandings(emergencyID string, at int64, limit int) ([]model.Standing, error) {
	var rows []standingRow
	err := t.db.Where("emergency_id = ? AND due_at > 0 AND due_at <= ? AND reminded_at < due_at", emergencyID, at).Order("due_at").Limit(limit).Find(&rows).Error
	out := make([]model.Standing, len(rows))
	for i, r := range rows {
		out[i] = r.Standing
	}
	return out, translate(err)
}

// Remind notes that a person was reminded of the report due, once, and says whether
// it did.
func (t *Tx) Remind(s model.Standing) (bool, error) {
	return changed(t.db.Model(&standingRow{}).Where("emergency_id = ? AND person_id = ? AND due_at = ? AND reminded_at < due_at", s.EmergencyID, s.PersonID, s.DueAt).
		Update("reminded_at", t.now()))
}

// Unannounced lists residents of a community who have no standing in an emergency
// yet, by residency behind after, and the last residency looked at.
func (t *Tx) Unannounced(communityID, emergencyID, after string, limit int) (people []string, last string, err error) {
	var found []struct{ ID, PersonID string }
	err = t.alongAs("residencies", "r", "residencies_community").Select("r.id, r.person_id").
		Where("r.community_id = ? AND r.status = ? AND r.id > ?", communityID, model.ResidencyActive, after).
		Where("NOT EXISTS (SELECT 1 FROM health_standings AS s WHERE s.emergency_id = ? AND s.person_id = r.person_id)", emergencyID).
		Order("r.id").Limit(limit).Find(&found).Error
	for _, f := range found {
		people, last = append(people, f.PersonID), f.ID
	}
	return distinct(people), last, translate(err)
}

// SealReading seals a measured temperature under the emergency's key, for the
// recorder; not_found when the key is destroyed.
func (s *Store) SealReading(ctx context.Context, emergencyID string, tenths int) ([]byte, error) {
	key, err := s.View(ctx).dataKey(emergencyID)
	if err != nil {
		return nil, err
	}
	return key.Seal(fieldReadingValue, strconv.Itoa(tenths))
}

// readingRow is a reading at rest.
type readingRow struct {
	ID, EmergencyID, CommunityID, PersonID string
	ValueCt                                []byte
	CreatedAt                              int64
}

func (readingRow) TableName() string { return "temperature_readings" }

// LastReadings gives the newest temperature measured of each of some people since an
// instant.
func (t *Tx) LastReadings(emergencyID string, personIDs []string, since int64) (map[string]model.Measured, error) {
	out := make(map[string]model.Measured, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	// Not by the id: a gate that was offline tells of what it measured later.
	newest := t.db.Model(&readingRow{}).Select("person_id, MAX(created_at) AS at").
		Where("emergency_id = ? AND person_id IN ? AND created_at > ?", emergencyID, personIDs, since).Group("person_id")
	var rows []readingRow
	if err := t.db.Table("temperature_readings AS r").Select("r.*").Joins("JOIN (?) AS n ON n.person_id = r.person_id AND n.at = r.created_at", newest).
		Where("r.emergency_id = ?", emergencyID).Order("r.id").Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	values, err := t.openReadings(rows)
	for _, r := range rows {
		if tenths, ok := values[r.ID]; ok {
			out[r.PersonID] = model.Measured{Tenths: tenths, At: r.CreatedAt}
		}
	}
	return out, err
}

func (t *Tx) openReadings(rows []readingRow) (map[string]int, error) {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.EmergencyID)
	}
	keys, err := t.emergencyKeys(ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		if key, ok := keys[r.EmergencyID]; ok {
			if out[r.ID], err = openNumber(key, r.ValueCt); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func openNumber(key *gm.DataKey, ct []byte) (n int, err error) {
	text, err := key.Open(fieldReadingValue, ct)
	if err != nil {
		return 0, err
	}
	return n, json.Unmarshal([]byte(text), &n)
}

// Carers lists who carries a person now.
func (t *Tx) Carers(personID string) ([]string, error) {
	var out []string
	err := t.db.Model(&dependantRow{}).Where("person_id = ? AND active = 1", personID).Order("id").Pluck("carer_id", &out).Error
	return out, translate(err)
}

// HomesIn gives one home of each of some people in a community.
func (t *Tx) HomesIn(communityID string, personIDs []string) (map[string]model.Household, error) {
	out := make(map[string]model.Household, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	var found []struct {
		PersonID, ID, Building, Unit, Room string
	}
	err := t.db.Table("residencies AS r").Select("r.person_id, h.id, h.building, h.unit, h.room").
		Joins("JOIN households AS h ON h.id = r.household_id").
		Where("r.community_id = ? AND r.status = ? AND r.person_id IN ?", communityID, model.ResidencyActive, personIDs).Order("r.id DESC").Find(&found).Error
	for _, f := range found {
		out[f.PersonID] = model.Household{ID: f.ID, CommunityID: communityID, Building: f.Building, Unit: f.Unit, Room: f.Room}
	}
	return out, translate(err)
}
