package store

import (
	"gorm.io/gorm/clause"
)

// meta is a fact about the database as a whole.
type meta struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

func (meta) TableName() string { return "meta" }

// MetaDemo marks a database that the demo made: its keys and people are public.
const MetaDemo = "demo"

// Meta reads a fact about the database; not_found when it was never set.
func (t *Tx) Meta(name string) (string, error) {
	var m meta
	err := t.db.Where("name = ?", name).Take(&m).Error
	return m.Value, translate(err)
}

// SetMeta sets a fact about the database.
func (t *Tx) SetMeta(name, value string) error {
	return translate(t.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&meta{Name: name, Value: value}).Error)
}
