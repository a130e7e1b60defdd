package store

import (
	"communitypass.cn/communitypass/model"
)

// SessionsEnded lists the sessions that ended within the last milliseconds given.
func (t *Tx) SessionsEnded(within int64) ([]model.Session, error) {
	var out []model.Session
	err := t.db.Where("ended_at > ?", max(t.now()-within, 0)).Find(&out).Error
	return out, translate(err)
}
