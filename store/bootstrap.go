package store

import (
	"communitypass.cn/communitypass/model"
)

// CreateBootstrapToken stores a token by its hash.
func (t *Tx) CreateBootstrapToken(b model.BootstrapToken) error {
	return translate(t.db.Create(&b).Error)
}

// BootstrapTokenLive reports whether a token is unused and has not expired.
func (t *Tx) BootstrapTokenLive(hash string) (bool, error) {
	var n int64
	err := t.db.Model(&model.BootstrapToken{}).Where("hash = ? AND used_at = 0 AND expires_at > ?", hash, t.now()).Count(&n).Error
	return n > 0, translate(err)
}

// SpendBootstrapToken uses a token once and all others with it, and says whether
// it did. Two transactions with two tokens want each other's rows: one of them is
// the deadlock's victim, is tried again, and finds its token spent.
func (t *Tx) SpendBootstrapToken(hash string) (bool, error) {
	now := t.now()
	ok, err := changed(t.db.Model(&model.BootstrapToken{}).Where("hash = ? AND used_at = 0 AND expires_at > ?", hash, now).
		Update("used_at", now))
	if err != nil || !ok {
		return false, err
	}
	return true, translate(t.db.Model(&model.BootstrapToken{}).Where("used_at = 0").Update("used_at", now).Error)
}
