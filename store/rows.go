package store

import (
	"context"
	"database/sql"
	"strings"
)

// execer is what both *sql.Tx and gorm's connection pool can do.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// rows collects the values of one INSERT with many rows.
type rows struct {
	table   string
	columns []string
	values  []any
	count   int
}

func newRows(table string, columns ...string) *rows { return &rows{table: table, columns: columns} }

func (r *rows) add(values ...any) {
	r.values = append(r.values, values...)
	r.count++
}

// insert writes the rows; any conflict is an error.
func (r *rows) insert(w *batchWrite) error {
	_, err := r.exec(w.ctx, w.tx, w.store.dialect, "")
	return err
}

// insertNew writes the rows that are new and leaves those present untouched; it
// says how many were new. INSERT IGNORE would swallow other errors as well.
func (r *rows) insertNew(w *batchWrite, keyColumn string) (int64, error) {
	suffix := " ON CONFLICT DO NOTHING"
	if w.store.dialect == MySQL {
		suffix = " ON DUPLICATE KEY UPDATE " + keyColumn + " = " + keyColumn
	}
	return r.exec(w.ctx, w.tx, w.store.dialect, suffix)
}

// sqliteValues bounds the values of one statement on SQLite: its driver looks for
// each parameter among all values, so the time grows with their square, while a
// further statement costs no round trip.
const sqliteValues = 256

// exec writes the rows with as few statements as the database likes.
func (r *rows) exec(ctx context.Context, tx execer, dialect Dialect, suffix string) (written int64, err error) {
	most := r.count
	if dialect == SQLite {
		most = max(1, sqliteValues/len(r.columns))
	}
	var text string
	for from := 0; from < r.count; from += most {
		n := min(most, r.count-from)
		if from == 0 || n < most {
			text = r.statement(n, suffix)
		}
		result, err := tx.ExecContext(ctx, text, r.values[from*len(r.columns):(from+n)*len(r.columns)]...)
		if err != nil {
			return 0, err
		}
		affected, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		written += affected
	}
	return written, nil
}

// statement is the text for n rows.
func (r *rows) statement(n int, suffix string) string {
	var b strings.Builder
	b.Grow(64 + len(suffix) + 16*len(r.columns) + n*(2*len(r.columns)+2))
	b.WriteString("INSERT INTO ")
	b.WriteString(r.table)
	b.WriteString(" (")
	b.WriteString(strings.Join(r.columns, ", "))
	b.WriteString(") VALUES ")
	one := "(" + strings.Repeat("?,", len(r.columns)-1) + "?)"
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(one)
	}
	b.WriteString(suffix)
	return b.String()
}
