package store

import (
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// along reads a table by an index that begins with what narrows and ends with the
// key of the list. MariaDB would look up the first columns alone and walk from the
// newest row down to the cursor, so that each page costs more than the one before.
// Where an index does not name the primary key, InnoDB appends it.
func (t *Tx) along(table, index string) *gorm.DB { return t.alongAs(table, "", index) }

// alongAs is along for a table that has another name in a join.
func (t *Tx) alongAs(table, name, index string) *gorm.DB {
	expression, known := table, table
	if name != "" {
		expression, known = table+" AS "+name, name
	}
	if t.store.dialect == MySQL {
		expression += " FORCE INDEX (`" + index + "`)"
	}
	q := t.db.Table(expression)
	q.Statement.Table = known // which gorm does not find in what follows the name
	return q
}

// inOrder is how a join begins that must read its tables in the order in which they
// are written: MySQL's word for it. SQLite finds that order by itself.
func (t *Tx) inOrder() string {
	if t.store.dialect == MySQL {
		return "STRAIGHT_JOIN"
	}
	return "JOIN"
}

// walksAtOnce is how many walks go into one statement.
const walksAtOnce = 32

// keyset is how a list is sorted, by a key that no two rows share, and cut.
type keyset[R any] struct {
	column string
	of     func(*R) string
	limit  int
	oldest bool // the lowest key first, else the highest
}

// merged lists the first rows of several walks: of some people, of some homes. An
// IN would read and sort all that the walks have behind the cursor, so each is cut
// by itself. walk narrows to one of them and to what is behind the cursor.
func merged[R, V any](t *Tx, k keyset[R], of []V, walk func(V) *gorm.DB) ([]R, error) {
	var out []R
	for some := range slices.Chunk(of, walksAtOnce) {
		parts, args := make([]string, len(some)), make([]any, len(some))
		for i, v := range some {
			parts[i], args[i] = "SELECT * FROM (?) AS walk"+strconv.Itoa(i), k.cut(walk(v), out)
		}
		q := t.db.Raw(strings.Join(parts, " UNION ALL "), args...)
		if len(some) == 1 {
			q = args[0].(*gorm.DB)
		}
		var found []R
		if err := q.Find(&found).Error; err != nil {
			return nil, translate(err)
		}
		out = k.page(append(out, found...))
	}
	return out, nil
}

// cut bounds one walk by its length, and by a page that is full already: what comes
// behind that has no place in it.
func (k keyset[R]) cut(q *gorm.DB, full []R) *gorm.DB {
	order, nearer := k.column+" DESC", " > ?"
	if k.oldest {
		order, nearer = k.column, " < ?"
	}
	if len(full) == k.limit && k.limit > 0 {
		q = q.Where(k.column+nearer, k.of(&full[k.limit-1]))
	}
	return q.Order(order).Limit(k.limit)
}

// page sorts rows, keeps one of each and no more than the limit.
func (k keyset[R]) page(rows []R) []R {
	slices.SortFunc(rows, func(a, b R) int {
		if k.oldest {
			a, b = b, a
		}
		return strings.Compare(k.of(&b), k.of(&a))
	})
	rows = slices.CompactFunc(rows, func(a, b R) bool { return k.of(&a) == k.of(&b) })
	return rows[:min(k.limit, len(rows))]
}

// below narrows to keys below a cursor, if there is one.
func below(q *gorm.DB, key, before string) *gorm.DB {
	if before == "" {
		return q
	}
	return q.Where(key+" < ?", before)
}
