package handler

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

const goodScan = `{"scan_id":"scan-0001","code":"ABC","direction":"in","scanned_at":"2026-11-22T04:00:00.000Z"}`

func schema(t testing.TB, name string) *openapi3.Schema {
	t.Helper()
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas[name].Value
}

// acceptedBy is the contract's verdict on a body that is well-formed JSON.
func acceptedBy(s *openapi3.Schema, body string) bool {
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return false
	}
	return s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation()) == nil
}

func TestReadScan(t *testing.T) {
	for _, c := range []struct {
		name, body string
		code       model.Code
		field      string
	}{
		{"good", goodScan, "", ""},
		{"all fields", strings.Replace(goodScan, "}", `,"temperature_c":36.5,"online":true}`, 1), "", ""},
		{"empty", "", model.CodeMalformed, ""},
		{"not an object", `[]`, model.CodeInvalid, ""},
		{"nothing in it", `{}`, model.CodeInvalid, "/scan_id"},
		{"trailing data", goodScan + "x", model.CodeMalformed, ""},
		{"a second object", goodScan + goodScan, model.CodeMalformed, ""},
		{"a repeated name", strings.Replace(goodScan, "{", `{"direction":"out",`, 1), model.CodeMalformed, "/direction"},
		{"an unknown name", strings.Replace(goodScan, "}", `,"name":"张三"}`, 1), model.CodeInvalid, "/name"},
		{"a name in another case", strings.Replace(goodScan, `"code"`, `"CODE"`, 1), model.CodeInvalid, "/CODE"},
		{"a wrong type", strings.Replace(goodScan, `"ABC"`, `7`, 1), model.CodeInvalid, "/code"},
		{"a wrong direction", strings.Replace(goodScan, `"in"`, `"up"`, 1), model.CodeInvalid, "/direction"},
		{"a short id", strings.Replace(goodScan, `scan-0001`, `7`, 1), "", ""},
		{"no id", strings.Replace(goodScan, `scan-0001`, ``, 1), model.CodeInvalid, "/scan_id"},
		{"an id of two words", strings.Replace(goodScan, `scan-0001`, `scan 1`, 1), model.CodeInvalid, "/scan_id"},
		{"an instant without a zone", strings.Replace(goodScan, `00.000Z`, `00`, 1), model.CodeInvalid, "/scanned_at"},
		{"an hour of one digit", strings.Replace(goodScan, `T04:`, `T4:`, 1), model.CodeInvalid, "/scanned_at"},
		{"a comma before the fraction", strings.Replace(goodScan, `00.000Z`, `00,000Z`, 1), model.CodeInvalid, "/scanned_at"},
		{"temperature null", strings.Replace(goodScan, "}", `,"temperature_c":null}`, 1), "", ""},
		{"code null", strings.Replace(goodScan, `"ABC"`, `null`, 1), model.CodeInvalid, "/code"},
		{"too warm", strings.Replace(goodScan, "}", `,"temperature_c":61}`, 1), model.CodeInvalid, "/temperature_c"},
		{"offline", strings.Replace(goodScan, "}", `,"online":false}`, 1), model.CodeInvalid, "/online"},
		{"invalid UTF-8", strings.Replace(goodScan, "ABC", "A\xff", 1), model.CodeMalformed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readScan(strings.NewReader(c.body))
			if c.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if model.CodeOf(err) != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if e := err.(*model.Error); c.field != "" && (len(e.Fields) == 0 || e.Fields[0].Field != c.field) {
				t.Fatalf("names %+v, want %s", e.Fields, c.field)
			}
		})
	}
}

// The hand-written binder and the contract give the same verdict. (They differ in
// one thing: an integer written as 1e2 is refused by the binder.)
func TestReadScanAgreesWithTheContract(t *testing.T) {
	s := schema(t, "Scan")
	rapid.Check(t, func(t *rapid.T) {
		body := scanLike(t)
		_, err := readScan(strings.NewReader(body))
		if want := acceptedBy(s, body); want != (err == nil) {
			t.Fatalf("contract %v, binder %v: %s", want, err, body)
		}
	})
}

func TestReadOfflineAgreesWithTheContract(t *testing.T) {
	s := schema(t, "OfflinePassage")
	rapid.Check(t, func(t *rapid.T) {
		body := scanLike(t)
		if want, got := acceptedBy(s, body), readOffline(new(json.RawMessage(body))).Bad == ""; want != got {
			t.Fatalf("contract %v, binder %v: %s", want, got, body)
		}
	})
}

// scanLike draws bodies near the border of what is accepted.
func scanLike(t *rapid.T) string {
	good := map[string][]string{
		"scan_id":       {`"scan-0001"`, `"a.b_c:d-0"`, `"1"`},
		"code":          {`"ABC"`, `"中文"`},
		"direction":     {`"in"`, `"out"`},
		"scanned_at":    {`"2026-11-22T04:00:00.000Z"`, `"2026-11-22T12:00:00+08:00"`},
		"temperature_c": {`36.5`, `0`, `60`},
	}
	offline := rapid.Bool().Draw(t, "offline")
	if offline {
		good["decision"], good["reason"] = []string{`"admit"`, `"refer"`}, []string{`"ok"`, `"clock_skew"`}
		good["rule_version"], good["bundle_version"] = []string{`0`, `7`}, []string{`""`, `"b-1_2"`}
		good["outcome"] = []string{`"decided"`, `"passed"`}
		if rapid.Bool().Draw(t, "by hand") {
			good["decision"], good["reason"] = []string{`"admit"`}, []string{`"manual"`}
			good["by_hand"] = []string{`{"reason":"child"}`, `{"reason":"child","note":""}`, `{"reason":"other","note":"电话"}`, `{"reason":"other"}`,
				`{"reason":"other","note":""}`, `{"reason":"child","note":null}`, `{"reason":"x"}`, `{}`, `null`, `{"reason":"elder","note":"` + strings.Repeat("长", 201) + `"}`}
			if rapid.IntRange(0, 9).Draw(t, "with a code") > 0 {
				delete(good, "code")
			}
		}
	}
	good["online"] = []string{map[bool]string{true: "false", false: "true"}[offline]}
	odd := []string{`null`, `""`, `"x"`, `7`, `-1`, `60.01`, `1.5`, `true`, `[]`, `{}`, `"IN"`, `"2026-11-22"`,
		`"` + strings.Repeat("长", 1024) + `"`, `"` + strings.Repeat("长", 1025) + `"`, `"` + strings.Repeat("a", 64) + `"`, `"` + strings.Repeat("a", 65) + `"`, `"a b c d e"`}
	var b bytes.Buffer
	b.WriteByte('{')
	for _, name := range slices.Sorted(maps.Keys(good)) {
		value := rapid.SampledFrom(good[name]).Draw(t, name)
		switch rapid.IntRange(0, 19).Draw(t, name+" is") {
		case 0:
			continue
		case 1:
			value = rapid.SampledFrom(odd).Draw(t, name+" odd")
		case 2:
			name += "_"
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + name + `":` + value)
	}
	b.WriteByte('}')
	return b.String()
}

// FuzzReadScan: no body makes the binder panic, and what it accepts is within
// the contract.
func FuzzReadScan(f *testing.F) {
	f.Add(goodScan)
	f.Add(`{"scan_id":null}`)
	s := schema(f, "Scan")
	f.Fuzz(func(t *testing.T, body string) {
		_, err := readScan(strings.NewReader(body))
		if err == nil && utf8.ValidString(body) && !acceptedBy(s, body) {
			t.Fatalf("accepted against the contract: %q", body)
		}
	})
}
