package store

import (
	"encoding/hex"

	"communitypass.cn/communitypass/model"
)

// CreateAccessEntries stores who looked at whom.
func (t *Tx) CreateAccessEntries(entries []model.AccessEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return translate(t.db.Create(&entries).Error)
}

// AccessEntries lists who looked at a person, newest first, with an id below
// before (all when empty).
func (t *Tx) AccessEntries(personID, before string, limit int) ([]model.AccessEntry, error) {
	q := t.along("access_log", "access_log_person").Where("person_id = ?", personID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.AccessEntry
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// LookedAtSince counts the different people that a reader looked at from an
// instant (Unix milliseconds), in one kind of look when only is given, and leaving
// out some kinds.
func (t *Tx) LookedAtSince(readerID string, since int64, only string, but []string) (int, error) {
	q := t.db.Model(&model.AccessEntry{}).Where("reader_id = ? AND at >= ? AND what NOT IN ?", readerID, since, but)
	if only != "" {
		q = q.Where("what = ?", only)
	}
	var n int64
	err := q.Distinct("person_id").Count(&n).Error
	return int(n), translate(err)
}

// LooksAtSince counts how often a reader looked at one person from an instant,
// leaving out some kinds of looks.
func (t *Tx) LooksAtSince(readerID, personID string, since int64, but []string) (int, error) {
	var n int64
	err := t.db.Model(&model.AccessEntry{}).Where("reader_id = ? AND at >= ? AND person_id = ? AND what NOT IN ?", readerID, since, personID, but).
		Count(&n).Error
	return int(n), translate(err)
}

// ReaderRef is a stable name of a reader for those who were looked at: the same
// reader has the same one, and it tells nobody who it is.
func (t *Tx) ReaderRef(readerID string) (string, error) {
	ix, err := t.index("access_log.reader", readerID)
	if err != nil || len(ix) < 8 {
		return "", err
	}
	return hex.EncodeToString(ix[:8]), nil
}
