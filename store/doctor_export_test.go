package store

// Plant runs a statement as it is, for rows that no method would write.
func (t *Tx) Plant(statement string, args ...any) error {
	return translate(t.db.Exec(statement, args...).Error)
}
