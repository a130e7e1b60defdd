package store

import (
	"context"

	"communitypass.cn/communitypass/model"
)

// CopyTo writes a consistent copy of a SQLite database to a file that must not be
// there yet, while others read and write. It is invalid on a server's database,
// which has tools of its own.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	if s.dialect != SQLite {
		return model.Fail(model.CodeInvalid)
	}
	return translate(s.db.WithContext(ctx).Exec("VACUUM INTO ?", path).Error)
}
