package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// NameIndexVersion is raised when names are indexed in another way: a job indexes
// what stands in an older version.
const NameIndexVersion = 1

// Words of a name by which it is found: whole, or by the beginning of its initials.
const (
	indexSearchName     = "residency_names.name"
	indexSearchInitials = "residency_names.initials"
)

// residencyName is a blind index of one word by which a residency is found. It is
// of one community, so that the same name in two of them looks unlike.
type residencyName struct {
	CommunityID string
	Ix          []byte
	ResidencyID string
}

// IndexName makes a residency findable by its person's name, in place of what it
// was found by before.
func (t *Tx) IndexName(r model.Residency, name string) error {
	words := []residencyName{}
	add := func(field, word string) error {
		ix, err := t.index(field, r.CommunityID+word)
		words = append(words, residencyName{CommunityID: r.CommunityID, Ix: ix, ResidencyID: r.ID})
		return err
	}
	if normal := model.NormalName(name); normal != "" {
		if err := add(indexSearchName, normal); err != nil {
			return err
		}
	}
	for _, prefix := range initialPrefixes(name) {
		if err := add(indexSearchInitials, prefix); err != nil {
			return err
		}
	}
	if err := t.db.Where("residency_id = ?", r.ID).Delete(&residencyName{}).Error; err != nil {
		return translate(err)
	}
	if len(words) > 0 {
		if err := t.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&words).Error; err != nil {
			return translate(err)
		}
	}
	return translate(t.db.Model(&residencyRow{}).Where("id = ?", r.ID).Update("indexed", NameIndexVersion).Error)
}

// NotIndexed lists residencies of all communities that are not in the index as it
// is made now.
func (t *Tx) NotIndexed(limit int) ([]model.Residency, error) {
	var out []model.Residency
	err := t.db.Where("indexed < ?", NameIndexVersion).Order("indexed, id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// ForgetName takes a person's residencies out of the index of names, for one who
// is gone.
func (t *Tx) ForgetName(personID string) error {
	of := t.db.Model(&residencyRow{}).Select("id").Where("person_id = ?", personID)
	return translate(t.db.Where("residency_id IN (?)", of).Delete(&residencyName{}).Error)
}

// ResidencySearch says whom to find; empty fields do not narrow.
type ResidencySearch struct {
	Name     string
	Initials string
	Building string
	Status   string
}

// word is one that a search asks for, with its name in the statement.
type word struct {
	as string
	ix []byte
}

// SearchResidencies lists the residencies of a community that a search finds,
// newest first, with an id below before (all when empty).
func (t *Tx) SearchResidencies(communityID string, s ResidencySearch, before string, limit int) ([]model.Residency, error) {
	words, err := t.words(communityID, s)
	if err != nil {
		return nil, err
	}
	var q *gorm.DB
	key := "r.id"
	switch {
	case s.Building != "" && model.NormalName(s.Name) == "":
		homes, err := t.homesOf(communityID, s.Building)
		if err != nil || len(homes) == 0 {
			return nil, err
		}
		// By the homes, so that no database goes through all residencies of the
		// community, or all of an initial, for the sake of the order.
		q = t.alongAs("residencies", "r", "residencies_open").Where("r.household_id IN ?", homes)
	case len(words) > 0:
		first := words[0]
		key = first.as + ".residency_id"
		q = t.alongAs("residency_names", first.as, "PRIMARY").Joins(t.inOrder()+" residencies AS r ON r.id = "+key).
			Where(first.as+".community_id = ? AND "+first.as+".ix = ?", communityID, first.ix)
		words = words[1:]
		if s.Building != "" {
			q = q.Joins("JOIN households AS h ON h.id = r.household_id AND h.building = ?", s.Building)
		}
	default:
		return t.Residencies(communityID, s.Status, before, limit)
	}
	for _, w := range words {
		q = q.Joins("JOIN residency_names AS "+w.as+" ON "+w.as+".residency_id = r.id AND "+w.as+".community_id = ? AND "+w.as+".ix = ?", communityID, w.ix)
	}
	q = q.Select("r.*").Where("r.community_id = ?", communityID)
	if s.Status != "" {
		q = q.Where("r.status = ?", s.Status)
	}
	var out []model.Residency
	err = below(q, key, before).Order(key + " DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// words are those that a search asks for, the rarer first.
func (t *Tx) words(communityID string, s ResidencySearch) ([]word, error) {
	var out []word
	for _, w := range []struct{ field, as, value string }{
		{indexSearchName, "n", model.NormalName(s.Name)}, {indexSearchInitials, "i", initialsAsked(s.Initials)}} {
		if w.value == "" {
			continue
		}
		ix, err := t.index(w.field, communityID+w.value)
		if err != nil {
			return nil, err
		}
		out = append(out, word{w.as, ix})
	}
	return out, nil
}

// homesOfBuilding is more than any building has.
const homesOfBuilding = 5000

func (t *Tx) homesOf(communityID, building string) ([]string, error) {
	var out []string
	err := t.db.Model(&model.Household{}).Where("community_id = ? AND building = ?", communityID, building).
		Limit(homesOfBuilding).Pluck("id", &out).Error
	return out, translate(err)
}
