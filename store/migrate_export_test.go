package store

import "context"

// MigrateTo runs the steps up to and including one, as a migration that was cut
// short has.
func (s *Store) MigrateTo(ctx context.Context, step int64) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, step)
	return translate(err)
}
