package service_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

func TestPassagesAreShownByPassAndMaskedName(t *testing.T) {
	g := testkit.NewGatehouse(t)
	passages := service.NewPassages(g.Deps)
	ctx := t.Context()
	guard := g.StaffCaller(model.RoleGuard, model.ScopeCommunity, g.Garden.ID)
	pass := g.Pass(t, g.Garden, g.Person(t, "欧阳小燕", "13800000001"))
	east, west := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)
	code := g.Code(t, pass, g.Clock.Now())
	g.Scan(t, east, code, admission.In)                 // 1: ok
	g.Scan(t, west, code, admission.In)                 // 2: used
	g.Scan(t, west, "not a code of ours", admission.In) // 3: unknown
	g.Clock.Advance(time.Hour)
	g.Scan(t, east, g.Code(t, pass, g.Clock.Now()), admission.Out) // 4: ok

	all := mustDo[service.List[service.PassageView]](t)(passages.List(ctx, guard, g.Garden.ID, service.PassageFilter{}, service.Page{}))
	if len(all.Items) != 4 || all.Next != "" {
		t.Fatalf("%d passages, next %q", len(all.Items), all.Next)
	}
	if first := all.Items[0]; first.Direction != "out" || first.PassID != pass.ID || first.NameMasked != "欧***" || first.Building != "1" {
		t.Errorf("the newest is %+v", first)
	}
	if unknown := all.Items[1]; unknown.PassID != "" || unknown.NameMasked != "" || unknown.Kind != "unknown" {
		t.Errorf("the unknown code shows %+v", unknown)
	}
	text, _ := json.Marshal(all)
	if strings.Contains(string(text), strconv.FormatUint(pass.Number, 10)) || strings.Contains(string(text), "小燕") {
		t.Errorf("the list shows the number or the name: %s", text)
	}

	noon := model.Millis(testkit.Noon)
	for _, c := range []struct {
		name   string
		filter service.PassageFilter
		want   int
	}{
		{"by gate", service.PassageFilter{GateID: g.Garden.Back.ID}, 2},
		{"by decision", service.PassageFilter{Decision: "admit"}, 2},
		{"by both", service.PassageFilter{GateID: g.Garden.Back.ID, Decision: "admit"}, 0},
		{"from an instant, itself in", service.PassageFilter{From: noon}, 4},
		{"from a moment later", service.PassageFilter{From: noon + 1}, 1},
		{"until an instant, itself out", service.PassageFilter{Until: noon}, 0},
		{"until a moment later", service.PassageFilter{Until: noon + 1}, 3},
		{"another community's gate", service.PassageFilter{GateID: g.Harbour.Entrance.ID}, 0},
	} {
		got := mustDo[service.List[service.PassageView]](t)(passages.List(ctx, guard, g.Garden.ID, c.filter, service.Page{}))
		if len(got.Items) != c.want {
			t.Errorf("%s: %d passages, want %d", c.name, len(got.Items), c.want)
		}
	}

	var paged []string
	for p := (service.Page{Limit: 3}); ; {
		page := mustDo[service.List[service.PassageView]](t)(passages.List(ctx, guard, g.Garden.ID, service.PassageFilter{}, p))
		for _, v := range page.Items {
			paged = append(paged, v.ID)
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			break
		}
	}
	for i, v := range all.Items {
		if i >= len(paged) || paged[i] != v.ID {
			t.Fatalf("pages gave %v", paged)
		}
	}
}

func TestPassagesRefuseStrangers(t *testing.T) {
	g := testkit.NewGatehouse(t)
	passages := service.NewPassages(g.Deps)
	for _, caller := range []*model.Caller{nil, g.Manager(g.Harbour), admin(g.House),
		g.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, g.Street.ID), {Kind: model.CallerPerson}} {
		_, err := passages.List(t.Context(), caller, g.Garden.ID, service.PassageFilter{}, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
		_, err = passages.Conflicts(t.Context(), caller, g.Garden.ID, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
	}
}

func TestConflictsAreListed(t *testing.T) {
	g := testkit.NewGatehouse(t)
	passages := service.NewPassages(g.Deps)
	ctx, guard := t.Context(), g.StaffCaller(model.RoleGuard, model.ScopeCommunity, g.Garden.ID)
	east, west := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)
	want := map[string]bool{}
	for range 3 {
		pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
		want[pass.ID] = true
		code := g.Code(t, pass, g.Clock.Now())
		for _, gate := range []*model.Caller{east, west} {
			mustDo[[]service.OfflineResult](t)(g.Gates.Upload(ctx, gate, []service.OfflinePassage{offline(g.ID(), code, g.Clock.Now())}))
		}
	}
	first := mustDo[service.List[service.ConflictView]](t)(passages.Conflicts(ctx, guard, g.Garden.ID, service.Page{Limit: 2}))
	second := mustDo[service.List[service.ConflictView]](t)(passages.Conflicts(ctx, guard, g.Garden.ID, service.Page{Limit: 2, Cursor: first.Next}))
	found := append(first.Items, second.Items...)
	if len(found) != 3 || second.Next != "" {
		t.Fatalf("%d conflicts", len(found))
	}
	for _, c := range found {
		if !want[c.PassID] || c.Direction != "in" || c.WindowStart != model.Millis(testkit.Noon) || len(c.PassageIDs) != 2 || c.Perimeter != "site" {
			t.Errorf("conflict %+v", c)
		}
		delete(want, c.PassID)
	}
	if others := mustDo[service.List[service.ConflictView]](t)(passages.Conflicts(ctx, g.Manager(g.Harbour), g.Harbour.ID, service.Page{})); len(others.Items) != 0 {
		t.Errorf("the harbour sees %v", others.Items)
	}
}
