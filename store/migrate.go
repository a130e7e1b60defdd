package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"communitypass.cn/communitypass/model"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Schema is where the database stands.
type Schema struct {
	// Current is the last step that was run, Wanted the last one this program knows.
	Current, Wanted int64
}

// Old reports a schema older than this program needs. A newer one is fine: steps
// only add, so that yesterday's program runs on tomorrow's schema.
func (s Schema) Old() bool { return s.Current < s.Wanted }

func (s *Store) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+string(s.dialect))
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if s.dialect == MySQL {
		dialect = goose.DialectMySQL
	}
	return goose.NewProvider(dialect, s.sql, folder, goose.WithDisableGlobalRegistry(true))
}

// Schema reads where the database stands.
func (s *Store) Schema(ctx context.Context) (Schema, error) {
	p, err := s.provider()
	if err != nil {
		return Schema{}, fmt.Errorf("migrations: %w", err)
	}
	current, wanted, err := p.GetVersions(ctx)
	if err != nil {
		return Schema{}, translate(err)
	}
	return Schema{Current: current, Wanted: wanted}, nil
}

// Migrate runs the missing steps, one statement each, and says how many ran. A
// step that fails leaves those before it; running again goes on from there.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	p, err := s.provider()
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	results, err := p.Up(ctx)
	if err != nil {
		return len(results), model.Fail(model.CodeUnavailable, fmt.Errorf("migrate: %w", err))
	}
	return len(results), nil
}
