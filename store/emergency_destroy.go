package store

import (
	"context"
	"encoding/hex"
	"errors"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// CreateEmergencyKey makes the data key under which everything of an emergency's
// health is sealed.
func (t *Tx) CreateEmergencyKey(emergencyID string) error {
	_, err := t.newDataKey(emergencyID)
	return err
}

// DestroyEmergencyKey destroys the key, keeps its fingerprint, the SM3 of the
// wrapped key, with the emergency, and gives it. After the commit every replica must
// forget the opened key: see Store.ForgetDataKey.
func (t *Tx) DestroyEmergencyKey(emergencyID string) (string, error) {
	var row dataKeyRow
	if err := t.db.Where("subject_id = ? AND destroyed_at = 0", emergencyID).Take(&row).Error; err != nil {
		return "", translate(err)
	}
	fingerprint := hex.EncodeToString(gm.SM3(row.Wrapped))
	// A key that is being moved to a newer key of the ring in the same moment is
	// another one by now; the caller begins again.
	ok, err := changed(t.db.Model(&dataKeyRow{}).Where("subject_id = ? AND wrapped = ?", emergencyID, row.Wrapped).
		Updates(map[string]any{"wrapped": nil, "destroyed_at": t.now()}))
	if err != nil {
		return "", err
	}
	if !ok {
		return "", model.Fail(model.CodeConflict, errors.New("the key was rewrapped meanwhile"))
	}
	return fingerprint, translate(t.db.Model(&model.Emergency{}).Where("id = ?", emergencyID).Update("key_fingerprint", fingerprint).Error)
}

// destruction counts what was destroyed of a kind of rows.
type destruction struct {
	EmergencyID string
	Kind        string
	Destroyed   int64
}

func (destruction) TableName() string { return "emergency_destructions" }

// HealthTables are the tables whose rows go with their emergency, in the order in
// which they go.
var HealthTables = []string{"appeals", "restrictions", "temperature_readings", "health_reports", "health_standings"}

// BeginDestruction makes the counters, at 0.
func (t *Tx) BeginDestruction(emergencyID string) error {
	all := make([]destruction, len(HealthTables))
	for i, kind := range HealthTables {
		all[i] = destruction{EmergencyID: emergencyID, Kind: kind}
	}
	return translate(t.db.Create(&all).Error)
}

// DestroyRows drops at most limit rows of a table and counts them in the same
// transaction, so that the count is right however often it is cut off.
func (t *Tx) DestroyRows(emergencyID, table string, limit int) (int64, error) {
	key := "id"
	if table == "health_standings" {
		key = "person_id"
	}
	// MySQL refuses a LIMIT right inside IN, hence the inner table.
	r := t.db.Exec("DELETE FROM "+table+" WHERE emergency_id = ? AND "+key+" IN (SELECT "+key+" FROM (SELECT "+key+" FROM "+table+
		" WHERE emergency_id = ? LIMIT ?) AS doomed)", emergencyID, emergencyID, limit)
	if r.Error != nil || r.RowsAffected == 0 {
		return 0, translate(r.Error)
	}
	return r.RowsAffected, translate(t.db.Exec("UPDATE emergency_destructions SET destroyed = destroyed + ? WHERE emergency_id = ? AND kind = ?",
		r.RowsAffected, emergencyID, table).Error)
}

// Destroyed gives the counts by table.
func (t *Tx) Destroyed(emergencyID string) (map[string]int64, error) {
	var found []destruction
	err := t.db.Where("emergency_id = ?", emergencyID).Find(&found).Error
	out := make(map[string]int64, len(found))
	for _, d := range found {
		out[d.Kind] = d.Destroyed
	}
	return out, translate(err)
}

// LeftOf counts the rows of an emergency that are still there.
func (t *Tx) LeftOf(emergencyID string) (int64, error) {
	var total int64
	for _, table := range HealthTables {
		var n int64
		if err := t.db.Table(table).Where("emergency_id = ?", emergencyID).Count(&n).Error; err != nil {
			return 0, translate(err)
		}
		total += n
	}
	return total, nil
}

// CertifyEmergency stores the certificate, once, and says whether it did.
func (t *Tx) CertifyEmergency(e *model.Emergency) (bool, error) {
	return changed(t.db.Model(&model.Emergency{}).Where("id = ? AND state = ?", e.ID, model.EmergencyEnded).
		Updates(map[string]any{"state": model.EmergencyDestroyed, "destroyed_at": e.DestroyedAt,
			"certificate": e.Certificate, "signature": e.Signature, "signed_by": e.SignedBy}))
}

// ForgetWrites makes SQLite write its journal into the file and empty it: what was
// deleted, such as a wrapped key, may still stand there. Where readers keep it from
// doing so it is done the next time. Servers keep their own journals.
func (s *Store) ForgetWrites(ctx context.Context) error {
	if s.dialect != SQLite {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return translate(s.db.WithContext(ctx).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error)
}
