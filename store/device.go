package store

import (
	"communitypass.cn/communitypass/model"
)

// CreateDevice stores an enrolled device.
func (t *Tx) CreateDevice(d model.Device) error { return translate(t.db.Create(&d).Error) }

// Device reads one device of a community, a revoked one too.
func (t *Tx) Device(communityID, id string) (model.Device, error) {
	var d model.Device
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&d).Error
	return d, translate(err)
}

// Devices lists a community's devices by id, behind after, revoked ones too.
func (t *Tx) Devices(communityID, after string, limit int) ([]model.Device, error) {
	var out []model.Device
	err := t.db.Where("community_id = ? AND id > ?", communityID, after).Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// RevokeDevice withdraws a device's credential, once, and says whether it did.
func (t *Tx) RevokeDevice(communityID, id string) (bool, error) {
	return changed(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.StateActive).
		Updates(map[string]any{"state": model.StateRevoked, "revoked_at": t.now()}))
}

// DeviceSeen keeps what a heartbeat said: time, clock, versions, queue.
func (t *Tx) DeviceSeen(communityID string, d model.Device) error {
	return translate(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ?", communityID, d.ID).Updates(map[string]any{
		"last_seen_at": d.LastSeenAt, "clock_offset_ms": d.ClockOffsetMs, "clock_known": d.ClockKnown,
		"software": d.Software, "bundle_version": d.BundleVersion, "queue_length": d.QueueLength}).Error)
}
