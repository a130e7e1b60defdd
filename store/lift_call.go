package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// ExpiringLiftCalls and ExpiringLiftGrants by when they were made and when they
// ended, Unix milliseconds.
var (
	ExpiringLiftCalls  = Expiring{"lift_calls", "id", "created_at", ""}
	ExpiringLiftGrants = Expiring{"lift_grants", "id", "valid_until", ""}
)

// CreateLiftCall stores a call; conflict when the caller has made one under this
// request id, has one that goes on, or the passage has called a lift already.
func (t *Tx) CreateLiftCall(c model.LiftCall) error {
	live := 1
	c.Live = &live
	return translate(t.db.Create(&c).Error)
}

// LiftCallOf reads a call of a person.
func (t *Tx) LiftCallOf(personID, id string) (model.LiftCall, error) {
	var c model.LiftCall
	err := t.db.Where("person_id = ? AND id = ?", personID, id).Take(&c).Error
	return c, translate(err)
}

// LiftCall reads a call of a group.
func (t *Tx) LiftCall(groupID, id string) (model.LiftCall, error) {
	var c model.LiftCall
	err := t.db.Where("group_id = ? AND id = ?", groupID, id).Take(&c).Error
	return c, translate(err)
}

// LiftCallByRequest reads the call that a person made under a request id.
func (t *Tx) LiftCallByRequest(personID, requestID string) (model.LiftCall, error) {
	var c model.LiftCall
	err := t.db.Where("person_id = ? AND request_id = ?", personID, requestID).Take(&c).Error
	return c, translate(err)
}

// LiftCallsSince counts the calls that a person made since an instant.
func (t *Tx) LiftCallsSince(personID string, since int64) (int64, error) {
	var n int64
	err := t.db.Model(&model.LiftCall{}).Where("person_id = ? AND created_at > ?", personID, since).Count(&n).Error
	return n, translate(err)
}

// LiftCallsUnderWay lists calls of a state that go on, oldest first.
func (t *Tx) LiftCallsUnderWay(limit int, states ...model.LiftCallState) ([]model.LiftCall, error) {
	var out []model.LiftCall
	err := t.db.Where("is_live = 1 AND state IN ?", states).Order("created_at").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// ClaimLiftCall takes a call for sending: once, and never at or after its end.
func (t *Tx) ClaimLiftCall(id string) (bool, error) {
	return changed(t.db.Model(&model.LiftCall{}).Where("id = ? AND state = ? AND expires_at > ?", id, model.LiftRequested, t.now()).
		Updates(map[string]any{"state": model.LiftSent, "sent_at": t.now(), "turn": gorm.Expr("turn + 1")}))
}

// LiftMove is one step in the life of a call.
type LiftMove struct {
	To     model.LiftCallState
	Reason string
	Lift   string
	Floor  string
}

// MoveLiftCall makes the step from a state that comes before it, and says whether it
// did. An acknowledgement that comes after the call's life changes nothing.
func (t *Tx) MoveLiftCall(id string, m LiftMove) (bool, error) {
	now := t.now()
	q := t.db.Model(&model.LiftCall{}).Where("id = ? AND state IN ?", id, m.To.Before())
	set := map[string]any{"state": m.To, "turn": gorm.Expr("turn + 1")}
	if m.Lift != "" {
		set["lift"] = m.Lift
	}
	if m.Floor != "" {
		set["at_floor"] = m.Floor
	}
	switch {
	case m.To.Over():
		set["reason"], set["ended_at"], set["is_live"] = m.Reason, now, nil
	default:
		set["answers"] = gorm.Expr("answers + 1")
		set["answered_at"] = gorm.Expr("CASE WHEN answered_at = 0 THEN ? ELSE answered_at END", now)
		q = q.Where("(answered_at > 0 OR expires_at > ?)", now)
	}
	if m.To == model.LiftArrived {
		set["arrived_at"] = now
	}
	if m.To == model.LiftArriving { // told again and again: only news is news
		q = q.Where("NOT (state = ? AND at_floor = ?)", model.LiftArriving, m.Floor)
	}
	return changed(q.Updates(set))
}

// AdmittedAt lists the online admissions inwards at some gates with ids of since or
// later, oldest first: what may call a lift.
func (t *Tx) AdmittedAt(gateIDs []string, since string, limit int) ([]model.Passage, error) {
	var out []model.Passage
	err := t.db.Where("id >= ? AND gate_id IN ? AND direction = 'in' AND decision = 'admit' AND online = ? AND pass_number <> 0", since, gateIDs, true).
		Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}
