package store_test

import (
	"bytes"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestWechatAccounts(t *testing.T) {
	h := testkit.NewHouse(t)
	p, q := h.Person(t, "张三", "13800000001"), h.Person(t, "李四", "13800000002")
	account := model.WechatAccount{ID: h.ID(), AppID: "wx1", OpenID: "o-zhang", UnionID: "u-zhang", PersonID: p.ID, CreatedAt: 1}
	h.Update(t, func(tx *store.Tx) error { return tx.CreateWechatAccount(account) })
	view := h.Store.View(t.Context())
	got, err := view.WechatAccount("wx1", "o-zhang")
	if err != nil || got.ID != account.ID || got.PersonID != p.ID {
		t.Fatalf("%v, %v", got, err)
	}
	for _, other := range [][2]string{{"wx2", "o-zhang"}, {"wx1", "o-li"}, {"wx1", "O-ZHANG"}} {
		if _, err := view.WechatAccount(other[0], other[1]); !model.IsNotFound(err) {
			t.Errorf("%v: %v", other, err)
		}
	}
	again := account
	again.ID, again.PersonID = h.ID(), q.ID
	err = h.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateWechatAccount(again) })
	if model.CodeOf(err) != model.CodeConflict {
		t.Errorf("a second account of one openid: %v", err)
	}
	again.OpenID = ""
	if err := h.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateWechatAccount(again) }); err == nil {
		t.Error("an account without an openid was stored")
	}
	again.AppID, again.OpenID = "wx2", "o-zhang"
	h.Update(t, func(tx *store.Tx) error { return tx.CreateWechatAccount(again) })
}

// TestAccountsAreSealed reads the columns as a thief of the database would.
func TestAccountsAreSealed(t *testing.T) {
	h := testkit.NewHouse(t)
	p := h.Person(t, "张三", "13800000001")
	h.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateWechatAccount(model.WechatAccount{ID: h.ID(), AppID: "wx1", OpenID: "o-zhang", UnionID: "u-zhang", PersonID: p.ID}); err != nil {
			return err
		}
		return tx.CreateStaff(model.StaffAccount{ID: h.ID(), PersonID: p.ID, Username: "wang", PasswordHash: "x", TOTPSecret: "TOTPTOTPTOTPTOTP", State: model.StateActive}, nil)
	})
	view := h.Store.View(t.Context())
	for _, c := range [][3]string{{"wechat_accounts", "openid_ct", "o-zhang"}, {"wechat_accounts", "openid_ix", "o-zhang"},
		{"wechat_accounts", "unionid_ct", "u-zhang"}, {"staff_accounts", "totp_ct", "TOTPTOTP"}} {
		stored, err := view.Raw(c[0], c[1])
		if err != nil || len(stored) != 1 || len(stored[0]) < 28 || bytes.Contains(stored[0], []byte(c[2])) {
			t.Errorf("%s.%s holds %q, %v", c[0], c[1], stored, err)
		}
	}
	if a, err := view.StaffByUsername("wang"); err != nil || a.TOTPSecret != "TOTPTOTPTOTPTOTP" {
		t.Errorf("the secret came back otherwise, %v", err)
	}
}

func TestHasHome(t *testing.T) {
	h := testkit.NewHouse(t)
	for status, want := range map[string]bool{model.ResidencyPending: true, model.ResidencyActive: true,
		model.ResidencyDeclined: false, model.ResidencyEnded: false} {
		p := h.Person(t, "张三", "13800000001")
		h.Update(t, func(tx *store.Tx) error {
			return tx.Insert(&model.Residency{ID: h.ID(), CommunityID: h.Garden.ID, HouseholdID: h.ID(), PersonID: p.ID, Relation: "owner", Status: status})
		})
		if got, err := h.Store.View(t.Context()).HasHome(p.ID); err != nil || got != want {
			t.Errorf("%s: %v, %v", status, got, err)
		}
	}
	if got, err := h.Store.View(t.Context()).HasHome(h.ID()); err != nil || got {
		t.Errorf("a stranger: %v, %v", got, err)
	}
}
