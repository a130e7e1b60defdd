package service

import (
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestResidencyDataSaysWhatTheRegistryLists(t *testing.T) {
	v := ResidencyView{Residency: model.Residency{ID: "r", HouseholdID: "h", PersonID: "p", Relation: "owner", Status: "active"},
		Household: model.Household{Building: "3", Unit: "1", Room: "1201"}, NameMasked: "王*"}
	data := residencyData(v, 1_795_320_000_007)
	listed := model.EventFields[model.EventResidencyChanged]
	fields := slices.Concat(listed.Default, listed.Optional)
	for _, f := range fields {
		if data[f] == nil || data[f] == "" {
			t.Errorf("%s is listed and not said", f)
		}
	}
	for f := range data {
		if !slices.Contains(fields, f) {
			t.Errorf("%s is said and not listed", f)
		}
	}
	if body := string((&Deps{}).eventBody(model.EventResidencyChanged, []string{"changed_at"}, data)); body != `{"changed_at":"2026-11-22T04:00:00.007Z"}` {
		t.Errorf("it is sent as %s", body)
	}
}
