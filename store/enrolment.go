package store

import (
	"communitypass.cn/communitypass/model"
)

// CreateEnrolment stores a one-time right to become the device of a gate.
func (t *Tx) CreateEnrolment(e model.GateEnrolment) error { return translate(t.db.Create(&e).Error) }

// UseEnrolment spends an enrolment for a device. One of many callers gets it; the
// others, and those with an unknown or expired code, get not_found.
func (t *Tx) UseEnrolment(codeHash, deviceID string) (model.GateEnrolment, error) {
	var e model.GateEnrolment
	now := t.now()
	ok, err := changed(t.db.Model(&e).Where("code_hash = ? AND used_at = 0 AND expires_at > ?", codeHash, now).
		Updates(map[string]any{"used_at": now, "device_id": deviceID}))
	if err != nil {
		return e, err
	}
	if !ok {
		return e, model.NotFound()
	}
	err = t.db.Where("code_hash = ?", codeHash).Take(&e).Error
	return e, translate(err)
}
