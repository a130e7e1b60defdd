package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// ExpiringLiftRights by when they were made, Unix milliseconds.
var ExpiringLiftRights = Expiring{"lift_rights", "id", "created_at", ""}

// liftRightsRow are rights at rest: the floors as JSON.
type liftRightsRow struct {
	model.LiftRights `gorm:"embedded"`
	FloorsJSON       string `gorm:"column:floors"`
}

func (liftRightsRow) TableName() string { return "lift_rights" }

func (r liftRightsRow) plain() (model.LiftRights, error) {
	return r.LiftRights, json.Unmarshal([]byte(r.FloorsJSON), &r.Floors)
}

// CreateLiftRights stores rights that wait to be sent; conflict when the passage has
// opened floors before.
func (t *Tx) CreateLiftRights(r model.LiftRights) error {
	floors, err := json.Marshal(r.Floors)
	if err != nil {
		return err
	}
	return translate(t.db.Create(&liftRightsRow{LiftRights: r, FloorsJSON: string(floors)}).Error)
}

// LiftRights reads rights of a group.
func (t *Tx) LiftRights(groupID, id string) (model.LiftRights, error) {
	var row liftRightsRow
	if err := t.db.Where("group_id = ? AND id = ?", groupID, id).Take(&row).Error; err != nil {
		return model.LiftRights{}, translate(err)
	}
	return row.plain()
}

// LiftRightsIn lists rights in a state, oldest first.
func (t *Tx) LiftRightsIn(limit int, states ...model.LiftRightsState) ([]model.LiftRights, error) {
	var rows []liftRightsRow
	if err := t.db.Where("state IN ?", states).Order("created_at").Limit(limit).Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.LiftRights, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.plain(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ClaimLiftRights takes rights for sending: once, and never at or after their end.
func (t *Tx) ClaimLiftRights(id string) (bool, error) {
	return changed(t.db.Model(&liftRightsRow{}).Where("id = ? AND state = ? AND ends_at > ?", id, model.RightsRequested, t.now()).
		Updates(map[string]any{"state": model.RightsSent}))
}

// MoveLiftRights makes the step from a state, and says whether it did. An answer that
// comes after their end changes nothing.
func (t *Tx) MoveLiftRights(id string, from, to model.LiftRightsState, reason string) (bool, error) {
	q := t.db.Model(&liftRightsRow{}).Where("id = ? AND state = ?", id, from)
	set := map[string]any{"state": to, "reason": reason}
	if to == model.RightsEnabled || to == model.RightsRefused {
		q, set["answered_at"] = q.Where("ends_at > ?", t.now()), t.now()
	}
	return changed(q.Updates(set))
}
