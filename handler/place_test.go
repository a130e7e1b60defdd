package handler_test

import (
	"context"
	"encoding/json"
	"testing"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"

	"github.com/getkin/kin-openapi/openapi3"
)

const publicURL = "https://pass.example"

// answered takes an answer's JSON apart after it was held against the contract: a
// field that the schema does not know, or lacks, fails the test.
func answered(t testing.TB, schema string, response any, err error) map[string]any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(response)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(v, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("%s is not a %s: %v", text, schema, err)
	}
	return v
}

// itemsOf are the items of a list that was answered.
func itemsOf(t testing.TB, list map[string]any) []map[string]any {
	t.Helper()
	items, ok := list["items"].([]any)
	if !ok {
		t.Fatalf("the list is %v", list)
	}
	out := make([]map[string]any, len(items))
	for i, v := range items {
		out[i], _ = v.(map[string]any)
	}
	return out
}

func as(t testing.TB, c *model.Caller) context.Context {
	return middleware.WithCaller(t.Context(), c)
}

func notFound(t testing.TB, err error) {
	t.Helper()
	if !model.IsNotFound(err) {
		t.Errorf("a stranger got %v", err)
	}
}

func TestPlacesAnswerAsTheContractSays(t *testing.T) {
	h := testkit.NewHouse(t)
	api := &handler.Places{Service: service.NewPlaces(h.Deps, publicURL)}
	ctx := as(t, h.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""))

	r1, err := api.CreateStreet(ctx, server.CreateStreetRequestObject{Body: &wire.StreetRequest{Name: "临江街道"}})
	street := answered(t, "Street", r1, err)
	r2, err := api.CreateCommittee(ctx, server.CreateCommitteeRequestObject{Body: &wire.CommitteeRequest{StreetId: street["id"].(string), Name: "柳岸居委会"}})
	committee := answered(t, "Committee", r2, err)
	r3, err := api.CreateCommunity(ctx, server.CreateCommunityRequestObject{Body: &wire.CommunityRequest{CommitteeId: committee["id"].(string), Name: "柳岸里"}})
	community := answered(t, "Community", r3, err)
	if street["name"] != "临江街道" || committee["street_id"] != street["id"] || community["committee_id"] != committee["id"] || community["number"] != 3.0 {
		t.Errorf("made %v, %v, %v", street, committee, community)
	}

	limit := wire.Limit(1)
	l1, err := api.ListStreets(ctx, server.ListStreetsRequestObject{Params: wire.ListStreetsParams{Limit: &limit}})
	first := answered(t, "StreetList", l1, err)
	cursor, _ := first["next_cursor"].(string)
	l1, err = api.ListStreets(ctx, server.ListStreetsRequestObject{Params: wire.ListStreetsParams{Limit: &limit, Cursor: &cursor}})
	if second := itemsOf(t, answered(t, "StreetList", l1, err)); len(second) != 1 || second[0]["id"] != street["id"] {
		t.Errorf("the second page is %v", second)
	}
	l2, err := api.ListCommittees(ctx, server.ListCommitteesRequestObject{})
	if n := len(itemsOf(t, answered(t, "CommitteeList", l2, err))); n != 2 {
		t.Errorf("%d committees", n)
	}
	l3, err := api.ListCommunities(ctx, server.ListCommunitiesRequestObject{})
	if n := len(itemsOf(t, answered(t, "CommunityList", l3, err))); n != 3 {
		t.Errorf("%d communities", n)
	}
	nobody, err := api.ListCommunities(t.Context(), server.ListCommunitiesRequestObject{})
	if n := len(itemsOf(t, answered(t, "CommunityList", nobody, err))); n != 0 {
		t.Errorf("nobody sees %d communities", n)
	}
}

func TestGatesAnswerAsTheContractSays(t *testing.T) {
	h := testkit.NewHouse(t)
	api := &handler.Places{Service: service.NewPlaces(h.Deps, publicURL)}
	own, stranger := as(t, h.Manager(h.Garden)), as(t, h.Manager(h.Harbour))
	passback := wire.Hard
	request := server.CreateGateRequestObject{Cid: h.Garden.ID, Body: &wire.GateRequest{Name: "北门", Perimeter: "site", Passback: &passback}}

	made, err := api.CreateGate(own, request)
	gate := answered(t, "Gate", made, err)
	if gate["passback"] != "hard" || gate["fallback"] != "ask_guard" || gate["community_id"] != h.Garden.ID {
		t.Errorf("made %v", gate)
	}
	list, err := api.ListGates(own, server.ListGatesRequestObject{Cid: h.Garden.ID})
	if n := len(itemsOf(t, answered(t, "GateList", list, err))); n != 4 {
		t.Errorf("%d gates", n)
	}
	codes, err := api.ListEntryCodes(own, server.ListEntryCodesRequestObject{Cid: h.Garden.ID})
	if posters := itemsOf(t, answered(t, "EntryCodeList", codes, err)); len(posters) != 1 || posters[0]["url"] != publicURL+"/e/"+posters[0]["code"].(string) {
		t.Errorf("posters %v", posters)
	}

	_, err = api.CreateGate(stranger, request)
	notFound(t, err)
	_, err = api.ListGates(stranger, server.ListGatesRequestObject{Cid: h.Garden.ID})
	notFound(t, err)
	_, err = api.ListEntryCodes(stranger, server.ListEntryCodesRequestObject{Cid: h.Garden.ID})
	notFound(t, err)
}
