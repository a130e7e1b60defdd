package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type pushRow struct{ model.Push }

func (pushRow) TableName() string { return "message_pushes" }

type allowanceRow struct{ model.Allowance }

func (allowanceRow) TableName() string { return "message_allowances" }

// CreatePush stores the way of a message to a phone.
func (t *Tx) CreatePush(p model.Push) error { return translate(t.db.Create(&pushRow{p}).Error) }

// DuePushes lists pushes whose time has come and that nobody holds, oldest first.
func (t *Tx) DuePushes(limit int) ([]model.Push, error) {
	var out []model.Push
	err := t.db.Table("message_pushes").Where("state = ? AND next_at <= ? AND leased_until <= ?", model.PushPending, t.now(), t.now()).
		Order("next_at").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// TakePush leases a due push until an instant, counts the attempt, and says whether
// it did: of two who try, one does. A holder who dies gives it back by the end of
// the lease.
func (t *Tx) TakePush(messageID string, until int64) (bool, error) {
	return changed(t.db.Table("message_pushes").
		Where("message_id = ? AND state = ? AND next_at <= ? AND leased_until <= ?", messageID, model.PushPending, t.now(), t.now()).
		Updates(map[string]any{"leased_until": until, "attempts": gorm.Expr("attempts + 1")}))
}

// EndPush writes what became of a push that was leased until p.LeasedUntil, unless
// the lease was lost, and says whether it did.
func (t *Tx) EndPush(p model.Push, to model.Push) (bool, error) {
	return changed(t.db.Table("message_pushes").
		Where("message_id = ? AND state = ? AND leased_until = ?", p.MessageID, model.PushPending, p.LeasedUntil).
		Updates(map[string]any{"state": to.State, "way": to.Way, "code": to.Code, "attempts": to.Attempts, "next_at": to.NextAt, "leased_until": 0}))
}

// CountPushes counts a person's pushes of a way since an instant, but those that
// ended unsent.
func (t *Tx) CountPushes(personID string, way model.PushWay, since int64) (int64, error) {
	var n int64
	err := t.db.Table("message_pushes").Where("person_id = ? AND way = ? AND created_at >= ? AND state = ?", personID, way, since, model.PushSent).Count(&n).Error
	return n, translate(err)
}

// AddAllowance adds one consent, up to a bound.
func (t *Tx) AddAllowance(personID, templateID string, most int) error {
	row := allowanceRow{model.Allowance{PersonID: personID, TemplateID: templateID, Allowance: 1, UpdatedAt: t.now()}}
	more := gorm.Expr("CASE WHEN message_allowances.allowance < ? THEN message_allowances.allowance + 1 ELSE message_allowances.allowance END", most)
	return translate(t.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "person_id"}, {Name: "template_id"}},
		DoUpdates: clause.Assignments(map[string]any{"allowance": more, "updated_at": t.now()})}).Create(&row).Error)
}

// SpendAllowance takes one consent, and says whether there was one.
func (t *Tx) SpendAllowance(personID, templateID string) (bool, error) {
	return changed(t.db.Table("message_allowances").Where("person_id = ? AND template_id = ? AND allowance > 0", personID, templateID).
		Updates(map[string]any{"allowance": gorm.Expr("allowance - 1"), "updated_at": t.now()}))
}

// ClearAllowance forgets all consents of a template: WeChat says that there is none.
func (t *Tx) ClearAllowance(personID, templateID string) error {
	return translate(t.db.Table("message_allowances").Where("person_id = ? AND template_id = ?", personID, templateID).
		Updates(map[string]any{"allowance": 0, "updated_at": t.now()}).Error)
}

// Allowances lists a person's allowances by template.
func (t *Tx) Allowances(personID string) (map[string]int, error) {
	var found []model.Allowance
	err := t.db.Table("message_allowances").Where("person_id = ?", personID).Limit(200).Find(&found).Error
	out := make(map[string]int, len(found))
	for _, a := range found {
		out[a.TemplateID] = a.Allowance
	}
	return out, translate(err)
}

// OpenIDOf is how WeChat knows a person within a mini-program; not_found when the
// person never signed in with it or is gone.
func (t *Tx) OpenIDOf(personID, appID string) (string, error) {
	var row wechatRow
	if err := t.db.Where("person_id = ? AND app_id = ?", personID, appID).Order("id DESC").Take(&row).Error; err != nil {
		return "", translate(err)
	}
	key, err := t.dataKey(personID)
	if err != nil {
		return "", err
	}
	return key.Open(fieldOpenID, row.OpenIDCt)
}
