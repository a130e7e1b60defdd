package store

// Insert stores a row as it is, for things that another file's methods make.
func (t *Tx) Insert(row any) error { return translate(t.db.Create(row).Error) }

// Raw reads one column of a table as it is stored.
func (t *Tx) Raw(table, column string) ([][]byte, error) {
	var out [][]byte
	return out, translate(t.db.Table(table).Pluck(column, &out).Error)
}
