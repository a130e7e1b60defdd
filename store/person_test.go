package store_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestNamePersonGivesANameOnce(t *testing.T) {
	h := testkit.NewHouse(t)
	p := h.Person(t, "", "13800000001")
	for _, c := range []struct {
		name, kept string
		bears      bool
	}{{"王芳", "王芳", true}, {"王 芳", "王芳", true}, {"李雷", "王芳", false}, {"王芳", "王芳", true}} {
		var bears bool
		h.Update(t, func(tx *store.Tx) (err error) {
			bears, err = tx.NamePerson(p.ID, c.name)
			return err
		})
		got, err := h.Store.View(t.Context()).Person(p.ID)
		if err != nil || bears != c.bears || got.Name != c.kept || got.Phone != "13800000001" {
			t.Fatalf("after %q: bears it %v, is %q (%v)", c.name, bears, got.Name, err)
		}
	}
}

func TestSetPhoneReplacesThePhoneAlone(t *testing.T) {
	h := testkit.NewHouse(t)
	p := h.Person(t, "王芳", "")
	for _, phone := range []string{"13800000001", "13800000002"} {
		h.Update(t, func(tx *store.Tx) error { return tx.SetPhone(p.ID, phone) })
		if got, err := h.Store.View(t.Context()).Person(p.ID); err != nil || got.Phone != phone || got.Name != "王芳" {
			t.Fatalf("%q, %q (%v)", got.Name, got.Phone, err)
		}
	}
}

func TestAMissingPersonIsNotFound(t *testing.T) {
	h := testkit.NewHouse(t)
	id := h.ID()
	for name, do := range map[string]func(tx *store.Tx) error{
		"lock":  func(tx *store.Tx) error { return tx.LockPerson(id) },
		"name":  func(tx *store.Tx) error { _, err := tx.NamePerson(id, "王芳"); return err },
		"phone": func(tx *store.Tx) error { return tx.SetPhone(id, "13800000001") },
	} {
		if err := h.Store.Update(t.Context(), do); !model.IsNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := h.Person(t, "王芳", "")
	h.Update(t, func(tx *store.Tx) error { return tx.LockPerson(p.ID) })
}
