package store

import (
	"communitypass.cn/communitypass/model"
)

// CreateRefreshToken stores a token by its hash.
func (t *Tx) CreateRefreshToken(r model.RefreshToken) error { return translate(t.db.Create(&r).Error) }

// UseRefreshToken spends a token that is unused and has not expired, and says
// whether it did. The row is the token as it stands after the attempt: used by
// somebody else when UsedAt is set, else expired. It writes before it reads, so
// that of two who spend one token the second waits and then sees the first.
func (t *Tx) UseRefreshToken(hash string) (model.RefreshToken, bool, error) {
	var r model.RefreshToken
	now := t.now()
	spent, err := changed(t.db.Model(&r).Where("hash = ? AND used_at = 0 AND expires_at > ?", hash, now).Update("used_at", now))
	if err != nil {
		return r, false, err
	}
	err = t.db.Where("hash = ?", hash).Take(&r).Error
	return r, spent, translate(err)
}

// RefreshToken reads a token by its hash, used ones too.
func (t *Tx) RefreshToken(hash string) (model.RefreshToken, error) {
	var r model.RefreshToken
	err := t.db.Where("hash = ?", hash).Take(&r).Error
	return r, translate(err)
}
