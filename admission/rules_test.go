package admission

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

func TestRulesValidate(t *testing.T) {
	t.Parallel()
	day := Span{Days: EveryDay, From: 0, To: minutesPerDay}
	for field, spoil := range map[string]func(*Rules){
		"/version":                     func(r *Rules) { r.Version = 0 },
		"/zone_minutes":                func(r *Rules) { r.ZoneMinutes = 841 },
		"/card_quota":                  func(r *Rules) { r.CardQuota = 101 },
		"/emergency_until":             func(r *Rules) { r.EmergencyUntil = -1 },
		"/temperature_limit_tenths":    func(r *Rules) { r.TemperatureLimit = 37 },
		"/kinds/resident/quota":        func(r *Rules) { r.Kinds.Resident.Quota = -1 },
		"/kinds/visitor/quota":         func(r *Rules) { r.Kinds.Visitor.Quota = 1001 },
		"/kinds/courier/hours/0/days":  func(r *Rules) { r.Kinds.Courier.Hours = Hours{{From: 1, To: 2}} },
		"/kinds/staff/hours/1/to":      func(r *Rules) { r.Kinds.Staff.Hours = Hours{day, {Days: 1, From: 9, To: 9}} },
		"/kinds/vehicle/hours/0/from":  func(r *Rules) { r.Kinds.Vehicle.Hours = Hours{{Days: 1, From: 1440, To: 9}} },
		"/kinds/vehicle/hours":         func(r *Rules) { r.Kinds.Vehicle.Hours = slices.Repeat(Hours{day}, maxSpans+1) },
		"/kinds/resident/hours/0/to":   func(r *Rules) { r.Kinds.Resident.Hours = Hours{{Days: 1, From: 1, To: 1441}} },
		"/kinds/resident/hours/0/days": func(r *Rules) { r.Kinds.Resident.Hours = Hours{{Days: 128, From: 1, To: 2}} },
	} {
		rules := Rules{Version: 1, Kinds: KindRules{Visitor: KindRule{Hours: Hours{day}, Quota: 3}}}
		if bad := rules.Validate(); len(bad) != 0 {
			t.Fatalf("good rules: %+v", bad)
		}
		spoil(&rules)
		if bad := rules.Validate(); len(bad) != 1 || bad[0].Field != field || bad[0].Code == "" {
			t.Errorf("want only %s, got %+v", field, bad)
		}
	}
}

// The bounds themselves still stand.
func TestRulesAtTheirBounds(t *testing.T) {
	t.Parallel()
	most := KindRule{Quota: 1000, Hours: slices.Repeat(Hours{{Days: EveryDay, From: 1439, To: 1440}}, maxSpans)}
	for _, rules := range []Rules{
		{Version: 1, ZoneMinutes: -720, TemperatureLimit: 350},
		{Version: 1 << 62, ZoneMinutes: 840, CardQuota: 100, TemperatureLimit: 420, EmergencyUntil: 1},
		{Version: 1, Kinds: KindRules{most, most, most, most, most}},
	} {
		if bad := rules.Validate(); len(bad) != 0 {
			t.Errorf("%+v in %+v", bad, rules)
		}
	}
	for _, rules := range []Rules{
		{Version: 1, ZoneMinutes: -721}, {Version: 1, CardQuota: -1},
		{Version: 1, TemperatureLimit: 349}, {Version: 1, TemperatureLimit: 421},
	} {
		if bad := rules.Validate(); len(bad) != 1 {
			t.Errorf("%+v in %+v", bad, rules)
		}
	}
	if bad := (&Gate{ID: "g", Community: 1<<24 - 1, Perimeter: "p"}).Validate(); len(bad) != 0 {
		t.Errorf("the last community number: %+v", bad)
	}
}

func TestGateAndGroupValidate(t *testing.T) {
	t.Parallel()
	good := Gate{ID: "g", Community: 1, Perimeter: "site", Passback: PassbackSoft, Fallback: FallbackClosed}
	if bad := good.Validate(); len(bad) != 0 {
		t.Fatalf("a good gate: %+v", bad)
	}
	worst := Gate{Community: 1 << 24, Passback: "hardly", Fallback: "open"}
	want := []string{"/id", "/community", "/perimeter", "/passback", "/fallback"}
	if got := fieldsOf(worst.Validate()); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	group := Group{Hours: Hours{{Days: 1, From: 5, To: 5}}}
	if got := fieldsOf(group.Validate()); !slices.Equal(got, []string{"/hours/0/to"}) {
		t.Errorf("found %v in the group", got)
	}
}

func fieldsOf(bad []model.FieldError) (fields []string) {
	for _, b := range bad {
		fields = append(fields, b.Field)
	}
	return fields
}

// Rules are stored and travel in bundles; nothing may be lost on the way.
func TestRulesJSON(t *testing.T) {
	t.Parallel()
	rules := Rules{
		Version: 9, ZoneMinutes: 360, CardQuota: 4, EmergencyUntil: 1795399200123,
		ReportRequired: true, TemperatureLimit: 375,
		Kinds: KindRules{
			Visitor: KindRule{Quota: 2, Hours: Hours{{Days: Days(time.Friday), From: 22 * 60, To: 6 * 60}}},
		},
	}
	text, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	var back Rules
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, rules) {
		t.Errorf("%s came back as %+v, %v", text, back, err)
	}
	if !strings.Contains(string(text), `{"days":["fri"],"from":"22:00","to":"06:00"}`) {
		t.Errorf("hours are not readable in %s", text)
	}
}

func TestDayAtIsTheCommunitysDate(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2025, time.January, 2, 16, 0, 0, 0, time.UTC) // 3 January, 00:00 +08:00
	var rules Rules
	if before, after := rules.DayAt(midnight.Add(-time.Millisecond)), rules.DayAt(midnight); before != 1 || after != 2 {
		t.Errorf("days %d and %d around midnight of 3 January 2025", before, after)
	}
}
