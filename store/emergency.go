package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// emergencyScope is one community of an emergency. Active is 1 while the emergency
// is, NULL otherwise: a community is in one emergency at a time.
type emergencyScope struct {
	EmergencyID string
	CommunityID string
	Active      *int
}

func (emergencyScope) TableName() string { return "emergency_scopes" }

// CreateEmergency stores a declared emergency with its scope.
func (t *Tx) CreateEmergency(e model.Emergency) error {
	if err := t.db.Create(&e).Error; err != nil {
		return translate(err)
	}
	scope := make([]emergencyScope, len(e.Scope))
	for i, c := range e.Scope {
		scope[i] = emergencyScope{EmergencyID: e.ID, CommunityID: c}
	}
	return translate(t.db.Create(&scope).Error)
}

// Emergency reads one emergency with its scope. It knows no community: whoever asks
// checks the scope, or is anybody who asks for a certificate.
func (t *Tx) Emergency(id string) (model.Emergency, error) {
	var e model.Emergency
	if err := t.db.Where("id = ?", id).Take(&e).Error; err != nil {
		return e, translate(err)
	}
	return e, t.scopes([]*model.Emergency{&e})
}

// Emergencies lists those that hold for a community, newest first, with an id below
// before (all when empty).
func (t *Tx) Emergencies(communityID, before string, limit int) ([]model.Emergency, error) {
	q := t.alongAs("emergency_scopes", "s", "emergency_scopes_community").Select("e.*").
		Joins(t.inOrder()+" emergencies AS e ON e.id = s.emergency_id").Where("s.community_id = ?", communityID)
	return t.emergencies(below(q, "s.emergency_id", before).Order("s.emergency_id DESC").Limit(limit))
}

// EmergenciesIn lists the emergencies of a state over all communities, oldest end
// first: for jobs, and for the memory of a replica.
func (t *Tx) EmergenciesIn(limit int, states ...model.EmergencyState) ([]model.Emergency, error) {
	return t.emergencies(t.db.Where("state IN ?", states).Order("ends_at, id").Limit(limit))
}

func (t *Tx) emergencies(q *gorm.DB) ([]model.Emergency, error) {
	var out []model.Emergency
	if err := q.Find(&out).Error; err != nil {
		return nil, translate(err)
	}
	all := make([]*model.Emergency, len(out))
	for i := range out {
		all[i] = &out[i]
	}
	return out, t.scopes(all)
}

func (t *Tx) scopes(all []*model.Emergency) error {
	if len(all) == 0 {
		return nil
	}
	byID := make(map[string]*model.Emergency, len(all))
	ids := make([]string, len(all))
	for i, e := range all {
		byID[e.ID], ids[i] = e, e.ID
	}
	var found []emergencyScope
	if err := t.db.Where("emergency_id IN ?", ids).Order("emergency_id, community_id").Find(&found).Error; err != nil {
		return translate(err)
	}
	for _, s := range found {
		byID[s.EmergencyID].Scope = append(byID[s.EmergencyID].Scope, s.CommunityID)
	}
	return nil
}

// LockEmergency makes other transactions that lock the same emergency wait, when it
// is the first statement of each, and says whether it is in the state.
func (t *Tx) LockEmergency(id string, state model.EmergencyState) (bool, error) {
	return changed(t.db.Model(&model.Emergency{}).Where("id = ? AND state = ?", id, state).Update("state", state))
}

// HoldEmergency is LockEmergency for whoever writes something of health: it says
// whether the emergency is active and its end has not come. As long as the
// transaction lasts, the emergency cannot end.
func (t *Tx) HoldEmergency(id string) (bool, error) {
	return changed(t.db.Model(&model.Emergency{}).Where("id = ? AND state = ? AND ends_at > ?", id, model.EmergencyActive, t.now()).
		Update("state", model.EmergencyActive))
}

// StartEmergency makes a declared emergency active if its end is still to come,
// once, and says whether it did; conflict when a community is in another one.
func (t *Tx) StartEmergency(id string) (bool, error) {
	did, err := changed(t.db.Model(&model.Emergency{}).Where("id = ? AND state = ? AND ends_at > ?", id, model.EmergencyDeclared, t.now()).
		Updates(map[string]any{"state": model.EmergencyActive, "started_at": t.now()}))
	if err != nil || !did {
		return did, err
	}
	return true, translate(t.db.Model(&emergencyScope{}).Where("emergency_id = ?", id).Update("active", 1).Error)
}

// DropEmergency ends one that never was active, as cancelled or lapsed, once.
func (t *Tx) DropEmergency(id string, to model.EmergencyState, by, reason string) (bool, error) {
	return changed(t.db.Model(&model.Emergency{}).Where("id = ? AND state = ?", id, model.EmergencyDeclared).
		Updates(map[string]any{"state": to, "ended_at": t.now(), "ended_by": by, "end_reason": reason}))
}

// EndEmergency ends an active one, once, and says whether it did. until, when not 0,
// asks that its end has come by that instant.
func (t *Tx) EndEmergency(id string, until int64, by, reason string) (bool, error) {
	q := t.db.Model(&model.Emergency{}).Where("id = ? AND state = ?", id, model.EmergencyActive)
	if until != 0 {
		q = q.Where("ends_at <= ?", until)
	}
	did, err := changed(q.Updates(map[string]any{"state": model.EmergencyEnded, "ended_at": t.now(), "ended_by": by, "end_reason": reason}))
	if err != nil || !did {
		return did, err
	}
	return true, translate(t.db.Model(&emergencyScope{}).Where("emergency_id = ?", id).Update("active", nil).Error)
}

// SetMode says whether a community is in an emergency, and gives its rules a new
// version with the same body: a decision names the version it was made by, and an
// emergency changes what is decided. It is a conflict when somebody else makes that
// version in the same moment.
func (t *Tx) SetMode(communityID string, mode model.Mode, by string) error {
	var c model.Community
	if err := t.db.Where("id = ?", communityID).Take(&c).Error; err != nil {
		return translate(err)
	}
	var r model.RuleSet
	if err := t.db.Table(tableRules).Where("community_id = ? AND version = ?", communityID, c.RuleVersion).Take(&r).Error; err != nil {
		return translate(err)
	}
	var last int64
	if err := t.db.Table(tableRules).Where("community_id = ?", communityID).Select("MAX(version)").Scan(&last).Error; err != nil {
		return translate(err)
	}
	r.Version, r.CreatedBy, r.CreatedAt = last+1, by, t.now()
	if err := t.CreateRules(r); err != nil {
		return err
	}
	ok, err := changed(t.db.Model(&model.Community{}).Where("id = ? AND rule_version = ?", communityID, c.RuleVersion).
		Updates(map[string]any{"mode": mode, "rule_version": r.Version}))
	if err == nil && !ok {
		return model.Fail(model.CodeConflict)
	}
	return err
}
