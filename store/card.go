package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

const (
	fieldCardCode = "cards.code"
	// cardRevoked is why the pass of a card was withdrawn; the words of staff stand with
	// the card, where passes have a code.
	cardRevoked = "card_revoked"
)

// cardRow is a card at rest. Slot numbers the cards that a person holds, so that
// there are never more than it counts; it is NULL when the card is over.
type cardRow struct {
	model.Card `gorm:"embedded"`
	CodeCt     []byte
	Slot       *int
}

func (cardRow) TableName() string { return "cards" }

// HeldCard is a card with its pass.
type HeldCard struct {
	Card model.Card
	Pass model.Pass
}

// CreateCard stores a card whose pass is stored already; conflict when the person
// holds as many as anybody may, not_found when the person is gone.
func (t *Tx) CreateCard(c model.Card) error {
	key, err := t.dataKey(c.PersonID)
	if err != nil {
		return err
	}
	sealed, err := key.Seal(fieldCardCode, c.Code)
	if err != nil {
		return err
	}
	c.Code = ""
	if err := t.freeCardSlots(c.CommunityID, c.PersonID); err != nil {
		return err
	}
	for slot := 1; slot <= model.CardsPerPerson; slot++ {
		err = translate(t.db.Create(&cardRow{Card: c, CodeCt: sealed, Slot: &slot}).Error)
		if model.CodeOf(err) != model.CodeConflict {
			return err
		}
	}
	return err
}

// freeCardSlots gives back the slots of cards that ended, in whatever way.
func (t *Tx) freeCardSlots(communityID, personID string) error {
	over := t.db.Model(&model.Pass{}).Select("id").Where("person_id = ? AND (state = ? OR (valid_until <> 0 AND valid_until <= ?))",
		personID, model.PassWithdrawn, t.now())
	return translate(t.db.Model(&cardRow{}).Where("community_id = ? AND person_id = ? AND slot IS NOT NULL AND pass_id IN (?)", communityID, personID, over).
		Update("slot", nil).Error)
}

// Card reads one card of a community with its code.
func (t *Tx) Card(communityID, id string) (HeldCard, error) {
	var row cardRow
	if err := t.db.Where("community_id = ? AND pass_id = ?", communityID, id).Take(&row).Error; err != nil {
		return HeldCard{}, translate(err)
	}
	held, err := t.withPasses([]cardRow{row})
	if err != nil {
		return HeldCard{}, err
	}
	key, err := t.dataKey(row.PersonID)
	if err != nil {
		return HeldCard{}, err
	}
	held[0].Card.Code, err = key.Open(fieldCardCode, row.CodeCt)
	return held[0], err
}

// Cards lists a community's cards without their codes, newest first, those of one
// residency when it is given, with an id below before (all when empty).
func (t *Tx) Cards(communityID, residencyID, before string, limit int) ([]HeldCard, error) {
	q := t.along("cards", "cards_community").Where("community_id = ?", communityID)
	if residencyID != "" {
		// By whom it is of: nobody has had as many cards as a community.
		whose := t.db.Table("residencies").Select("person_id").Where("id = ?", residencyID)
		q = t.along("cards", "cards_person").Where("person_id = (?) AND community_id = ? AND residency_id = ?", whose, communityID, residencyID)
	}
	if before != "" {
		q = q.Where("pass_id < ?", before)
	}
	var rows []cardRow
	if err := q.Order("pass_id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	return t.withPasses(rows)
}

// CardsOfPersons lists the cards of some people without their codes, newest first,
// with an id below before (all when empty).
func (t *Tx) CardsOfPersons(personIDs []string, before string, limit int) ([]HeldCard, error) {
	rows, err := merged(t, keyset[cardRow]{column: "pass_id", of: func(r *cardRow) string { return r.PassID }, limit: limit}, personIDs, func(person string) *gorm.DB {
		return below(t.along("cards", "cards_person").Where("person_id = ?", person), "pass_id", before)
	})
	if err != nil {
		return nil, err
	}
	return t.withPasses(rows)
}

// CardOfPersons reads one card that one of some people holds, without its code.
func (t *Tx) CardOfPersons(personIDs []string, id string) (HeldCard, error) {
	var row cardRow
	if err := t.db.Where("person_id IN ? AND pass_id = ?", personIDs, id).Take(&row).Error; err != nil {
		return HeldCard{}, translate(err)
	}
	held, err := t.withPasses([]cardRow{row})
	if err != nil {
		return HeldCard{}, err
	}
	return held[0], nil
}

func (t *Tx) withPasses(rows []cardRow) ([]HeldCard, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.PassID
	}
	var found []model.Pass
	if len(ids) > 0 {
		if err := t.db.Where("id IN ?", ids).Find(&found).Error; err != nil {
			return nil, translate(err)
		}
	}
	passes := make(map[string]model.Pass, len(found))
	for _, p := range found {
		passes[p.ID] = p
	}
	out := make([]HeldCard, len(rows))
	for i, r := range rows {
		out[i] = HeldCard{Card: r.Card, Pass: passes[r.PassID]}
	}
	return out, nil
}

// WithdrawCard ends a card at once and tells the feed, and says whether it did: a
// card ends once.
func (t *Tx) WithdrawCard(communityID, id string, number uint64, reason string) (bool, error) {
	ended, err := changed(t.db.Model(&model.Pass{}).Where("community_id = ? AND id = ? AND format = ? AND state = ?", communityID, id, model.FormatCard, model.PassActive).
		Updates(map[string]any{"state": model.PassWithdrawn, "reason": cardRevoked, "withdrawn_at": t.now()}))
	if err != nil || !ended {
		return false, err
	}
	if err := t.db.Model(&cardRow{}).Where("pass_id = ?", id).Updates(map[string]any{"slot": nil, "reason": reason}).Error; err != nil {
		return false, translate(err)
	}
	return true, t.Changed(model.ChangePass, communityID, strconv.FormatUint(number, 10))
}

// CardsUnder counts the cards that are still good and were signed by a pass key of
// a community.
func (t *Tx) CardsUnder(communityID string, keyNumber uint16) (int64, error) {
	var n int64
	good := t.db.Model(&model.Pass{}).Select("id").Where("community_id = ? AND format = ? AND state = ? AND (valid_until = 0 OR valid_until > ?)",
		communityID, model.FormatCard, model.PassActive, t.now())
	err := t.db.Model(&cardRow{}).Where("community_id = ? AND key_number = ? AND pass_id IN (?)", communityID, keyNumber, good).Count(&n).Error
	return n, translate(err)
}

// HoldActive keeps an active residency as it is until the transaction ends, so that
// who moves out waits, and says whether it is still active.
func (t *Tx) HoldActive(communityID, residencyID string) (bool, error) {
	return changed(t.db.Model(&residencyRow{}).Where("community_id = ? AND id = ? AND status = ?", communityID, residencyID, model.ResidencyActive).
		Update("status", model.ResidencyActive))
}
