package service

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// Fields that a health report can hold, and the one that gates fill.
const (
	FieldTemperature = "temperature_c"
	FieldSymptoms    = "symptoms"
	FieldExposure    = "exposure"
	FieldTravel      = "travel"
	FieldTestResult  = "test_result"
	// FieldReading is a temperature measured at a gate.
	FieldReading = "reading"
)

// healthFields are what can be asked, in the order of the form.
var healthFields = []string{FieldTemperature, FieldSymptoms, FieldExposure, FieldTravel, FieldTestResult}

// ColourRule gives a colour for one thing that was reported or measured.
type ColourRule struct {
	ID     string           `json:"id"`
	Field  string           `json:"field"`
	Colour admission.Colour `json:"colour"`
	// AtLeastTenths is for temperatures: from there on the rule applies.
	AtLeastTenths int `json:"at_least_tenths,omitempty"`
	// Any are the values that count; empty is any value.
	Any []string `json:"any,omitempty"`
	// WithinHours is how long what was reported or measured counts; 0 is until the
	// next report or reading.
	WithinHours int    `json:"within_hours,omitempty"`
	ZH          string `json:"zh"`
	EN          string `json:"en"`
}

// standardColours is the name of the rules that hold unless an emergency has its own.
const standardColours = "standard-1"

// feverTenths is where China's epidemic guidance began to speak of fever.
const feverTenths = admission.DefaultTemperatureLimit

func standardRules() []ColourRule {
	return []ColourRule{
		{ID: "positive_test", Field: FieldTestResult, Colour: admission.Red, Any: []string{"positive"},
			ZH: "您申报的检测结果为阳性。", EN: "You reported a positive test."},
		{ID: "exposure", Field: FieldExposure, Colour: admission.Yellow,
			ZH: "您申报了与病例的接触。", EN: "You reported contact with a case."},
		{ID: "fever", Field: FieldTemperature, Colour: admission.Yellow, AtLeastTenths: feverTenths,
			ZH: "您申报的体温达到或超过 37.3 °C。", EN: "You reported a temperature of 37.3 °C or more."},
		{ID: "symptoms", Field: FieldSymptoms, Colour: admission.Yellow,
			ZH: "您申报了症状。", EN: "You reported symptoms."},
		{ID: "travel", Field: FieldTravel, Colour: admission.Yellow,
			ZH: "您申报了外出旅居史。", EN: "You reported travel."},
		{ID: "gate_fever", Field: FieldReading, Colour: admission.Yellow, AtLeastTenths: feverTenths, WithinHours: 24,
			ZH: "最近一次在门口测得的体温达到或超过 37.3 °C。", EN: "The last temperature measured at a gate was 37.3 °C or more."},
	}
}

// rulesFor are the standard rules that look at the fields, and at readings.
func rulesFor(fields []string) []ColourRule {
	return slices.DeleteFunc(standardRules(), func(r ColourRule) bool {
		return r.Field != FieldReading && !slices.Contains(fields, r.Field)
	})
}

// fieldsOf are the fields that the rules look at: nothing else may be asked.
func fieldsOf(rules []ColourRule) []string {
	out := []string{}
	for _, f := range healthFields {
		if slices.ContainsFunc(rules, func(r ColourRule) bool { return r.Field == f }) {
			out = append(out, f)
		}
	}
	return out
}

// versionOf names rules by what they are.
func versionOf(rules []ColourRule) (version, text string, err error) {
	b, err := json.Marshal(rules)
	return "own-" + hex.EncodeToString(gm.SM3(b)[:6]), string(b), err
}

// HealthFacts is what a colour is made of, beside restrictions.
type HealthFacts struct {
	// ReportedAt is 0 before the first report.
	ReportedAt int64               `json:"reported_at,omitempty"`
	Answers    model.HealthAnswers `json:"answers"`
	// Reading is kept beside, not in the standing.
	Reading model.Measured `json:"-"`
}

// ColourResult is a colour with why; Colour is empty when nothing is known.
type ColourResult struct {
	Colour admission.Colour
	// Rule is the id of the rule that decided.
	Rule   string
	Phrase model.Phrase
}

// Rules that are not of a community's making.
var (
	resultNoReport = ColourResult{Rule: "no_report", Phrase: model.Phrase{ZH: "还没有健康申报。", EN: "There is no health report yet."}}
	resultWell     = ColourResult{Colour: admission.Green, Rule: "nothing_found",
		Phrase: model.Phrase{ZH: "最近一次申报没有异常。", EN: "The last report shows nothing unusual."}}
	restrictionPhrase = model.Phrase{ZH: "工作人员设置了有期限的限制，可在“我的限制”中查看依据并申诉。",
		EN: "Staff have set a restriction with an end. See its basis, and appeal, under “My restrictions”."}
)

// colourOf applies the rules in order; the most severe colour counts, and of equal
// ones the first. Restrictions are the last to be looked at.
func colourOf(rules []ColourRule, f HealthFacts, restrictions []model.Restriction, now int64) ColourResult {
	out := resultNoReport
	if f.ReportedAt != 0 {
		out = resultWell
	}
	take := func(r ColourResult) {
		if severity(r.Colour) > severity(out.Colour) {
			out = r
		}
	}
	for i := range rules {
		if r := &rules[i]; r.applies(&f, now) {
			take(ColourResult{r.Colour, r.ID, model.Phrase{ZH: r.ZH, EN: r.EN}})
		}
	}
	for i := range restrictions {
		if r := &restrictions[i]; r.Effect != model.EffectBan && r.Holds(now) {
			take(ColourResult{admission.Colour(r.Effect), "restriction", restrictionPhrase})
		}
	}
	return out
}

func severity(c admission.Colour) int {
	return slices.Index([]admission.Colour{"", admission.Green, admission.Yellow, admission.Red}, c)
}

func (r *ColourRule) applies(f *HealthFacts, now int64) bool {
	at := f.ReportedAt
	if r.Field == FieldReading {
		at = f.Reading.At
	}
	if at == 0 || r.WithinHours > 0 && now >= at+int64(r.WithinHours)*time.Hour.Milliseconds() {
		return false
	}
	a := &f.Answers
	switch r.Field {
	case FieldReading:
		return f.Reading.Tenths >= max(r.AtLeastTenths, 1)
	case FieldTemperature:
		return a.TemperatureTenths >= max(r.AtLeastTenths, 1)
	case FieldSymptoms:
		return r.among(a.Symptoms)
	case FieldTravel:
		return r.among(a.Travel)
	case FieldTestResult:
		return a.TestResult != "" && r.among([]string{a.TestResult})
	case FieldExposure:
		return a.Exposure != nil && *a.Exposure
	}
	return false
}

func (r *ColourRule) among(values []string) bool {
	if len(r.Any) == 0 {
		return len(values) > 0
	}
	return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(r.Any, v) })
}
