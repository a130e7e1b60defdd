package store

import (
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// Names of sealed fields, bound into their ciphertext, and of blind indexes.
// Names and phones share one index each over all tables, so that a person can be
// matched with a roster.
const (
	fieldPersonName  = "persons.name"
	fieldPersonPhone = "persons.phone"
	fieldPersonID4   = "persons.id_last4"

	indexName  = "name"
	indexPhone = "phone"
	indexID4   = "id_last4"
)

// personRow is a person at rest: every personal field sealed under the person's
// data key, names and phones findable by blind index.
type personRow struct {
	ID        string
	NameCt    []byte
	NameIx    []byte
	PhoneCt   []byte
	PhoneIx   []byte
	IDLast4Ct []byte `gorm:"column:id_last4_ct"`
	AgeGroup  model.AgeGroup
	CreatedAt int64
	ClosedAt  int64
}

func (personRow) TableName() string { return "persons" }

// NameIndex is the blind index of a name as the roster holds it.
func (t *Tx) NameIndex(name string) ([]byte, error) {
	return t.index(indexName, model.NormalName(name))
}

// index is the blind index of a value, or nil for none.
func (t *Tx) index(field, value string) ([]byte, error) {
	if value == "" {
		return nil, nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	return ring.Index(field, value), nil
}

// sealed is what can go wrong while several fields are sealed, kept until the end.
type sealed struct {
	tx  *Tx
	key *gm.DataKey
	err error
}

func (s *sealed) ct(field, value string) []byte {
	if s.err != nil || value == "" {
		return nil
	}
	var ct []byte
	ct, s.err = s.key.Seal(field, value)
	return ct
}

func (s *sealed) ix(field, value string) []byte {
	if s.err != nil {
		return nil
	}
	var ix []byte
	ix, s.err = s.tx.index(field, value)
	return ix
}

// CreatePerson stores a new person under a new data key.
func (t *Tx) CreatePerson(p model.Person) error {
	key, err := t.newDataKey(p.ID)
	if err != nil {
		return err
	}
	row, err := t.sealPerson(p, key)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&row).Error)
}

// SavePerson replaces the personal fields of a person.
func (t *Tx) SavePerson(p model.Person) error {
	key, err := t.dataKey(p.ID)
	if err != nil {
		return err
	}
	row, err := t.sealPerson(p, key)
	if err != nil {
		return err
	}
	ok, err := changed(t.db.Model(&personRow{}).Where("id = ? AND closed_at = 0", p.ID).
		Select("name_ct", "name_ix", "phone_ct", "phone_ix", "id_last4_ct", "age_group").Updates(&row))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

// LockPerson makes other transactions that lock the same person wait, when it is
// the first statement of each: what they then read is what this one has written.
// It is not_found for a person who is gone.
func (t *Tx) LockPerson(id string) error {
	ok, err := changed(t.db.Model(&personRow{}).Where("id = ? AND closed_at = 0", id).Update("closed_at", gorm.Expr("closed_at")))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

// NamePerson gives a person without a name the name, and says whether the person
// now bears it. Whoever has another name keeps it.
func (t *Tx) NamePerson(id, name string) (bool, error) {
	key, err := t.dataKey(id)
	if err != nil {
		return false, err
	}
	s := &sealed{tx: t, key: key}
	ct, ix := s.ct(fieldPersonName, name), s.ix(indexName, model.NormalName(name))
	if s.err != nil {
		return false, s.err
	}
	return changed(t.db.Model(&personRow{}).Where("id = ? AND closed_at = 0 AND (name_ix IS NULL OR name_ix = ?)", id, ix).
		Updates(map[string]any{"name_ct": gorm.Expr("COALESCE(name_ct, ?)", ct), "name_ix": gorm.Expr("COALESCE(name_ix, ?)", ix)}))
}

// SetPhone replaces a person's phone alone, so that a name given at the same time
// is not lost.
func (t *Tx) SetPhone(id, phone string) error {
	key, err := t.dataKey(id)
	if err != nil {
		return err
	}
	s := &sealed{tx: t, key: key}
	set := map[string]any{"phone_ct": s.ct(fieldPersonPhone, phone), "phone_ix": s.ix(indexPhone, phone)}
	if s.err != nil {
		return s.err
	}
	ok, err := changed(t.db.Model(&personRow{}).Where("id = ? AND closed_at = 0", id).Updates(set))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

func (t *Tx) sealPerson(p model.Person, key *gm.DataKey) (personRow, error) {
	s := &sealed{tx: t, key: key}
	row := personRow{ID: p.ID, AgeGroup: p.AgeGroup, CreatedAt: p.CreatedAt, ClosedAt: p.ClosedAt,
		NameCt: s.ct(fieldPersonName, p.Name), NameIx: s.ix(indexName, model.NormalName(p.Name)),
		PhoneCt: s.ct(fieldPersonPhone, p.Phone), PhoneIx: s.ix(indexPhone, p.Phone),
		IDLast4Ct: s.ct(fieldPersonID4, p.IDLast4)}
	return row, s.err
}

// Person reads one person in clear.
func (t *Tx) Person(id string) (model.Person, error) {
	people, err := t.Persons([]string{id})
	if err != nil {
		return model.Person{}, err
	}
	if p, ok := people[id]; ok {
		return p, nil
	}
	return model.Person{}, model.NotFound()
}

// Persons reads many people with two queries; those who are gone are absent.
func (t *Tx) Persons(ids []string) (map[string]model.Person, error) {
	out := make(map[string]model.Person, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var found []personRow
	if err := t.db.Where("id IN ? AND closed_at = 0", ids).Find(&found).Error; err != nil {
		return nil, translate(err)
	}
	keys, err := t.dataKeys(ids)
	if err != nil {
		return nil, err
	}
	for _, row := range found {
		key, ok := keys[row.ID]
		if !ok {
			continue // its key was destroyed: the person is gone
		}
		p, err := openPerson(row, key)
		if err != nil {
			return nil, err
		}
		out[row.ID] = p
	}
	return out, nil
}

func openPerson(row personRow, key *gm.DataKey) (model.Person, error) {
	o := &opened{key: key}
	p := model.Person{ID: row.ID, AgeGroup: row.AgeGroup, CreatedAt: row.CreatedAt, ClosedAt: row.ClosedAt,
		Name:    o.text(fieldPersonName, row.NameCt),
		Phone:   o.text(fieldPersonPhone, row.PhoneCt),
		IDLast4: o.text(fieldPersonID4, row.IDLast4Ct)}
	return p, o.err
}

// opened is sealed's counterpart.
type opened struct {
	key *gm.DataKey
	err error
}

func (o *opened) text(field string, ct []byte) string {
	if o.err != nil || len(ct) == 0 {
		return ""
	}
	var text string
	text, o.err = o.key.Open(field, ct)
	return text
}

// PersonNamed finds the person who bears a name and has confirmed a phone, or "".
func (t *Tx) PersonNamed(name, phone string) (string, error) {
	s := &sealed{tx: t}
	nameIx, phoneIx := s.ix(indexName, model.NormalName(name)), s.ix(indexPhone, phone)
	if s.err != nil || nameIx == nil || phoneIx == nil {
		return "", s.err
	}
	var ids []string
	err := t.db.Model(&personRow{}).Where("phone_ix = ? AND name_ix = ? AND closed_at = 0", phoneIx, nameIx).Limit(2).Pluck("id", &ids).Error
	if err != nil || len(ids) != 1 {
		return "", translate(err)
	}
	return ids[0], nil
}

// SetAgeGroup notes how old a person is, unless that is known.
func (t *Tx) SetAgeGroup(id string, g model.AgeGroup) error {
	if g == "" {
		return nil
	}
	return translate(t.db.Model(&personRow{}).Where("id = ? AND closed_at = 0 AND age_group = ''", id).Update("age_group", g).Error)
}
