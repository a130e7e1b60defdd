package handler_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

func TestPassagesAnswerAsTheContractSays(t *testing.T) {
	g := testkit.NewGatehouse(t)
	api := &handler.Passages{Service: service.NewPassages(g.Deps)}
	guard := as(t, g.StaffCaller(model.RoleGuard, model.ScopeCommunity, g.Garden.ID))
	stranger := as(t, g.Manager(g.Harbour))
	pass := g.Pass(t, g.Garden, g.Person(t, "欧阳小燕", "13800000001"))
	reader := g.Reader(t, g.Garden.Entrance)
	code := g.Code(t, pass, g.Clock.Now())
	if _, err := g.Gates.Scan(t.Context(), reader, service.Scan{ScanID: "scan-0001", Code: code, Direction: admission.In, ScannedAt: g.Clock.Now(), TemperatureTenths: 365}); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(time.Hour)
	g.Scan(t, reader, "not a code of ours", admission.In)

	list := func(p wire.ListPassagesParams) []map[string]any {
		t.Helper()
		r, err := api.ListPassages(guard, server.ListPassagesRequestObject{Cid: g.Garden.ID, Params: p})
		text, _ := json.Marshal(r)
		if strings.Contains(string(text), strconv.FormatUint(pass.Number, 10)) || strings.Contains(string(text), "小燕") {
			t.Errorf("the answer shows the number or the name: %s", text)
		}
		return itemsOf(t, answered(t, "PassageList", r, err))
	}
	all := list(wire.ListPassagesParams{})
	if len(all) != 2 || all[1]["pass_id"] != pass.ID || all[1]["name_masked"] != "欧***" || all[1]["building"] != "1" || all[1]["temperature_c"] != nil {
		t.Errorf("passages %v", all)
	}
	if all[0]["pass_id"] != nil || all[0]["name_masked"] != "" || all[0]["reason"] != "unknown_code" {
		t.Errorf("the unknown code shows %v", all[0])
	}
	noon, early := instant.Time{Time: testkit.Noon}, instant.Time{Time: time.Unix(-1, 0)}
	admit, elsewhere := wire.Admit, g.Garden.Back.ID
	for name, c := range map[string]struct {
		params wire.ListPassagesParams
		want   int
	}{
		"from noon":             {wire.ListPassagesParams{From: &noon}, 2},
		"until noon":            {wire.ListPassagesParams{Until: &noon}, 0},
		"from before all time":  {wire.ListPassagesParams{From: &early}, 2},
		"until before all time": {wire.ListPassagesParams{Until: &early}, 0},
		"admitted":              {wire.ListPassagesParams{Decision: &admit}, 1},
		"at another gate":       {wire.ListPassagesParams{GateId: &elsewhere}, 0},
	} {
		if got := list(c.params); len(got) != c.want {
			t.Errorf("%s: %d passages, want %d", name, len(got), c.want)
		}
	}
	_, err := api.ListPassages(stranger, server.ListPassagesRequestObject{Cid: g.Garden.ID})
	notFound(t, err)
}

func TestConflictsAnswerAsTheContractSays(t *testing.T) {
	g := testkit.NewGatehouse(t)
	api := &handler.Passages{Service: service.NewPassages(g.Deps)}
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	code := g.Code(t, pass, g.Clock.Now())
	for _, at := range []model.Gate{g.Garden.Entrance, g.Garden.Back} {
		_, err := g.Gates.Upload(t.Context(), g.Reader(t, at), []service.OfflinePassage{{
			Scan:     service.Scan{ScanID: g.ID(), Code: code, Direction: admission.Out, ScannedAt: g.Clock.Now()},
			Decision: admission.Admit, Reason: admission.ReasonOK, RuleVersion: 1, BundleVersion: "b1", Outcome: "passed"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := api.ListConflicts(as(t, g.Manager(g.Garden)), server.ListConflictsRequestObject{Cid: g.Garden.ID})
	items := itemsOf(t, answered(t, "ConflictList", r, err))
	if len(items) != 1 || items[0]["pass_id"] != pass.ID || items[0]["direction"] != "out" || items[0]["window_start"] != "2026-11-22T04:00:00.000Z" || len(items[0]["passage_ids"].([]any)) != 2 {
		t.Errorf("conflicts %v", items)
	}
	_, err = api.ListConflicts(as(t, g.Manager(g.Harbour)), server.ListConflictsRequestObject{Cid: g.Garden.ID})
	notFound(t, err)
}
