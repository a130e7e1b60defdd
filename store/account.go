package store

import (
	"communitypass.cn/communitypass/model"
)

// Names of the sealed fields of WeChat accounts, and of their blind index.
const (
	fieldOpenID  = "wechat_accounts.openid"
	fieldUnionID = "wechat_accounts.unionid"

	indexOpenID = "wechat_openid"
)

// wechatRow is a WeChat account at rest: the ids sealed under the person's data
// key, so that they go with the person.
type wechatRow struct {
	ID        string
	AppID     string
	OpenIDIx  []byte `gorm:"column:openid_ix"`
	OpenIDCt  []byte `gorm:"column:openid_ct"`
	UnionIDCt []byte `gorm:"column:unionid_ct"`
	PersonID  string
	CreatedAt int64
}

func (wechatRow) TableName() string { return "wechat_accounts" }

// WechatAccount finds the account of an openid within a mini-program. The ids of
// WeChat are left out of the answer: the caller has just given the one.
func (t *Tx) WechatAccount(appID, openID string) (model.WechatAccount, error) {
	ix, err := t.openIDIndex(appID, openID)
	if err != nil {
		return model.WechatAccount{}, err
	}
	var row wechatRow
	err = t.db.Where("app_id = ? AND openid_ix = ?", appID, ix).Take(&row).Error
	return model.WechatAccount{ID: row.ID, AppID: row.AppID, PersonID: row.PersonID, CreatedAt: row.CreatedAt}, translate(err)
}

// CreateWechatAccount stores an account of a person who is stored already;
// conflict when the openid has one.
func (t *Tx) CreateWechatAccount(a model.WechatAccount) error {
	ix, err := t.openIDIndex(a.AppID, a.OpenID)
	if err != nil {
		return err
	}
	key, err := t.dataKey(a.PersonID)
	if err != nil {
		return err
	}
	s := &sealed{tx: t, key: key}
	row := wechatRow{ID: a.ID, AppID: a.AppID, OpenIDIx: ix, PersonID: a.PersonID, CreatedAt: a.CreatedAt,
		OpenIDCt: s.ct(fieldOpenID, a.OpenID), UnionIDCt: s.ct(fieldUnionID, a.UnionID)}
	if s.err != nil {
		return s.err
	}
	return translate(t.db.Create(&row).Error)
}

// openIDIndex is bound to the mini-program as well, so that equal openids of two
// of them show nothing in a stolen database.
func (t *Tx) openIDIndex(appID, openID string) ([]byte, error) {
	if openID == "" {
		return nil, model.Invalid(model.FieldError{Field: "openid", Code: "required"})
	}
	return t.index(indexOpenID, appID+"\x00"+openID)
}

// HasHome reports whether the person has a residency that is pending or active.
func (t *Tx) HasHome(personID string) (bool, error) {
	var n int64
	err := t.db.Model(&model.Residency{}).Where("person_id = ? AND status IN ?", personID,
		[]string{model.ResidencyPending, model.ResidencyActive}).Limit(1).Count(&n).Error
	return n > 0, translate(err)
}
