package store

import (
	"context"
	"database/sql"
	"strings"

	"gorm.io/gorm"
)

// SearchWord is what a name stands for in the index of a community.
func (t *Tx) SearchWord(communityID, name string) ([]byte, error) {
	return t.index(indexSearchName, communityID+name)
}

// RowsRead counts the rows that reads of this connection have touched; MySQL only.
func (t *Tx) RowsRead() (int, error) {
	var counts []struct {
		Name  string `gorm:"column:Variable_name"`
		Value int    `gorm:"column:Value"`
	}
	err := t.db.Raw("SHOW SESSION STATUS LIKE 'Handler_read%'").Scan(&counts).Error
	sum := 0
	for _, c := range counts {
		sum += c.Value
	}
	return sum, err
}

// Plans runs fn on a Tx that takes down how SQLite would answer each statement.
func (s *Store) Plans(ctx context.Context, fn func(tx *Tx) error) ([]string, error) {
	type statement struct {
		text string
		args []any
	}
	var run []statement
	take := func(db *gorm.DB) {
		if !db.DryRun && strings.HasPrefix(db.Statement.SQL.String(), "SELECT") {
			run = append(run, statement{db.Statement.SQL.String(), db.Statement.Vars})
		}
	}
	for _, p := range []interface {
		Register(string, func(*gorm.DB)) error
		Remove(string) error
	}{s.db.Callback().Query(), s.db.Callback().Row()} {
		if err := p.Register("plans", take); err != nil {
			return nil, err
		}
		defer p.Remove("plans")
	}
	if err := fn(s.View(ctx)); err != nil {
		return nil, err
	}
	var out []string
	for _, st := range run {
		rows, err := s.sql.QueryContext(ctx, "EXPLAIN QUERY PLAN "+st.text, st.args...)
		if err != nil {
			return nil, err
		}
		lines, err := planOf(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

func planOf(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		out = append(out, detail)
	}
	return out, rows.Err()
}
