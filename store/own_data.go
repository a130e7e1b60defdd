package store

import (
	"encoding/hex"
	"maps"
	"slices"
	"unicode/utf8"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// key is what a person's rows are found by.
type key int

const (
	byPerson key = iota
	byAccount
	byHousehold
	byPass // the number in codes
	byPassage
	byRestricted     // whom restrictions concern: the person, the passes, the homes of now
	byOwnRestriction // restrictions of the person alone, not of a home
	bySubject        // what events are about: residencies, passages, visits, reports
	byActor          // who the audit log names: accounts
)

// exportLimit bounds the rows of one table in an export.
const exportLimit = 100_000

// OwnTable is what one table holds about a person, in clear. Values are texts,
// whole numbers and nil.
type OwnTable struct {
	Table   string
	Columns []string
	Rows    []map[string]any
}

// OwnData reads all that is stored about a person, table by table.
func (t *Tx) OwnData(personID string) ([]OwnTable, error) {
	keys, err := t.ownKeys(personID)
	if err != nil {
		return nil, err
	}
	own, err := t.dataKey(personID)
	if err != nil {
		return nil, err
	}
	var out []OwnTable
	var shown map[any]bool
	for _, e := range exporters {
		if n := len(out); n == 0 || out[n-1].Table != e.table {
			out, shown = append(out, OwnTable{Table: e.table, Columns: exportedColumns(e.table)}), map[any]bool{}
		}
		rows, err := t.ownRows(e, keys[e.by], own)
		if err != nil {
			return nil, err
		}
		into := &out[len(out)-1]
		for _, row := range rows {
			id, has := row["id"]
			if has && shown[id] {
				continue
			}
			shown[id] = true
			into.Rows = append(into.Rows, row)
		}
	}
	return out, nil
}

// keySteps say how the keys of a person are found, each from some that were found
// before.
var keySteps = []struct {
	to                    key
	table, wanted, column string
	from                  key
	also                  string
}{
	{byAccount, "wechat_accounts", "id", "person_id", byPerson, ""},
	{byActor, "wechat_accounts", "id", "person_id", byPerson, ""},
	{byHousehold, "residencies", "household_id", "person_id", byPerson, ""},
	{byPass, "passes", "number", "person_id", byPerson, ""},
	{byPassage, "passages", "id", "pass_number", byPass, ""},
	{byRestricted, "persons", "id", "id", byPerson, ""},
	{byRestricted, "passes", "id", "person_id", byPerson, ""},
	{byOwnRestriction, "restrictions", "id", "subject_id", byRestricted, "state <> 'proposed'"},
	{byRestricted, "residencies", "household_id", "person_id", byPerson, "status = 'active'"},
	{bySubject, "residencies", "id", "person_id", byPerson, ""},
	{bySubject, "passages", "id", "pass_number", byPass, ""},
	{bySubject, "visits", "id", "host_id", byPerson, ""},
	{bySubject, "visits", "id", "author_id", byPerson, ""},
	{bySubject, "health_reports", "root_id", "person_id", byPerson, ""},
}

// ownKeys collects what the rows of a person are found by, each once.
func (t *Tx) ownKeys(personID string) (map[key][]any, error) {
	keys := map[key][]any{byPerson: {personID}}
	seen := map[key]map[any]bool{}
	for _, step := range keySteps {
		if len(keys[step.from]) == 0 {
			continue
		}
		q := t.db.Table(step.table).Select(step.wanted+" AS wanted").Where(step.column+" IN ?", keys[step.from]).Limit(exportLimit)
		if step.also != "" {
			q = q.Where(step.also)
		}
		found, err := wanted(q, step.to == byPass)
		if err != nil {
			return nil, err
		}
		for _, v := range found {
			if seen[step.to] == nil {
				seen[step.to] = map[any]bool{}
			}
			if !seen[step.to][v] {
				seen[step.to][v] = true
				keys[step.to] = append(keys[step.to], v)
			}
		}
	}
	return keys, nil
}

func wanted(q *gorm.DB, numbers bool) ([]any, error) {
	var out []any
	if numbers {
		var found []uint64
		err := q.Pluck("wanted", &found).Error
		for _, n := range found {
			out = append(out, n)
		}
		return out, translate(err)
	}
	var found []string
	err := q.Pluck("wanted", &found).Error
	for _, id := range found {
		out = append(out, id)
	}
	return out, translate(err)
}

// exportedColumns are those of a table that a person is given, in order.
func exportedColumns(table string) []string {
	out := slices.Clone(model.ImpersonalColumns[table])
	for _, f := range model.PersonalFields() {
		if _, left := NotExported[f.Table+"."+f.Column]; f.Table == table && !left {
			out = append(out, f.Column)
		}
	}
	out = slices.DeleteFunc(out, func(c string) bool { return machineColumns[table+"."+c] })
	slices.Sort(out)
	return slices.Compact(out)
}

// keysAtOnce bounds the values of one IN.
const keysAtOnce = 500

func (t *Tx) ownRows(e exporter, keys []any, own *gm.DataKey) ([]map[string]any, error) {
	var out []map[string]any
	columns := slices.DeleteFunc(exportedColumns(e.table), func(c string) bool { return slices.Contains(e.hides, c) })
	for chunk := range slices.Chunk(keys, keysAtOnce) {
		var found []map[string]any
		q := t.db.Table(e.table).Select(quoted(columns)).Where(e.column+" IN ?", chunk).Limit(exportLimit - len(out))
		if e.also != "" {
			q = q.Where(e.also)
		}
		if err := q.Find(&found).Error; err != nil {
			return nil, translate(err)
		}
		for _, row := range found {
			opened, err := t.openRow(e, row, own)
			if err != nil {
				return nil, err
			}
			if opened != nil {
				out = append(out, opened)
			}
		}
	}
	return out, nil
}

// quoted keeps names that a dialect may take for its own words apart.
func quoted(columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = "`" + c + "`"
	}
	return out
}

// openRow puts a row into clear; nil when its own key is destroyed.
func (t *Tx) openRow(e exporter, row map[string]any, own *gm.DataKey) (map[string]any, error) {
	key := own
	if len(e.under) > 0 {
		k, err := t.dataKey(keySubject(e, row))
		if model.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		key = k
	}
	out := make(map[string]any, len(row))
	for _, column := range slices.Sorted(maps.Keys(row)) {
		out[column] = plain(row[column])
		field, sealed := e.sealed[column]
		if !sealed && column != e.notes {
			continue
		}
		out[column] = nil
		ct, _ := row[column].([]byte)
		if len(ct) == 0 {
			continue
		}
		var text string
		var err error
		if sealed {
			text, err = key.Open(field, ct)
		} else {
			text, err = t.openNote(e, row, ct)
		}
		if err != nil {
			return nil, err
		}
		out[column] = text
	}
	return out, nil
}

// keySubject is whose data key sealed a row.
func keySubject(e exporter, row map[string]any) string {
	for _, column := range e.under {
		if id, _ := plain(row[column]).(string); id != "" {
			return id
		}
	}
	return ""
}

// openNote opens what is sealed under the ring: the words of a guard beside a
// passage, or a plate by its own id.
func (t *Tx) openNote(e exporter, row map[string]any, ct []byte) (string, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return "", err
	}
	column, bound := e.column, noteContext
	if e.bound != nil {
		column, bound = "id", e.bound
	}
	id, _ := plain(row[column]).(string)
	text, err := ring.Open(bound(id), ct)
	return string(text), err
}

// plain is a value of either driver as a text, a whole number or nil.
func plain(v any) any {
	switch v := v.(type) {
	case []byte:
		if utf8.Valid(v) {
			return string(v)
		}
		return hex.EncodeToString(v)
	case int64, string, nil:
		return v
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		return int64(v)
	}
	return nil
}
