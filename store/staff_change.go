package store

import (
	"strconv"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// AddGrant gives a role. An account has one of the administrators' roles at most,
// else roles_exclude: the account's row decides, so that of two that come together
// one fails. A role that is there already is a conflict.
func (t *Tx) AddGrant(g model.StaffGrant) error {
	if g.Role.Administers() {
		ok, err := changed(t.db.Model(&staffRow{}).Where("id = ? AND admin_role IN ?", g.StaffID, []string{"", string(g.Role)}).
			Updates(map[string]any{"admin_role": g.Role, "grants_version": gorm.Expr("grants_version + 1")})) // so that the row changes
		if err != nil {
			return err
		}
		if !ok {
			return model.Fail(model.CodeRolesExclude)
		}
	}
	ring, err := t.store.Ring()
	if err != nil {
		return err
	}
	g.MAC = grantSeal(ring, &g)
	return translate(t.db.Create(&g).Error)
}

// RemoveGrant takes a role, once, and says whether it did.
func (t *Tx) RemoveGrant(staffID string, g model.Grant) (bool, error) {
	ok, err := changed(t.db.Where("staff_id = ? AND role = ? AND scope_kind = ? AND scope_id = ?", staffID, g.Role, g.ScopeKind, g.ScopeID).
		Delete(&model.StaffGrant{}))
	if err != nil || !ok || !g.Role.Administers() {
		return ok, err
	}
	// Free for another one, unless the same role is held in a second place.
	return true, translate(t.db.Exec("UPDATE staff_accounts SET admin_role = '' WHERE id = ? AND NOT EXISTS "+
		"(SELECT 1 FROM staff_grants AS g WHERE g.staff_id = staff_accounts.id AND g.role = ?)", staffID, g.Role).Error)
}

// GrantRows reads the roles of an account with who gave them, genuine ones only.
func (t *Tx) GrantRows(staffID string) ([]model.StaffGrant, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	var all, out []model.StaffGrant
	err = t.db.Where("staff_id = ?", staffID).Order("role, scope_kind, scope_id").Find(&all).Error
	for i := range all {
		if genuine(ring, &all[i]) {
			out = append(out, all[i])
		}
	}
	return out, translate(err)
}

// GrantsChanged counts a change of an account's roles and tells the feed: tokens
// that carry an older count are refused. It gives the new count.
func (t *Tx) GrantsChanged(staffID string) (int64, error) {
	if err := t.db.Model(&staffRow{}).Where("id = ?", staffID).Update("grants_version", gorm.Expr("grants_version + 1")).Error; err != nil {
		return 0, translate(err)
	}
	var version []int64
	if err := t.db.Model(&staffRow{}).Where("id = ?", staffID).Pluck("grants_version", &version).Error; err != nil || len(version) == 0 {
		return 0, translate(err)
	}
	return version[0], t.Changed(model.ChangeGrants, "", staffID+":"+strconv.FormatInt(version[0], 10))
}

// GrantVersions are the counts of accounts whose roles were ever changed.
func (t *Tx) GrantVersions() (map[string]int64, error) {
	var rows []staffRow
	err := t.db.Select("id", "grants_version").Where("grants_version > 0").Find(&rows).Error
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.ID] = r.GrantsVersion
	}
	return out, translate(err)
}

// SetStaffPassword replaces a password that is still the old one, keeps the old one
// in the history, and says whether it did. mustChange is for one-time passwords.
func (t *Tx) SetStaffPassword(id, old, hash string, mustChange bool) (bool, error) {
	ok, err := changed(t.db.Model(&staffRow{}).Where("id = ? AND password_hash = ?", id, old).
		Updates(map[string]any{"password_hash": hash, "password_at": t.now(), "must_change": mustChange}))
	if err != nil || !ok {
		return false, err
	}
	return true, translate(t.db.Create(&model.StaffPassword{ID: model.NewID(t.store.clock.Now()), StaffID: id, PasswordHash: old, ReplacedAt: t.now()}).Error)
}

// StaffPasswords are the digests of the newest passwords that were replaced.
func (t *Tx) StaffPasswords(staffID string, n int) ([]string, error) {
	var out []string
	err := t.db.Model(&model.StaffPassword{}).Where("staff_id = ?", staffID).Order("id DESC").Limit(n).Pluck("password_hash", &out).Error
	return out, translate(err)
}

// WakeStaff lifts the lock of an account that was not used for long.
func (t *Tx) WakeStaff(id string) error {
	return translate(t.db.Model(&staffRow{}).Where("id = ?", id).Update("woken_at", t.now()).Error)
}

// BeginTOTP stores a secret that waits for its first code; the old one goes on
// until then.
func (t *Tx) BeginTOTP(id, secret string) error {
	return t.setTOTP(id, "totp_next_ct", totpNextContext(id), secret, nil)
}

// SetTOTP puts a secret into force at once.
func (t *Tx) SetTOTP(id, secret string) error {
	return t.setTOTP(id, "totp_ct", totpContext(id), secret, map[string]any{"totp_step": 0, "totp_next_ct": nil})
}

func (t *Tx) setTOTP(id, column, context, secret string, more map[string]any) error {
	ring, err := t.store.Ring()
	if err != nil {
		return err
	}
	sealed, err := ring.Seal(context, []byte(secret))
	if err != nil {
		return err
	}
	set := map[string]any{column: sealed}
	for name, value := range more {
		set[name] = value
	}
	return translate(t.db.Model(&staffRow{}).Where("id = ?", id).Updates(set).Error)
}

// ConfirmTOTP puts the secret that waits into force, with the step of its first
// code spent, and says whether one was waiting.
func (t *Tx) ConfirmTOTP(id, secret string, step int64) (bool, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return false, err
	}
	sealed, err := ring.Seal(totpContext(id), []byte(secret))
	if err != nil {
		return false, err
	}
	return changed(t.db.Model(&staffRow{}).Where("id = ? AND totp_next_ct IS NOT NULL", id).
		Updates(map[string]any{"totp_ct": sealed, "totp_step": step, "totp_next_ct": nil}))
}
