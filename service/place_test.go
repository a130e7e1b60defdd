package service_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

const publicURL = "https://pass.example"

// admin is the caller of a system administrator.
func admin(h *testkit.House) *model.Caller {
	return h.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, "")
}

func mustDo[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refusedAs(t testing.TB, err error, want model.Code) {
	t.Helper()
	if err == nil || model.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// actions lists what the audit log says was done to a target, newest first.
func actions(t testing.TB, h *testkit.House, targetID string) []string {
	t.Helper()
	entries, err := h.Store.View(t.Context()).AuditEntries("", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if e.TargetID == targetID {
			out = append(out, e.Action)
		}
	}
	return out
}

func TestPlacesAreSeenFromTheCallersScope(t *testing.T) {
	h := testkit.NewHouse(t)
	places := service.NewPlaces(h.Deps, publicURL)
	ctx := t.Context()
	river := mustDo[model.Street](t)(places.CreateStreet(ctx, admin(h), " 临江街道 "))
	willow := mustDo[model.Committee](t)(places.CreateCommittee(ctx, admin(h), river.ID, "柳岸居委会"))
	empty := mustDo[model.Committee](t)(places.CreateCommittee(ctx, admin(h), river.ID, "新设居委会"))
	court := mustDo[model.Community](t)(places.CreateCommunity(ctx, admin(h), willow.ID, "柳岸里"))
	for _, c := range []struct {
		name                             string
		caller                           *model.Caller
		streets, committees, communities string
	}{
		{"the platform sees all", admin(h), "望江街道 临江街道", "春晓居委会 柳岸居委会 新设居委会", "春晓花园 望江苑 柳岸里"},
		{"an auditor of the platform too", h.StaffCaller(model.RoleAuditor, model.ScopePlatform, ""), "望江街道 临江街道", "春晓居委会 柳岸居委会 新设居委会", "春晓花园 望江苑 柳岸里"},
		{"a street sees what is below", h.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, river.ID), "临江街道", "柳岸居委会 新设居委会", "柳岸里"},
		{"a committee sees its street and its communities", h.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, h.Committee.ID), "望江街道", "春晓居委会", "春晓花园 望江苑"},
		{"a committee without a community", h.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, empty.ID), "临江街道", "新设居委会", ""},
		{"a guard sees the chain above", h.StaffCaller(model.RoleGuard, model.ScopeCommunity, court.ID), "临江街道", "柳岸居委会", "柳岸里"},
		{"a resident sees none", &model.Caller{Kind: model.CallerPerson, PersonID: h.ID()}, "", "", ""},
		{"nobody sees none", nil, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			streets := mustDo[service.List[model.Street]](t)(places.Streets(ctx, c.caller, service.Page{}))
			committees := mustDo[service.List[model.Committee]](t)(places.Committees(ctx, c.caller, service.Page{}))
			communities := mustDo[service.List[model.Community]](t)(places.Communities(ctx, c.caller, service.Page{}))
			got := [3]string{
				names(streets.Items, func(s model.Street) string { return s.Name }),
				names(committees.Items, func(s model.Committee) string { return s.Name }),
				names(communities.Items, func(s model.Community) string { return s.Name })}
			if want := [3]string{c.streets, c.committees, c.communities}; got != want {
				t.Errorf("sees %v, want %v", got, want)
			}
		})
	}
}

func names[T any](items []T, name func(T) string) string {
	var out []string
	for _, i := range items {
		out = append(out, name(i))
	}
	return strings.Join(out, " ")
}

func TestListsOfPlacesArePaged(t *testing.T) {
	h := testkit.NewHouse(t)
	places := service.NewPlaces(h.Deps, publicURL)
	for range 4 {
		mustDo[model.Street](t)(places.CreateStreet(t.Context(), admin(h), "街道"))
	}
	var seen []string
	p := service.Page{Limit: 2}
	for {
		page := mustDo[service.List[model.Street]](t)(places.Streets(t.Context(), admin(h), p))
		for _, s := range page.Items {
			seen = append(seen, s.ID)
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			break
		}
	}
	if len(seen) != 5 || !slices.IsSorted(seen) || len(slices.Compact(seen)) != 5 {
		t.Errorf("pages gave %v", seen)
	}
}

func TestOnlyThePlatformAddsPlaces(t *testing.T) {
	h := testkit.NewHouse(t)
	places := service.NewPlaces(h.Deps, publicURL)
	for _, caller := range []*model.Caller{
		nil,
		h.Manager(h.Garden),
		h.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, h.Street.ID),
		h.StaffCaller(model.RoleAuditor, model.ScopePlatform, ""),
		h.StaffCaller(model.RoleSystemAdmin, model.ScopeCommunity, h.Garden.ID), // cannot be granted; must not count either
	} {
		_, err := places.CreateStreet(t.Context(), caller, "街道")
		refusedAs(t, err, model.CodeForbidden)
		_, err = places.CreateCommittee(t.Context(), caller, h.Street.ID, "居委会")
		refusedAs(t, err, model.CodeForbidden)
		_, err = places.CreateCommunity(t.Context(), caller, h.Committee.ID, "小区")
		refusedAs(t, err, model.CodeForbidden)
	}
	_, err := places.CreateCommittee(t.Context(), admin(h), h.ID(), "居委会")
	refusedAs(t, err, model.CodeNotFound)
	_, err = places.CreateCommunity(t.Context(), admin(h), h.ID(), "小区")
	refusedAs(t, err, model.CodeNotFound)
	_, err = places.CreateStreet(t.Context(), admin(h), " 　\t")
	refusedAs(t, err, model.CodeInvalid)
}

// A community is of use from the moment it is made: its key signs, its gates know
// the key, and a resident's pass opens them.
func TestANewCommunityWorksAtOnce(t *testing.T) {
	g := testkit.NewGatehouse(t)
	places := service.NewPlaces(g.Deps, publicURL)
	made := mustDo[model.Community](t)(places.CreateCommunity(t.Context(), admin(g.House), g.Committee.ID, "新苑"))
	if made.Number != 3 || made.RuleVersion != 1 || made.Mode != model.ModeOrdinary {
		t.Errorf("made %+v", made)
	}
	gate := mustDo[model.Gate](t)(places.CreateGate(t.Context(), admin(g.House), made.ID, service.NewGate{Name: "东门", Perimeter: "site"}))
	pass := g.Pass(t, testkit.Community{Community: made}, g.Person(t, "张三", "13800000001"))
	answer := g.Scan(t, g.Reader(t, gate), g.Code(t, pass, g.Clock.Now()), admission.In)
	if answer.Passage.Reason != "ok" || answer.Passage.RuleVersion != 1 {
		t.Errorf("the first scan: %s %s", answer.Passage.Decision, answer.Passage.Reason)
	}
	if got := actions(t, g.House, made.ID); !slices.Equal(got, []string{"community.create"}) {
		t.Errorf("the log says %v", got)
	}
	// Another replica hears of it through the feed.
	kinds := map[model.ChangeKind]bool{}
	for _, c := range mustDo[[]model.Change](t)(g.Store.View(t.Context()).ChangesAfter(0, 100)) {
		if c.CommunityID == made.ID {
			kinds[c.Kind] = true
		}
	}
	if !kinds[model.ChangeCommunity] || !kinds[model.ChangeKeys] || !kinds[model.ChangeGate] {
		t.Errorf("the feed says %v", kinds)
	}
}

func TestCommunitiesMadeAtOnceGetNumbersOfTheirOwn(t *testing.T) {
	h := testkit.NewHouse(t)
	places := service.NewPlaces(h.Deps, publicURL)
	const many = 12
	numbers := make([]uint32, many)
	var wait sync.WaitGroup
	for i := range many {
		wait.Go(func() {
			c, err := places.CreateCommunity(context.Background(), admin(h), h.Committee.ID, "小区")
			if err != nil {
				t.Error(err)
			}
			numbers[i] = c.Number
		})
	}
	wait.Wait()
	slices.Sort(numbers)
	for i, n := range numbers {
		if n != uint32(i+3) {
			t.Fatalf("numbers %v", numbers)
		}
	}
}

func TestGatesHaveDefaultsAndAPoster(t *testing.T) {
	h := testkit.NewHouse(t)
	places := service.NewPlaces(h.Deps, publicURL+"/")
	ctx, manager := t.Context(), h.Manager(h.Garden)
	plain := mustDo[model.Gate](t)(places.CreateGate(ctx, manager, h.Garden.ID, service.NewGate{Name: "北门", Perimeter: "site"}))
	if plain.Kind != "entrance" || plain.Direction != "both" || plain.Fallback != "ask_guard" || plain.Passback != "off" {
		t.Errorf("defaults are %+v", plain)
	}
	chosen := service.NewGate{Name: "道闸", Perimeter: "parking", Kind: "barrier", Direction: "in", Fallback: "closed", Passback: "hard"}
	barrier := mustDo[model.Gate](t)(places.CreateGate(ctx, manager, h.Garden.ID, chosen))
	if barrier.Kind != "barrier" || barrier.Direction != "in" || barrier.Fallback != "closed" || barrier.Passback != "hard" {
		t.Errorf("chosen became %+v", barrier)
	}
	if _, ok := h.Directory.Gate(barrier.ID); !ok {
		t.Error("the gate is not known here at once")
	}
	gates := mustDo[service.List[model.Gate]](t)(places.Gates(ctx, h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID), h.Garden.ID, service.Page{}))
	if got := names(gates.Items, func(g model.Gate) string { return g.Name }); got != "东门 西门 1号楼单元门 北门 道闸" {
		t.Errorf("gates are %s", got)
	}
	posters := mustDo[service.List[service.Poster]](t)(places.EntryCodes(ctx, manager, h.Garden.ID, service.Page{}))
	shape := regexp.MustCompile(`^[0-9A-Za-z]{22}$`)
	if len(posters.Items) != 2 {
		t.Fatalf("posters are %+v", posters.Items)
	}
	for _, p := range posters.Items {
		if !shape.MatchString(p.Code) || p.URL != publicURL+"/e/"+p.Code || p.GateID != plain.ID && p.GateID != barrier.ID {
			t.Errorf("poster %+v", p)
		}
	}
}

func TestGatesRefuseStrangers(t *testing.T) {
	h := testkit.NewHouse(t)
	places := service.NewPlaces(h.Deps, publicURL)
	for _, caller := range []*model.Caller{nil, h.Manager(h.Harbour), h.StaffCaller(model.RoleAuditor, model.ScopePlatform, ""), {Kind: model.CallerPerson}} {
		_, err := places.Gates(t.Context(), caller, h.Garden.ID, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
		_, err = places.EntryCodes(t.Context(), caller, h.Garden.ID, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
		_, err = places.CreateGate(t.Context(), caller, h.Garden.ID, service.NewGate{Name: "门", Perimeter: "site"})
		refusedAs(t, err, model.CodeNotFound)
	}
	_, err := places.CreateGate(t.Context(), h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID), h.Garden.ID, service.NewGate{Name: "门", Perimeter: "site"})
	refusedAs(t, err, model.CodeNotFound)
	_, err = places.CreateGate(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.NewGate{Name: " ", Perimeter: "site"})
	refusedAs(t, err, model.CodeInvalid)
}
