package store

import "communitypass.cn/communitypass/model"

// CreateRenewal stores a pending renewal; conflict when one is pending already.
func (t *Tx) CreateRenewal(r model.Renewal) error {
	open := 1
	r.Open = &open
	return translate(t.db.Create(&r).Error)
}

// OpenRenewal reads the pending renewal of an emergency.
func (t *Tx) OpenRenewal(emergencyID string) (model.Renewal, error) {
	var r model.Renewal
	err := t.db.Where("emergency_id = ? AND open = 1", emergencyID).Take(&r).Error
	return r, translate(err)
}

// Renewals lists those of an emergency, oldest first.
func (t *Tx) Renewals(emergencyID string) ([]model.Renewal, error) {
	var out []model.Renewal
	err := t.db.Where("emergency_id = ?", emergencyID).Order("id").Find(&out).Error
	return out, translate(err)
}

// CloseRenewal ends a pending renewal, once; approved, it moves the emergency's end.
func (t *Tx) CloseRenewal(r model.Renewal, to string) (bool, error) {
	did, err := changed(t.db.Model(&model.Renewal{}).Where("id = ? AND open = 1", r.ID).
		Updates(map[string]any{"state": to, "open": nil, "decided_at": t.now()}))
	if err != nil || !did || to != model.RenewalApproved {
		return did, err
	}
	return changed(t.db.Model(&model.Emergency{}).Where("id = ? AND state = ? AND ends_at > ?", r.EmergencyID, model.EmergencyActive, t.now()).
		Update("ends_at", r.EndsAt))
}
