package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// liftGroupRow is a group at rest: its secret sealed by the ring, lists as JSON.
type liftGroupRow struct {
	model.LiftGroup `gorm:"embedded"`
	NativeJSON      string `gorm:"column:native"`
	GatesJSON       string `gorm:"column:gates"`
	SecretCt        []byte
}

func (liftGroupRow) TableName() string { return "lift_groups" }

func (r liftGroupRow) plain() (model.LiftGroup, error) {
	if err := json.Unmarshal([]byte(r.NativeJSON), &r.Native); err != nil {
		return r.LiftGroup, err
	}
	return r.LiftGroup, json.Unmarshal([]byte(r.GatesJSON), &r.Gates)
}

// liftContext binds a controller's secret to its group.
func liftContext(groupID string) string { return "lift_groups.secret:" + groupID }

// landingRow is a landing at rest.
type landingRow struct {
	model.LiftLanding `gorm:"embedded"`
	RoomsJSON         string `gorm:"column:rooms"`
}

func (landingRow) TableName() string { return "lift_landings" }

// CreateLiftGroup stores a group with its landings; conflict when two of them are
// the same floor and side.
func (t *Tx) CreateLiftGroup(g model.LiftGroup, landings []model.LiftLanding) error {
	native, err := json.Marshal(g.Native)
	if err != nil {
		return err
	}
	gates, err := json.Marshal(g.Gates)
	if err != nil {
		return err
	}
	row := liftGroupRow{LiftGroup: g, NativeJSON: string(native), GatesJSON: string(gates)}
	if g.Secret != "" {
		ring, err := t.store.Ring()
		if err != nil {
			return err
		}
		if row.SecretCt, err = ring.Seal(liftContext(g.ID), []byte(g.Secret)); err != nil {
			return err
		}
	}
	if err := t.db.Create(&row).Error; err != nil {
		return translate(err)
	}
	for _, l := range landings {
		rooms, err := json.Marshal(l.Rooms)
		if err != nil {
			return err
		}
		if err := t.db.Create(&landingRow{LiftLanding: l, RoomsJSON: string(rooms)}).Error; err != nil {
			return translate(err)
		}
	}
	return nil
}

// LiftGroup reads one group of a community, without its secret.
func (t *Tx) LiftGroup(communityID, id string) (model.LiftGroup, error) {
	var row liftGroupRow
	if err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&row).Error; err != nil {
		return model.LiftGroup{}, translate(err)
	}
	return row.plain()
}

// LiftGroupForCalling reads a group with its secret.
func (t *Tx) LiftGroupForCalling(communityID, id string) (model.LiftGroup, error) {
	var row liftGroupRow
	if err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&row).Error; err != nil {
		return model.LiftGroup{}, translate(err)
	}
	g, err := row.plain()
	if err != nil || len(row.SecretCt) == 0 {
		return g, err
	}
	ring, err := t.store.Ring()
	if err != nil {
		return g, err
	}
	secret, err := ring.Open(liftContext(g.ID), row.SecretCt)
	g.Secret = string(secret)
	return g, err
}

// LiftGroups lists the groups of communities by id, without secrets.
func (t *Tx) LiftGroups(communityIDs []string, limit int) ([]model.LiftGroup, error) {
	return plainLiftGroups(t.db.Where("community_id IN ?", append(communityIDs, "-")).Order("id").Limit(limit))
}

// ActiveLiftGroups lists the groups of all communities that are in use.
func (t *Tx) ActiveLiftGroups() ([]model.LiftGroup, error) {
	return plainLiftGroups(t.db.Where("state = ?", model.StateActive).Order("id").Limit(100_000))
}

// LiftGroupByDevice reads the group that a device of a community speaks for.
func (t *Tx) LiftGroupByDevice(communityID, deviceID string) (model.LiftGroup, error) {
	var row liftGroupRow
	if err := t.db.Where("community_id = ? AND device_id = ? AND state = ?", communityID, deviceID, model.StateActive).Order("id").Take(&row).Error; err != nil {
		return model.LiftGroup{}, translate(err)
	}
	return row.plain()
}

func plainLiftGroups(q *gorm.DB) ([]model.LiftGroup, error) {
	var rows []liftGroupRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.LiftGroup, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.plain(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DisableLiftGroup ends a group, once, and says whether it did.
func (t *Tx) DisableLiftGroup(communityID, id string) (bool, error) {
	return changed(t.db.Model(&liftGroupRow{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.StateActive).
		Updates(map[string]any{"state": model.StateDisabled, "secret_ct": nil}))
}

// LiftLandings lists the landings of groups from the bottom up.
func (t *Tx) LiftLandings(groupIDs []string) (map[string][]model.LiftLanding, error) {
	var rows []landingRow
	if err := t.db.Where("group_id IN ?", append(groupIDs, "-")).Order("group_id, level, side").Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := map[string][]model.LiftLanding{}
	for _, r := range rows {
		if err := json.Unmarshal([]byte(r.RoomsJSON), &r.Rooms); err != nil {
			return nil, err
		}
		out[r.GroupID] = append(out[r.GroupID], r.LiftLanding)
	}
	return out, nil
}

// LiftLanding reads a landing of a community by its id.
func (t *Tx) LiftLanding(communityID, id string) (model.LiftLanding, error) {
	var row landingRow
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&row).Error
	return row.LiftLanding, translate(err)
}

// LiftLandingByCode reads the landing whose sticker shows a code.
func (t *Tx) LiftLandingByCode(code string) (model.LiftLanding, error) {
	var row landingRow
	err := t.db.Where("code = ?", code).Take(&row).Error
	return row.LiftLanding, translate(err)
}

// LiftCars lists what is known of the lifts of groups, by name.
func (t *Tx) LiftCars(groupIDs []string) (map[string][]model.LiftCar, error) {
	var cars []model.LiftCar
	if err := t.db.Where("group_id IN ?", append(groupIDs, "-")).Order("group_id, name").Find(&cars).Error; err != nil {
		return nil, translate(err)
	}
	out := map[string][]model.LiftCar{}
	for _, c := range cars {
		out[c.GroupID] = append(out[c.GroupID], c)
	}
	return out, nil
}

// HearLift keeps what a controller told of a lift and of the group as a whole.
// What is empty stays as it was.
func (t *Tx) HearLift(groupID string, r model.LiftReport) error {
	now := t.now()
	group := map[string]any{"heard_at": now}
	if r.Mode != "" {
		group["mode"], group["mode_at"] = r.Mode, now
	}
	if err := t.db.Model(&liftGroupRow{}).Where("id = ?", groupID).Updates(group).Error; err != nil || r.Lift == "" {
		return translate(err)
	}
	set := map[string]any{"heard_at": now}
	for column, value := range map[string]string{"floor": r.Floor, "direction": r.Direction, "door": r.Door, "mode": string(r.Mode)} {
		if value != "" {
			set[column] = value
		}
	}
	car := model.LiftCar{GroupID: groupID, Name: r.Lift, Floor: r.Floor, Direction: r.Direction, Door: r.Door, Mode: r.Mode, HeardAt: now}
	err := t.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "group_id"}, {Name: "name"}}, DoUpdates: clause.Assignments(set)}).Create(&car).Error
	return translate(err)
}
