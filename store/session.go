package store

import (
	"communitypass.cn/communitypass/model"
)

// CreateSession stores a new sign-in.
func (t *Tx) CreateSession(s model.Session) error { return translate(t.db.Create(&s).Error) }

// Session reads a sign-in, ended ones too.
func (t *Tx) Session(id string) (model.Session, error) {
	var s model.Session
	err := t.db.Where("id = ?", id).Take(&s).Error
	return s, translate(err)
}

// KeepSession sets the end of a sign-in that is alive, and says whether it was.
// It takes the row's lock even when the end stays the same, so that what follows
// in the transaction cannot overtake somebody who ends the session.
func (t *Tx) KeepSession(id string, until int64) (bool, error) {
	return changed(t.db.Model(&model.Session{}).Where("id = ? AND ended_at = 0 AND expires_at > ?", id, t.now()).
		Update("expires_at", until))
}

// EndSession ends a sign-in once, tells the feed, and says whether it did.
func (t *Tx) EndSession(id, reason string) (bool, error) {
	ok, err := changed(t.db.Model(&model.Session{}).Where("id = ? AND ended_at = 0", id).
		Updates(map[string]any{"ended_at": t.now(), "end_reason": reason}))
	if err != nil || !ok {
		return false, err
	}
	return true, t.Changed(model.ChangeSession, "", id)
}

// EndSessionsOf ends every sign-in of an account, tells the feed, and gives their
// ids. It reads after it has written: rows that the transaction itself changed
// are seen whatever its snapshot, so a session that was made meanwhile is told too.
func (t *Tx) EndSessionsOf(accountID, reason string) ([]string, error) {
	return t.EndSessionsBut(accountID, "", reason)
}

// EndSessionsBut is EndSessionsOf for all sign-ins but one.
func (t *Tx) EndSessionsBut(accountID, keep, reason string) ([]string, error) {
	now := t.now()
	_, err := changed(t.db.Model(&model.Session{}).Where("account_id = ? AND ended_at = 0 AND id <> ?", accountID, keep).
		Updates(map[string]any{"ended_at": now, "end_reason": reason}))
	if err != nil {
		return nil, err
	}
	var ids []string
	err = t.db.Model(&model.Session{}).Where("account_id = ? AND ended_at = ?", accountID, now).Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, translate(err)
	}
	for _, id := range ids {
		if err := t.Changed(model.ChangeSession, "", id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// SessionsOf lists the sign-ins of an account that are alive, newest first.
func (t *Tx) SessionsOf(kind, accountID string, limit int) ([]model.Session, error) {
	var out []model.Session
	err := t.db.Where("account_id = ? AND ended_at = 0 AND kind = ? AND expires_at > ?", accountID, kind, t.now()).
		Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// SessionsEnded lists the sessions that ended within the last milliseconds given.
func (t *Tx) SessionsEnded(within int64) ([]model.Session, error) {
	var out []model.Session
	err := t.db.Where("ended_at > ?", max(t.now()-within, 0)).Find(&out).Error
	return out, translate(err)
}
