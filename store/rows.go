package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// execer is what both *sql.Tx and gorm's connection pool can do.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// rows collects the values of an INSERT with many rows.
type rows struct {
	table   string
	columns []string
	values  []any
}

func newRows(table string, columns ...string) *rows { return &rows{table: table, columns: columns} }

func (r *rows) add(values ...any) {
	r.values = append(r.values, values...)
}

// insert writes the rows; any conflict is an error.
func (r *rows) insert(w *batchWrite) error {
	_, err := r.exec(w.ctx, w.tx, w.store.dialect, "")
	return err
}

// insertNew writes the rows that are new and leaves those present untouched; it
// says how many were new. INSERT IGNORE would swallow other errors as well.
func (r *rows) insertNew(w *batchWrite, keyColumn string) (int64, error) {
	return r.exec(w.ctx, w.tx, w.store.dialect, w.store.dialect.untouched(keyColumn))
}

// untouched ends an INSERT that leaves the rows present as they are.
func (d Dialect) untouched(keyColumn string) string {
	if d == MySQL {
		return " ON DUPLICATE KEY UPDATE " + keyColumn + " = " + keyColumn
	}
	return " ON CONFLICT DO NOTHING"
}

// valuesLimit bounds the values of one statement. SQLite's driver looks for each
// parameter among all values, so the time grows with their square, while a further
// statement costs no round trip; MySQL is asked as seldom as its packet allows.
var valuesLimit = map[Dialect]int{SQLite: 256, MySQL: 30_000}

// exec writes the rows with as few statements as the database likes.
func (r *rows) exec(ctx context.Context, tx execer, dialect Dialect, suffix string) (int64, error) {
	width, written := len(r.columns), int64(0)
	for values := range slices.Chunk(r.values, max(1, valuesLimit[dialect]/width)*width) {
		result, err := tx.ExecContext(ctx, r.statement(len(values)/width, suffix), values...)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		written += n
	}
	return written, nil
}

// statement is the INSERT of a number of rows.
func (r *rows) statement(count int, suffix string) string {
	var b strings.Builder
	b.Grow(64 + len(suffix) + 16*len(r.columns) + count*(2*len(r.columns)+2))
	b.WriteString("INSERT INTO ")
	b.WriteString(r.table)
	b.WriteString(" (")
	b.WriteString(strings.Join(r.columns, ", "))
	b.WriteString(") VALUES ")
	one := "(" + strings.Repeat("?,", len(r.columns)-1) + "?)"
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(one)
	}
	b.WriteString(suffix)
	return b.String()
}
