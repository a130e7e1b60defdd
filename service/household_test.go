package service_test

import (
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestHouseholdsAreKeptByNormalAddress(t *testing.T) {
	e := newEstate(t)
	manager, cid := e.Manager(e.Garden), e.Garden.ID
	if e.home.Building != "3" || e.home.Unit != "1" || e.home.Room != "1201" {
		t.Fatalf("the home is %+v", e.home.Household)
	}
	want := []service.RosterView{
		{NameMasked: "王*", PhoneMasked: "138******01", Relation: "owner"},
		{NameMasked: "李*", PhoneMasked: "138******02", Relation: "tenant"},
		{NameMasked: "韩*", Relation: "family"},
	}
	if !slices.Equal(e.home.Roster, want) {
		t.Fatalf("the roster is %+v", e.home.Roster)
	}
	_, err := e.households.Create(t.Context(), manager, cid, service.NewHousehold{Building: "３幢", Unit: "1", Room: "1201"})
	wantCode(t, err, model.CodeConflict)
	// The same address in another community is another home.
	if _, err := e.households.Create(t.Context(), e.Manager(e.Harbour), e.Harbour.ID, service.NewHousehold{Building: "3", Unit: "1", Room: "1201"}); err != nil {
		t.Fatal(err)
	}
	e.mustClaim(t, e.resident(t, "", phoneWang), e.wang(), "active")
	want[0].Claimed = true
	list, err := e.households.List(t.Context(), manager, cid, "", service.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != e.home.ID || !slices.Equal(list.Items[0].Roster, want) {
		t.Fatalf("listed %+v (%v)", list.Items, err)
	}
}

func TestHouseholdsAreListedInTheOrderOfAddresses(t *testing.T) {
	e := newEstate(t)
	manager, cid := e.Manager(e.Garden), e.Garden.ID
	for _, a := range [][3]string{{"2", "2", "101"}, {"2", "1", "201"}, {"4", "1", "101"}, {"2", "1", "101"}} {
		if _, err := e.households.Create(t.Context(), manager, cid, service.NewHousehold{Building: a[0], Unit: a[1], Room: a[2]}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(building string, limit int) (out []string) {
		for p := (service.Page{Limit: limit}); ; {
			list, err := e.households.List(t.Context(), manager, cid, building, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range list.Items {
				out = append(out, h.Building+"-"+h.Unit+"-"+h.Room)
			}
			if p.Cursor = list.Next; p.Cursor == "" {
				return out
			}
			if len(out) > 50 {
				t.Fatal("the pages do not end")
			}
		}
	}
	all := []string{"2-1-101", "2-1-201", "2-2-101", "3-1-1201", "4-1-101"}
	for _, limit := range []int{0, 1, 2, 3, 5} {
		if got := read("", limit); !slices.Equal(got, all) {
			t.Errorf("by %d: %v, want %v", limit, got, all)
		}
		if got := read("2号楼", limit); !slices.Equal(got, all[:3]) {
			t.Errorf("building 2 by %d: %v", limit, got)
		}
	}
	_, err := e.households.List(t.Context(), manager, cid, "", service.Page{Cursor: e.ID()})
	wantCode(t, err, model.CodeInvalid)
}

func TestHouseholdRefusals(t *testing.T) {
	e := newEstate(t)
	home := service.NewHousehold{Building: "9", Unit: "1", Room: "101"}
	for name, caller := range map[string]*model.Caller{
		"a stranger":   e.Manager(e.Harbour),
		"a guard":      e.StaffCaller(model.RoleGuard, model.ScopeCommunity, e.Garden.ID),
		"the street":   e.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, e.Street.ID),
		"a resident":   e.resident(t, "王芳", ""),
		"the platform": e.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""),
	} {
		if _, err := e.households.Create(t.Context(), caller, e.Garden.ID, home); !model.IsNotFound(err) {
			t.Errorf("%s may add a home: %v", name, err)
		}
		if _, err := e.households.List(t.Context(), caller, e.Garden.ID, "", service.Page{}); !model.IsNotFound(err) {
			t.Errorf("%s may read the roster: %v", name, err)
		}
	}
	// The committee reads but does not write.
	officer := e.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, e.Committee.ID)
	if _, err := e.households.List(t.Context(), officer, e.Garden.ID, "", service.Page{}); err != nil {
		t.Error(err)
	}
	if _, err := e.households.Create(t.Context(), officer, e.Garden.ID, home); !model.IsNotFound(err) {
		t.Errorf("the committee may add a home: %v", err)
	}
	manager := e.Manager(e.Garden)
	for _, bad := range []service.NewHousehold{
		{Building: " ", Unit: "1", Room: "101"},
		{Building: "9", Unit: "1", Room: "101", Roster: []model.RosterEntry{{Name: "王芳"}, {Name: "·"}}},
	} {
		_, err := e.households.Create(t.Context(), manager, e.Garden.ID, bad)
		wantCode(t, err, model.CodeInvalid)
	}
	if list, err := e.households.List(t.Context(), manager, e.Garden.ID, "9", service.Page{}); err != nil || len(list.Items) != 0 {
		t.Fatalf("refused homes were kept: %+v (%v)", list.Items, err)
	}
}
