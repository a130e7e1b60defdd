package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// roster puts two entries into a home of the garden: 王芳 with ID digits, 李雷 without.
func roster(t *testing.T) (*testkit.House, model.Household) {
	t.Helper()
	h := testkit.NewHouse(t)
	home := model.Household{ID: h.ID(), CommunityID: h.Garden.ID, Building: "3", Unit: "1", Room: "1201"}
	h.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(home); err != nil {
			return err
		}
		for _, e := range []model.RosterEntry{
			{Name: "王芳", Phone: "13800000001", IDLast4: "123x", Relation: "owner"},
			{Name: "李雷", Phone: "13800000002", Relation: "tenant"},
		} {
			e.ID, e.CommunityID, e.HouseholdID = h.ID(), home.CommunityID, home.ID
			if err := tx.CreateRosterEntry(e); err != nil {
				return err
			}
		}
		return nil
	})
	return h, home
}

func TestRostersComeBackInClearAndByCommunity(t *testing.T) {
	h, home := roster(t)
	tx := h.Store.View(t.Context())
	got, err := tx.Rosters(h.Garden.ID, []string{home.ID})
	if err != nil || len(got[home.ID]) != 2 {
		t.Fatalf("%v (%v)", got, err)
	}
	if e := got[home.ID][0]; e.Name != "王芳" || e.Phone != "13800000001" || e.IDLast4 != "123X" || e.Relation != "owner" || e.ClaimedAt != 0 {
		t.Errorf("the first entry is %s, %s, %s", e.Name, e.Phone, e.IDLast4)
	}
	if got, err := tx.Rosters(h.Harbour.ID, []string{home.ID}); err != nil || len(got) != 0 {
		t.Errorf("the harbour reads the garden's roster: %v (%v)", got, err)
	}
	if got, err := tx.Rosters(h.Garden.ID, nil); err != nil || len(got) != 0 {
		t.Errorf("no home has a roster: %v (%v)", got, err)
	}
}

func TestTakeRosterEntry(t *testing.T) {
	h, home := roster(t)
	index := func(name string) []byte {
		ix, err := h.Store.View(t.Context()).NameIndex(name)
		if err != nil {
			t.Fatal(err)
		}
		return ix
	}
	right := store.RosterClaim{CommunityID: h.Garden.ID, HouseholdID: home.ID, NameIx: index("王芳"), Phone: "13800000001", Relation: "owner"}
	take := func(c store.RosterClaim) bool {
		t.Helper()
		var taken bool
		h.Update(t, func(tx *store.Tx) (err error) {
			_, taken, err = tx.TakeRosterEntry(c, h.ID())
			return err
		})
		return taken
	}
	for name, change := range map[string]func(*store.RosterClaim){
		"another community": func(c *store.RosterClaim) { c.CommunityID = h.Harbour.ID },
		"another home":      func(c *store.RosterClaim) { c.HouseholdID = h.ID() },
		"another name":      func(c *store.RosterClaim) { c.NameIx = index("李雷") },
		"no name":           func(c *store.RosterClaim) { c.NameIx = nil },
		"another phone":     func(c *store.RosterClaim) { c.Phone = "13800000002" },
		"no phone":          func(c *store.RosterClaim) { c.Phone = "" },
		"another relation":  func(c *store.RosterClaim) { c.Relation = "tenant" },
		"other ID digits":   func(c *store.RosterClaim) { c.IDLast4 = "1234" },
	} {
		c := right
		change(&c)
		if take(c) {
			t.Errorf("%s takes the entry", name)
		}
	}
	right.IDLast4 = "123X"
	if !take(right) {
		t.Fatal("the right claim does not take it")
	}
	if take(right) {
		t.Fatal("it was taken twice")
	}
}

func TestRosterDenies(t *testing.T) {
	h, home := roster(t)
	tx := h.Store.View(t.Context())
	for _, c := range []struct {
		name, id4 string
		want      bool
	}{{"王芳", "1234", true}, {"王芳", "123x", false}, {"王芳", "", false}, {"李雷", "1234", false}, {"韩梅", "1234", false}} {
		ix, err := tx.NameIndex(c.name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tx.RosterDenies(store.RosterClaim{CommunityID: h.Garden.ID, HouseholdID: home.ID, NameIx: ix, IDLast4: c.id4})
		if err != nil || got != c.want {
			t.Errorf("%s with %q: %v (%v)", c.name, c.id4, got, err)
		}
	}
}

// What lies in the file must not tell who lives where.
func TestPersonalDataIsNotInTheFile(t *testing.T) {
	clock, dir := model.FrozenClock(testkit.Noon), t.TempDir()
	s, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(dir, "x.db")}, clock)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	master := gm.NewMaster()
	var keys []model.Key
	for _, p := range []model.KeyPurpose{model.KeyData, model.KeyIndex} {
		k, err := gm.Generate(master, p, "", 1, clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		k.State = model.KeyActive
		keys = append(keys, k)
	}
	ring, err := gm.NewRing(master, keys)
	if err != nil {
		t.Fatal(err)
	}
	s.UseRing(ring)
	id := model.NewID(clock.Now())
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		err := tx.CreateRosterEntry(model.RosterEntry{ID: id, CommunityID: id, HouseholdID: id,
			Name: "欧阳锋雪", Phone: "13912345678", IDLast4: "907X", Relation: "owner"})
		if err != nil {
			return err
		}
		p := model.Person{ID: model.NewID(clock.Now())}
		if err := tx.CreatePerson(p); err != nil {
			return err
		}
		if _, err := tx.NamePerson(p.ID, "欧阳锋雪"); err != nil {
			return err
		}
		return tx.SetPhone(p.ID, "13912345678")
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, []byte(id))
		for _, clear := range []string{"欧阳锋", "13912345678"} {
			if bytes.Contains(content, []byte(clear)) {
				t.Errorf("%s holds %q in clear", f.Name(), clear)
			}
		}
	}
	if !found {
		t.Fatal("the file does not hold the entry at all")
	}
}
