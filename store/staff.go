package store

import (
	"unicode/utf8"

	"communitypass.cn/communitypass/model"
)

// staffRow is a staff account at rest: the TOTP secret sealed by the ring.
type staffRow struct {
	ID           string
	PersonID     string
	Username     string
	PasswordHash string
	TOTPCt       []byte `gorm:"column:totp_ct"`
	TOTPStep     int64  `gorm:"column:totp_step"`
	State        string
	CreatedBy    string
	CreatedAt    int64
	LastSignInAt int64
	// AdminRole is the administrator's role that the account has, of which there can
	// be one only.
	AdminRole     string
	GrantsVersion int64
	PasswordAt    int64
	MustChange    bool
	WokenAt       int64
	TOTPNextCt    []byte `gorm:"column:totp_next_ct"`
}

func (staffRow) TableName() string { return "staff_accounts" }

// totpContext binds a sealed TOTP secret to its account.
func totpContext(id string) string { return "staff_accounts.totp:" + id }

// totpNextContext is totpContext for a secret that is not confirmed yet.
func totpNextContext(id string) string { return "staff_accounts.totp_next:" + id }

// CreateStaff stores an account and its grants; conflict when the name is taken,
// and roles_exclude for two roles of administrators.
func (t *Tx) CreateStaff(a model.StaffAccount, grants []model.StaffGrant) error {
	row := staffRow{ID: a.ID, PersonID: a.PersonID, Username: a.Username, PasswordHash: a.PasswordHash,
		TOTPStep: a.TOTPStep, State: a.State, CreatedBy: a.CreatedBy, CreatedAt: a.CreatedAt, PasswordAt: a.CreatedAt, MustChange: a.MustChange}
	if a.TOTPSecret != "" {
		ring, err := t.store.Ring()
		if err != nil {
			return err
		}
		if row.TOTPCt, err = ring.Seal(totpContext(a.ID), []byte(a.TOTPSecret)); err != nil {
			return err
		}
	}
	if err := t.db.Create(&row).Error; err != nil {
		return translate(err)
	}
	for _, g := range grants {
		if err := t.AddGrant(g); err != nil {
			return err
		}
	}
	return nil
}

// StaffByUsername finds an account by its name, disabled ones too. Nobody is called
// what the column cannot hold; MySQL would fail rather than find nobody.
func (t *Tx) StaffByUsername(username string) (model.StaffAccount, error) {
	for i := range len(username) {
		if username[i] >= utf8.RuneSelf {
			return model.StaffAccount{}, model.NotFound()
		}
	}
	return t.staff("username = ?", username)
}

// Staff reads an account.
func (t *Tx) Staff(id string) (model.StaffAccount, error) { return t.staff("id = ?", id) }

func (t *Tx) staff(where, value string) (model.StaffAccount, error) {
	var row staffRow
	if err := t.db.Where(where, value).Take(&row).Error; err != nil {
		return model.StaffAccount{}, translate(err)
	}
	return t.openStaff(row)
}

func (t *Tx) openStaff(row staffRow) (model.StaffAccount, error) {
	a := model.StaffAccount{ID: row.ID, PersonID: row.PersonID, Username: row.Username, PasswordHash: row.PasswordHash,
		TOTPStep: row.TOTPStep, State: row.State, CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt, LastSignInAt: row.LastSignInAt,
		PasswordAt: row.PasswordAt, MustChange: row.MustChange, WokenAt: row.WokenAt, GrantsVersion: row.GrantsVersion}
	var err error
	if a.TOTPSecret, err = t.openTOTP(totpContext(row.ID), row.TOTPCt); err != nil {
		return a, err
	}
	a.TOTPNext, err = t.openTOTP(totpNextContext(row.ID), row.TOTPNextCt)
	return a, err
}

func (t *Tx) openTOTP(context string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return "", err
	}
	secret, err := ring.Open(context, sealed)
	return string(secret), err
}

// StaffSignedIn notes a sign-in of an account that is active, and spends the TOTP
// step when one was used (0: none). It says whether it did: not when the account
// was disabled meanwhile, nor when the step or a later one was spent before. It
// holds the account's row, so that disabling it cannot miss the session made next.
func (t *Tx) StaffSignedIn(id string, step int64) (bool, error) {
	q := t.db.Model(&staffRow{}).Where("id = ? AND state = ?", id, model.StateActive)
	set := map[string]any{"last_sign_in_at": t.now()}
	if step > 0 {
		q = q.Where("totp_step < ?", step)
		set["totp_step"] = step
	}
	return changed(q.Updates(set))
}

// DisableStaff disables an active account, once, and says whether it did.
func (t *Tx) DisableStaff(id string) (bool, error) {
	return changed(t.db.Model(&staffRow{}).Where("id = ? AND state = ?", id, model.StateActive).
		Update("state", model.StateDisabled))
}

// StaffExists reports whether there is any account, disabled ones too.
func (t *Tx) StaffExists() (bool, error) {
	var id []string
	err := t.db.Model(&staffRow{}).Limit(1).Pluck("id", &id).Error
	return len(id) > 0, translate(err)
}
