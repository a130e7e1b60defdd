package store

import (
	"communitypass.cn/communitypass/model"
)

// Expiring is a kind of rows that are dropped by age: the table, its key, and the
// column that must lie below the bound, and what else must be so.
type Expiring struct{ table, key, column, also string }

// Kinds of expiring rows, with the unit of the bound.
var (
	// ExpiringScanIDs by the time received, Unix milliseconds.
	ExpiringScanIDs = Expiring{"scan_ids", "device_id, scan_id", "received_at", ""}
	// ExpiringUses by the number of the window.
	ExpiringUses = Expiring{"uses", "window_no, pass_number, direction, perimeter", "window_no", ""}
	// ExpiringQuotas by the number of the day.
	ExpiringQuotas = Expiring{"quota_slots", "day, pass_number, direction, perimeter, slot", "day", ""}
	// ExpiringChanges by the time written, Unix milliseconds.
	ExpiringChanges = Expiring{"changes", "seq", "at", ""}
	// ExpiringAnswers are idempotency keys, by their end, Unix milliseconds.
	ExpiringAnswers = Expiring{"idempotency_keys", "caller, key_hash", "expires_at", ""}
	// ExpiringFailures are failed sign-ins by their time, Unix milliseconds.
	ExpiringFailures = Expiring{"sign_in_failures", "id", "at", ""}
	// ExpiringRefreshTokens by their end, Unix milliseconds.
	ExpiringRefreshTokens = Expiring{"refresh_tokens", "hash", "expires_at", ""}
	// ExpiringSessions are sign-ins by their end, Unix milliseconds.
	ExpiringSessions = Expiring{"sessions", "id", "expires_at", ""}
	// ExpiringEnrolments by their end, Unix milliseconds, used or not.
	ExpiringEnrolments = Expiring{"gate_enrolments", "code_hash", "expires_at", ""}
	// ExpiringLooks are lines of the access log by their time.
	ExpiringLooks = Expiring{"access_log", "id", "at", ""}
	// ExpiringShared are lines of the sharing ledger by their time.
	ExpiringShared = Expiring{"sharing_ledger", "id", "at", ""}
	// ExpiringFindings are findings that were closed, by their time.
	ExpiringFindings = Expiring{"privacy_findings", "id", "at", " AND state = 'closed'"}
	// ExpiringExports by the time they were asked for.
	ExpiringExports = Expiring{"exports", "id", "created_at", ""}
	// ExpiringDataExports by their time.
	ExpiringDataExports = Expiring{"data_exports", "id", "at", ""}
	// ExpiringConsents are withdrawn ones, by when they were.
	ExpiringConsents = Expiring{"consents", "id", "withdrawn_at", " AND withdrawn_at > 0"}
	// ExpiringDeclined are residencies that were declined, by when they were.
	ExpiringDeclined = Expiring{"residencies", "id", "decided_at", " AND status = 'declined'"}
	// ExpiringImports are imports of rosters by when they were made.
	ExpiringImports = Expiring{"roster_imports", "id", "created_at", ""}
	// ExpiringCommands are commands to devices by the end of their life.
	ExpiringCommands = Expiring{"device_commands", "id", "expires_at", ""}
	// ExpiringSpoken are spoken codes by their end, used or not.
	ExpiringSpoken = Expiring{"spoken_codes", "id", "expires_at", ""}
)

// PurgeExpired drops at most limit rows below the bound and says how many. It is
// short, so that nobody waits long for its locks.
func (t *Tx) PurgeExpired(e Expiring, below int64, limit int) (int64, error) {
	// MySQL refuses a LIMIT right inside IN, hence the inner table.
	r := t.db.Exec("DELETE FROM "+e.table+" WHERE ("+e.key+") IN (SELECT "+e.key+" FROM (SELECT "+e.key+" FROM "+e.table+
		" WHERE "+e.column+" < ?"+e.also+" LIMIT ?) AS old)", below, limit)
	return r.RowsAffected, translate(r.Error)
}

// PurgePassages drops some limit of the oldest passages recorded before an instant
// (Unix milliseconds), with what conflicts hold of them, and says how many. A
// batch goes as a whole, so that its seal is either whole or empty.
func (t *Tx) PurgePassages(before int64, limit int) (int64, error) {
	var last string
	floor := model.IDFloor(before)
	found := t.db.Model(&model.Passage{}).Where("id < ?", floor).Order("id").Limit(limit).Select("id")
	if err := t.db.Table("(?) AS oldest", found).Select("COALESCE(MAX(id), '')").Scan(&last).Error; err != nil || last == "" {
		return 0, translate(err)
	}
	// All of a batch has the same millisecond in its ids, so its end is below the
	// floor as well.
	batch, err := t.BatchOf(last)
	switch {
	case err == nil:
		last = batch.LastID
	case !model.IsNotFound(err):
		return 0, err
	}
	if err := t.purgeConflicts(last); err != nil {
		return 0, err
	}
	if err := t.db.Exec("DELETE FROM manual_passages WHERE passage_id <= ?", last).Error; err != nil {
		return 0, translate(err)
	}
	r := t.db.Where("id <= ? AND id < ?", last, floor).Delete(&model.Passage{})
	return r.RowsAffected, translate(r.Error)
}

// purgeConflicts takes the passages up to last out of their conflicts, and drops
// the conflicts that hold none any more.
func (t *Tx) purgeConflicts(last string) error {
	var touched []string
	err := t.db.Table("conflict_admissions").Where("passage_id <= ?", last).Distinct().Pluck("conflict_id", &touched).Error
	if err != nil || len(touched) == 0 {
		return translate(err)
	}
	if err := t.db.Exec("DELETE FROM conflict_admissions WHERE passage_id <= ?", last).Error; err != nil {
		return translate(err)
	}
	return translate(t.db.Exec("DELETE FROM conflicts WHERE id IN ? AND NOT EXISTS "+
		"(SELECT 1 FROM conflict_admissions AS a WHERE a.conflict_id = conflicts.id)", touched).Error)
}
