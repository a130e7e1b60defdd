package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// deviceSecretContext binds a sealed secret to its device.
func deviceSecretContext(id string) string { return "devices.secret:" + id }

// CreateDevice stores an enrolled device, its secret sealed.
func (t *Tx) CreateDevice(d model.Device) error {
	if d.Secret != "" {
		ring, err := t.store.Ring()
		if err != nil {
			return err
		}
		if d.SecretCt, err = ring.Seal(deviceSecretContext(d.ID), []byte(d.Secret)); err != nil {
			return err
		}
	}
	return translate(t.db.Create(&d).Error)
}

// DeviceSecret opens what a device proves itself by; empty when it has none.
func (s *Store) DeviceSecret(d *model.Device) (string, error) {
	if len(d.SecretCt) == 0 {
		return "", nil
	}
	ring, err := s.Ring()
	if err != nil {
		return "", err
	}
	secret, err := ring.Open(deviceSecretContext(d.ID), d.SecretCt)
	return string(secret), err
}

// Device reads one device of a community, a revoked one too.
func (t *Tx) Device(communityID, id string) (model.Device, error) {
	var d model.Device
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&d).Error
	return d, translate(err)
}

// DeviceFilter narrows a list of devices; what is empty narrows nothing.
type DeviceFilter struct {
	Profile string
	// Connection is online or offline. Readers and phones have none.
	Connection string
	// Held is those that keep dead letters or conflicts.
	Held bool
}

// Devices lists a community's devices by id, behind after, revoked ones too. A
// community has few of them, so that a filter reads along the same index.
func (t *Tx) Devices(communityID string, f DeviceFilter, after string, limit int) ([]model.Device, error) {
	q := t.along("devices", "devices_community").Where("community_id = ? AND id > ?", communityID, after)
	if f.Profile != "" {
		q = q.Where("profile = ?", f.Profile)
	}
	since := t.now() - model.AgentSilence
	switch f.Connection {
	case model.ConnectionOnline:
		q = q.Where("state = ? AND ((profile = ? AND last_seen_at >= ?) OR (profile <> ? AND connection = ?))", model.StateActive, model.ProfileAgent, since, model.ProfileAgent, f.Connection)
	case model.ConnectionOffline:
		q = q.Where("state = ? AND ((profile = ? AND last_seen_at > 0 AND last_seen_at < ?) OR (profile <> ? AND connection = ?))", model.StateActive, model.ProfileAgent, since, model.ProfileAgent, f.Connection)
	}
	if f.Held {
		q = q.Where("(dead_letters > 0 OR conflicts > 0)")
	}
	var out []model.Device
	err := q.Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// RevokeDevice withdraws a device's credential, once, and says whether it did.
func (t *Tx) RevokeDevice(communityID, id string) (bool, error) {
	return changed(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.StateActive).
		Updates(map[string]any{"state": model.StateRevoked, "revoked_at": t.now()}))
}

// DeviceSeen keeps what a heartbeat said: time, clock, versions, queue, and what an
// agent keeps.
func (t *Tx) DeviceSeen(communityID string, d model.Device) error {
	held, err := json.Marshal(d.Held)
	if err != nil {
		return model.Fail(model.CodeInternal, err)
	}
	return translate(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ?", communityID, d.ID).Updates(map[string]any{
		"last_seen_at": d.LastSeenAt, "clock_offset_ms": d.ClockOffsetMs, "clock_known": d.ClockKnown,
		"software": d.Software, "bundle_version": d.BundleVersion, "queue_length": d.QueueLength,
		"bundle_issued_at": d.BundleIssuedAt, "last_upload_at": d.LastUploadAt, "dead_letters": d.DeadLetters, "conflicts": d.Conflicts, "held": string(held)}).Error)
}

// DeviceSigns notes when a device first signed what it asked; a later instant changes
// nothing.
func (t *Tx) DeviceSigns(communityID, id string, at int64) error {
	return translate(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ? AND signs_since = 0", communityID, id).
		Update("signs_since", at).Error)
}

// OthersBySerial says whether another active device of the same protocol calls itself
// the same.
func (t *Tx) OthersBySerial(d model.Device) (bool, error) {
	var n int64
	err := t.db.Model(&model.Device{}).Where("protocol = ? AND serial = ? AND state = ? AND id <> ?", d.Protocol, d.Serial, model.StateActive, d.ID).Count(&n).Error
	return n > 0, translate(err)
}
