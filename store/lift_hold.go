package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// ClaimLiftHold takes a hold for sending, if the call's lift is there and no other hold
// goes on, and says whether it did. What is claimed is sent once, by whoever claimed it.
func (t *Tx) ClaimLiftHold(callID string, h model.LiftHold, arrivedSince int64) (bool, error) {
	return changed(t.db.Model(&model.LiftCall{}).
		Where("id = ? AND state = ? AND arrived_at > ? AND NOT (hold_state IN ? AND hold_ends_at > ?)", callID, model.LiftArrived, arrivedSince,
			[]model.LiftHoldState{model.HoldSent, model.HoldHeld}, t.now()).
		Updates(map[string]any{"hold_id": h.ID, "hold_state": model.HoldSent, "hold_reason": "", "hold_seconds": h.Seconds, "hold_ends_at": h.EndsAt,
			"turn": gorm.Expr("turn + 1")}))
}

// MoveLiftHold makes the step of a hold, and says whether it did: sent may be answered or
// fail, held may be over. An answer that comes after its life changes nothing.
func (t *Tx) MoveLiftHold(callID, holdID string, to model.LiftHoldState, reason string) (bool, error) {
	q := t.db.Model(&model.LiftCall{}).Where("id = ? AND hold_id = ?", callID, holdID)
	set := map[string]any{"hold_state": to, "hold_reason": reason, "turn": gorm.Expr("turn + 1")}
	switch to {
	case model.HoldOver:
		q = q.Where("hold_state = ?", model.HoldHeld)
	case model.HoldHeld:
		q = q.Where("hold_state = ? AND hold_ends_at > ?", model.HoldSent, t.now())
		set["hold_ends_at"] = gorm.Expr("? + hold_seconds * 1000", t.now())
	default:
		q = q.Where("hold_state = ?", model.HoldSent)
	}
	return changed(q.Updates(set))
}

// LiftCallByHold reads the call of a group whose last hold this is.
func (t *Tx) LiftCallByHold(groupID, holdID string) (model.LiftCall, error) {
	var c model.LiftCall
	err := t.db.Where("group_id = ? AND is_live = 1 AND hold_id = ?", groupID, holdID).Take(&c).Error
	return c, translate(err)
}
