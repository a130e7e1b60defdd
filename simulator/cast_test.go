package simulator_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// Whoever searches a log for a name or a phone must find that person and nobody else.
func TestCastNamesAndPhonesAreCanaries(t *testing.T) {
	w := simulator.Cast()
	owners := map[string]string{} // canary → whose
	add := func(value, whose string) {
		for other, of := range owners {
			if strings.Contains(other, value) || strings.Contains(value, other) {
				t.Errorf("%s of %s cannot be told from %s of %s", value, whose, other, of)
			}
		}
		owners[value] = whose
	}
	phone := regexp.MustCompile(`^1390000[0-9]{4}$`)
	see := func(name, number string, may bool) {
		add(name, name)
		if number == "" && may {
			return
		}
		if !phone.MatchString(number) {
			t.Errorf("%s has the phone %q, which may be somebody's", name, number)
		}
		add(number, name)
	}
	people := w.Residents()
	for _, r := range people {
		see(r.Name, r.Phone, true)
	}
	for _, s := range w.Staff {
		see(s.Name, s.Phone, false)
	}
	see(w.Stranger.Name, w.Stranger.Phone, false)
	if len(people) < 80 {
		t.Errorf("%d people are no crowd", len(people))
	}
}

func TestCastFitsTheContract(t *testing.T) {
	w := simulator.Cast()
	ends, word := map[string]bool{}, regexp.MustCompile(`^[a-z]+$`)
	for _, r := range append(w.Residents(), simulator.Resident{RosterPerson: w.Stranger}) {
		if n := utf8.RuneCountInString(r.Name); n < 2 || n > 32 {
			t.Errorf("%s is no name", r.Name)
		}
		if ends[r.IDLast4] || !regexp.MustCompile(`^[0-9]{3}[0-9X]$`).MatchString(r.IDLast4) {
			t.Errorf("%s: id_last4 %q", r.Name, r.IDLast4)
		}
		ends[r.IDLast4] = true
		if r.WeChat != "" && (!word.MatchString(r.WeChat) || r.Phone == "") || r.WeChat == "" && r.Claimed {
			t.Errorf("%s: WeChat %q, phone %q, claimed %v", r.Name, r.WeChat, r.Phone, r.Claimed)
		}
	}
	perimeter := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	for _, c := range w.Communities {
		homes := map[string]bool{}
		for _, h := range c.Households {
			at := h.Building + "-" + h.Unit + "-" + h.Room
			if homes[at] || len(h.Roster) == 0 || h.Roster[0].Relation != "owner" {
				t.Errorf("%s %s: twice, or without an owner", c.Name, at)
			}
			homes[at] = true
			for _, p := range h.Roster {
				if !slices.Contains([]string{"owner", "tenant", "family", "helper"}, p.Relation) {
					t.Errorf("%s is %q", p.Name, p.Relation)
				}
			}
		}
		var doors []string
		for _, g := range c.Gates {
			doors = append(doors, g.Name+" "+g.Direction)
			if !perimeter.MatchString(g.Perimeter) || !slices.Contains([]string{"entrance", "unit_door"}, g.Kind) ||
				!slices.Contains([]string{"residents_only", "ask_guard", "closed"}, g.Fallback) || !slices.Contains([]string{"off", "soft", "hard"}, g.Passback) {
				t.Errorf("%+v", g)
			}
		}
		if want := []string{"东门 in", "西门 out", "1号楼单元门 both"}; !slices.Equal(doors, want) {
			t.Errorf("%s has %v, want %v", c.Name, doors, want)
		}
	}
	if n, m := len(w.Communities[0].Households), len(w.Communities[1].Households); n != 28 || m != 12 {
		t.Errorf("%d and %d households", n, m)
	}
}

func TestCastStaffHoldRolesWhereTheyMay(t *testing.T) {
	w := simulator.Cast()
	places := map[model.ScopeKind][]string{model.ScopePlatform: {""}, model.ScopeStreet: {w.Street}, model.ScopeCommittee: {w.Committee}}
	for _, c := range w.Communities {
		places[model.ScopeCommunity] = append(places[model.ScopeCommunity], c.Name)
	}
	names, roles := map[string]bool{}, map[string]int{}
	for _, s := range w.Staff {
		row, ok := s.Role.Row()
		if !ok || !slices.Contains(row.Scopes, s.ScopeKind) || !slices.Contains(places[s.ScopeKind], s.Scope) {
			t.Errorf("%s holds %s in %s %q", s.Username, s.Role, s.ScopeKind, s.Scope)
		}
		if names[s.Username] || !regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{2,31}$`).MatchString(s.Username) {
			t.Errorf("username %q", s.Username)
		}
		names[s.Username] = true
		roles[fmt.Sprint(s.Role, " ", s.Scope)]++
	}
	for role, want := range map[string]int{"system_admin ": 1, "auditor ": 1, "security_admin ": 1, "street_officer 望江街道": 1,
		"committee_officer 春晓居委会": 2, "property_manager 春晓花园": 2, "property_manager 望江苑": 1, "guard 春晓花园": 1, "guard 望江苑": 1} {
		if roles[role] != want {
			t.Errorf("%d times %s, want %d", roles[role], role, want)
		}
	}
}

// The stories that demo and tests count on.
func TestCastStories(t *testing.T) {
	w := simulator.Cast()
	for _, c := range []struct {
		name, at, relation, weChat string
		phone, claimed             bool
	}{
		{simulator.OuyangXiaoyan, "春晓花园 1-1-101", "owner", "ouyang", true, true},
		{simulator.LinHao, "春晓花园 1-1-101", "family", "linhao", true, true},
		{simulator.LinXiaoming, "春晓花园 1-1-101", "family", "", false, false},
		{simulator.ChenJianguo, "春晓花园 1-1-102", "owner", "", true, false},
		{simulator.LiLei, "春晓花园 1-1-302", "tenant", "lilei", true, true},
		{simulator.WangFang, "春晓花园 1-2-101", "owner", "wangfang", true, true},
		{simulator.TangJing, "春晓花园 2-2-102", "owner", "new", true, false},
		{simulator.HeYutong, "望江苑 1-1-101", "owner", "heyutong", true, true},
	} {
		r, ok := w.Resident(c.name)
		at := fmt.Sprintf("%s %s-%s-%s", r.Community.Name, r.Household.Building, r.Household.Unit, r.Household.Room)
		if !ok || at != c.at || r.Relation != c.relation || r.WeChat != c.weChat || (r.Phone != "") != c.phone || r.Claimed != c.claimed {
			t.Errorf("%s lives at %s: %+v", c.name, at, r.RosterPerson)
		}
	}
	fresh, _ := w.Resident(simulator.TangJing)
	if fresh.LoginCode() != "wx-new" || fresh.PhoneCode() != "phone-new" || fresh.OpenID() != "o-new" {
		t.Errorf("%s signs in by %s, %s, %s", fresh.Name, fresh.LoginCode(), fresh.PhoneCode(), fresh.OpenID())
	}
	if slices.ContainsFunc(fresh.Household.Roster, func(p simulator.RosterPerson) bool { return p.Claimed }) {
		t.Error("somebody has claimed the household that is to be open")
	}
	if alone, _ := w.Resident(simulator.ChenJianguo); len(alone.Household.Roster) != 1 {
		t.Error("he does not live alone")
	}
	if _, ok := w.Resident(w.Stranger.Name); ok || w.Stranger.LoginCode() != "wx-stranger" || w.Stranger.Claimed {
		t.Errorf("the stranger is known: %+v", w.Stranger)
	}
}

func TestCastIsTheSameEachTimeAndNobodysToChange(t *testing.T) {
	first, second := simulator.Cast(), simulator.Cast()
	if !reflect.DeepEqual(first, second) {
		t.Fatal("two casts differ")
	}
	first.Communities[0].Households[0].Roster[0].Name = "别人"
	first.Communities[0].Gates[0].Name = "北门"
	first.Staff[0].Username = "other"
	if !reflect.DeepEqual(simulator.Cast(), second) {
		t.Error("a change of one cast is seen in the next")
	}
}
