package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// deviceLoginContext binds a sealed user and password to their device.
func deviceLoginContext(deviceID string) string { return "devices.login:" + deviceID }

// deviceLogin is a user and password as they are sealed.
type deviceLogin struct{ User, Password string }

// SetDeviceContact keeps how a device is called and what is particular to it. A nil
// login leaves the user and password as they are; it says whether there is such an
// active device.
func (t *Tx) SetDeviceContact(d model.Device, login *model.DeviceContact) (bool, error) {
	values := map[string]any{"address": d.Address, "pull": d.Pull, "offline_after_ms": d.OfflineAfterMs, "auth_word": d.AuthWord, "areas": d.Areas}
	announcing, err := json.Marshal(d.Announcing)
	if err != nil {
		return false, err
	}
	values["announcing"] = string(announcing)
	if login != nil {
		sealed, err := t.sealLogin(d.ID, login)
		if err != nil {
			return false, err
		}
		values["login_ct"] = sealed
	}
	var n int64
	active := t.db.Model(&model.Device{}).Where("community_id = ? AND id = ? AND state = ?", d.CommunityID, d.ID, model.StateActive)
	if err := active.Count(&n).Error; err != nil || n == 0 {
		return false, translate(err)
	}
	err = t.db.Model(&model.Device{}).Where("community_id = ? AND id = ? AND state = ?", d.CommunityID, d.ID, model.StateActive).Updates(values).Error
	return err == nil, translate(err)
}

func (t *Tx) sealLogin(deviceID string, login *model.DeviceContact) ([]byte, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(deviceLogin{login.User, login.Password})
	if err != nil {
		return nil, err
	}
	return ring.Seal(deviceLoginContext(deviceID), plain)
}

// DeviceContact reads how an active device is called.
func (t *Tx) DeviceContact(communityID, id string) (model.DeviceContact, error) {
	var row struct {
		Address string
		LoginCt []byte
	}
	err := t.db.Table("devices").Select("address, login_ct").Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.StateActive).Take(&row).Error
	out := model.DeviceContact{DeviceID: id, Address: row.Address}
	if err != nil || len(row.LoginCt) == 0 {
		return out, translate(err)
	}
	ring, err := t.store.Ring()
	if err != nil {
		return out, err
	}
	plain, err := ring.Open(deviceLoginContext(id), row.LoginCt)
	if err != nil {
		return out, err
	}
	var login deviceLogin
	err = json.Unmarshal(plain, &login)
	out.User, out.Password = login.User, login.Password
	return out, err
}

// DeviceHeard keeps when a vendor's device was last heard, and what it told of its
// clock and its firmware, where it did.
func (t *Tx) DeviceHeard(d model.Device) error {
	values := map[string]any{"last_seen_at": d.LastSeenAt}
	if d.ClockKnown {
		values["clock_offset_ms"], values["clock_known"] = d.ClockOffsetMs, true
	}
	if d.Software != "" {
		values["software"] = d.Software
	}
	return translate(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ? AND last_seen_at <= ?", d.CommunityID, d.ID, d.LastSeenAt).Updates(values).Error)
}

// SetLastRecord keeps the number of the last record that was heard of a device.
func (t *Tx) SetLastRecord(communityID, id string, record int64) error {
	return translate(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ?", communityID, id).Update("last_record", record).Error)
}

// DevicesHeard lists active devices that were ever heard, by id behind after, of all
// communities.
func (t *Tx) DevicesHeard(after string, limit int) ([]model.Device, error) {
	var out []model.Device
	err := t.along("devices", "PRIMARY").Where("id > ? AND state = ? AND last_seen_at > 0", after, model.StateActive).Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// SetConnection changes a device's connection from what it was when the device was
// read, and says whether it did: of two that judge at once one does.
func (t *Tx) SetConnection(d model.Device, connection string) (bool, error) {
	return changed(t.db.Model(&model.Device{}).
		Where("community_id = ? AND id = ? AND state = ? AND connection = ? AND last_seen_at = ?", d.CommunityID, d.ID, model.StateActive, d.Connection, d.LastSeenAt).
		Updates(map[string]any{"connection": connection, "connection_at": t.now()}))
}

// RenewLease keeps a lease until a later instant, and answers state_changed when it is
// no longer ours.
func (t *Tx) RenewLease(l Lease, until int64) error {
	held, err := changed(t.db.Exec("UPDATE job_leases SET until = ? WHERE name = ? AND fence = ? AND until > ?", until, l.Name, l.Fence, t.now()))
	if err == nil && !held {
		return model.Fail(model.CodeStateChanged)
	}
	return err
}
